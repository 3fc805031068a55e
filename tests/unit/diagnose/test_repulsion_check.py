"""Holes of known depth at known places; what rises as it should passes."""

import numpy as np
import pytest
import torch
from ase import Atoms
from broken import Forced, dead, ethanol, subject_of
from closed_forms import Solvable, distances

from nearsight.config import make_variant
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.repulsion import CHECK
from nearsight.diagnose.checks.repulsion.curves import curves_of, grid
from nearsight.diagnose.checks.repulsion.figure import pairs_of
from nearsight.diagnose.checks.repulsion.holes import hole_of, minima_of, rise_at
from nearsight.diagnose.checks.repulsion.pressing import (
    Kind,
    alone,
    closest,
    kinds_of,
    pressed,
)
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.models.open_model import OpenModel

DISTANCE = np.arange(0.5, 3.01, 0.1)


def wall(position: torch.Tensor) -> torch.Tensor:
    """Pairs that repel as 1/r³ all the way in, and attract a little further out."""
    r = distances(position)
    return (1.0 / r**3 - 0.4 / r).sum(dim=-1)


def rising() -> Solvable:
    return Solvable(wall, "rising", differentiable=False)


def holed(depth: float = 20.0, width: float = 0.15) -> Solvable:
    """The same with a pit of every pair at 0.6 Å."""

    def energy(position: torch.Tensor) -> torch.Tensor:
        r = distances(position)
        pit = -depth * torch.exp(-(((r - 0.6) / width) ** 2))
        return wall(position) + pit.sum(dim=-1)

    return Solvable(energy, "holed", differentiable=False)


def findings(result: Result) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in result.findings}


def test_what_rises_passes() -> None:
    result = CHECK.run(subject_of(rising(), reference=rising()))
    of = findings(result)
    assert result.verdict == Verdict.PASS
    assert of["hole"].value == 0
    assert "C-C, C-H, C-O" in of["hole"].reason
    assert of["wall"].value >= 2.0
    assert not result.frames
    assert "the energy rises down to 0.5 Å" in CHECK.gist(result.findings)


def test_a_hole_is_found_with_its_frames() -> None:
    result = CHECK.run(subject_of(holed(), reference=rising()))
    of = findings(result)
    assert of["hole"].verdict == Verdict.WARN
    assert of["hole"].value > 5
    assert "5 of 5 pairs" in of["hole"].reason
    assert "repulsion that is known" in of["hole"].advice
    assert of["lone_hole"].verdict == Verdict.WARN
    frames = result.frames["holes"]
    assert frames
    assert all(frame.info["fall_eV"] > 0.1 for frame in frames)
    shortest = [frame.get_all_distances()[np.triu_indices(len(frame), 1)].min() for frame in frames]
    assert min(shortest) == pytest.approx(0.6, abs=0.13)
    bottoms = result.table["pressed_bottom"].to_numpy()
    assert np.nanmin(np.abs(bottoms - 0.6)) < 0.1


def test_a_hole_behind_a_low_barrier_fails() -> None:
    """A force field of springs that is soft: pressing costs little before it falls."""

    def energy(position: torch.Tensor) -> torch.Tensor:
        r = distances(position)
        return (-1.5 * torch.exp(-(((r - 0.5) / 0.3) ** 2)) + 0.02 / r).sum(dim=-1)

    of = findings(CHECK.run(subject_of(Solvable(energy, differentiable=False))))
    assert of["hole_barrier"].verdict == Verdict.FAIL
    assert of["hole_barrier"].value < 2.0
    assert "dynamics can fall into it" in of["hole_barrier"].advice


def test_a_soft_wall_is_seen_against_the_reference() -> None:
    soft = Solvable(lambda r: 0.2 * wall(r), "soft", differentiable=False)
    of = findings(CHECK.run(subject_of(soft, reference=rising())))
    assert of["wall"].verdict == Verdict.FAIL
    assert of["wall"].value == pytest.approx(0.2 * 2.5, rel=0.3)
    assert "where rising has risen by" in of["wall"].reason
    alone_without = findings(CHECK.run(subject_of(soft)))
    assert alone_without["wall"].verdict == Verdict.NOT_APPLICABLE
    assert "--reference" in alone_without["wall"].reason


def test_a_false_minimum_where_the_reference_rises_is_a_hole() -> None:
    curve = 5.0 / DISTANCE**2
    dented = curve - 6.0 * np.exp(-(((DISTANCE - 1.4) / 0.2) ** 2))
    assert hole_of(DISTANCE, dented, 1.0, 0.0) is None
    hole = hole_of(DISTANCE, dented, rise_at(DISTANCE, curve - curve.min(), 1.0), 0.0)
    assert hole is not None
    assert 1.3 < hole.bottom < 1.5 < hole.top
    assert hole.barrier > 0


def test_holes_of_known_depth() -> None:
    energy = np.array([1.0, 4.0, 3.0, 2.0, 1.0, 0.0])
    r = np.array([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    hole = hole_of(r, energy, 0.75, -1.0)
    assert hole is not None
    assert (hole.top, hole.bottom, hole.barrier, hole.depth) == (0.6, 0.5, 5.0, 3.0)
    assert hole_of(r, -energy, 0.55, 0.0) is None
    assert hole_of(r, np.full(6, np.nan), 0.9, 0.0) is None
    silent = energy.copy()
    silent[0] = np.nan
    assert hole_of(r, silent, 0.75, 0.0) is None


def test_minima_are_counted_beyond_noise() -> None:
    r = np.linspace(0.5, 3.0, 200)
    morse = (1 - np.exp(-2 * (r - 1.1))) ** 2 * 4
    assert minima_of(r, morse) == [pytest.approx(1.1, abs=0.02)]
    ripple = 0.02 * np.sin(40 * r)
    assert len(minima_of(r, morse + ripple)) == 1
    assert len(minima_of(r, morse + 0.8 * np.sin(10 * r))) > 1
    assert minima_of(r, np.full(200, np.nan)) == []
    assert minima_of(r, 1 / r) == []


def test_where_the_reference_has_risen() -> None:
    above = 4 * (1 - np.exp(-2 * (DISTANCE - 1.1))) ** 2
    place = rise_at(DISTANCE, above, 2.0)
    assert place < 1.1
    assert above[np.argmin(np.abs(DISTANCE - place))] >= 2.0
    assert np.isnan(rise_at(DISTANCE, above, 1e6))
    assert np.isnan(rise_at(DISTANCE, above * np.nan, 2.0))


def test_every_pair_of_elements_once() -> None:
    kinds = kinds_of([ethanol(), Atoms("N2", [[0, 0, 0], [0, 0, 1.1]])])
    names = [kind.name for kind in kinds]
    assert names == ["C-C", "C-H", "C-N", "C-O", "H-H", "H-N", "H-O", "N-N", "N-O", "O-O"]
    assert closest([ethanol()], Kind(8, 8)) is None
    contact = closest([ethanol()], Kind(6, 1))
    assert contact is not None
    assert contact.distance == pytest.approx(1.09, abs=0.15)
    assert contact.name.endswith("of structure 0")


def test_walls_lie_within_the_shortest_bonds() -> None:
    bonds = {(7, 7): 1.098, (6, 8): 1.128, (6, 6): 1.203, (1, 1): 0.741, (1, 8): 0.96, (1, 6): 1.09}
    for (a, b), length in bonds.items():
        assert Kind(a, b).wall < 0.985 * length


def test_pressing_takes_along_what_hangs_on() -> None:
    """The carbon atoms of ethanol: the hydrogen atoms of each go with it, in part."""
    atoms = ethanol()
    contact = closest([atoms], Kind(6, 6))
    assert contact is not None
    (copy,) = pressed(contact, np.array([1.0]))
    assert np.linalg.norm(copy[contact.first] - copy[contact.second]) == pytest.approx(1.0)
    before, after = (np.linalg.norm(x[:, None] - x, axis=2) for x in (atoms.positions, copy))
    hydrogens = [k for k in range(9) if atoms.symbols[k] == "H"]
    for k in hydrogens:
        carbon = min((contact.first, contact.second), key=lambda c: before[k, c])
        if before[k, carbon] < 1.3:
            assert after[k, carbon] == pytest.approx(before[k, carbon])
    (same,) = pressed(contact, np.array([contact.distance]))
    np.testing.assert_allclose(same, atoms.positions, atol=1e-12)
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(alone(DISTANCE), axis=1), axis=2)[:, 0], DISTANCE
    )


def test_a_reference_that_fails_close_in_is_asked_no_further() -> None:
    asked = []

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        r = distances(position).min(dim=-1).values
        asked.extend(r.tolist())
        energy = torch.where(r > 1.0, 1 / r, torch.full_like(r, torch.nan))
        return energy, torch.zeros_like(position)

    subject = subject_of(rising(), Atoms("O2", [[0, 0, 0], [0, 0, 1.2]]), reference=Forced(answer))
    (curves,) = curves_of(subject)
    known = np.isfinite(curves.reference_alone)
    assert known[grid(subject) > 1.0].all()
    assert not known[grid(subject) <= 1.0].any()
    assert np.isfinite(curves.alone).all()
    assert min(asked) > 0.5
    assert findings(CHECK.run(subject))["hole"].verdict == Verdict.PASS


def test_a_model_that_fails_is_said_to() -> None:
    result = CHECK.run(subject_of(dead()))
    assert findings(result)["hole"].verdict == Verdict.NOT_APPLICABLE
    assert findings(result)["silence"].value == 3.0
    assert CHECK.draw({"dead": result.table}) == []
    assert CHECK.gist(result.findings)


@pytest.fixture(scope="module")
def network() -> OpenModel:
    from small_diagnosed import drawn_model

    return drawn_model(make_variant(family="painn", cutoff=3.0, depth=2, features=8, seed=3))


def test_a_network_that_has_learned_nothing(network: OpenModel) -> None:
    result = CHECK.run(subject_of(network, reference=rising()))
    assert result.verdict == Verdict.FAIL
    assert np.isfinite(result.table["alone"]).all()
    pictures = CHECK.draw({"network": result.table, "again": result.table})
    assert [picture.name for picture in pictures] == ["repulsion_pressed", "repulsion_alone"]
    assert len(pictures[0].figure.axes) == len(pairs_of({"n": result.table}, "pressed")) + 3
    assert "network in" in pictures[0].alt
    texts = [text.get_text() for text in pictures[0].figure.legends[0].get_texts()]
    assert texts == ["network", "again", "rising", "bottom of a hole"]


def test_the_closest_of_many_molecules_is_taken() -> None:
    apart = [1.6, 1.3, 1.5]
    contact = closest([Atoms("C2", [[0, 0, 0], [d, 0, 0]]) for d in apart], Kind(6, 6))
    assert contact is not None
    assert (contact.structure, contact.distance) == (1, 1.3)
