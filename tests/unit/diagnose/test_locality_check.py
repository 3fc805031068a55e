"""What is felt far away: nothing of pairs with a cutoff, a known amount of what all share."""

import numpy as np
import pytest
import torch
from ase import Atoms
from broken import dead, ethanol, pairs, sound, subject_of
from closed_forms import Solvable, distances

from nearsight.config import make_variant
from nearsight.diagnose.checks.locality import CHECK
from nearsight.diagnose.checks.locality.figure import FLOOR, binned
from nearsight.diagnose.checks.locality.measure import (
    APART,
    GAPS,
    geometry_of,
    pair_distances,
    reach,
)
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.models.open_model import OpenModel

WELL = Atoms("OH2", [[0.0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]])


def near(position: torch.Tensor) -> torch.Tensor:
    """Soft pairs that end smoothly at 4 Å."""
    r = distances(position)
    return (0.05 * (4.0 - r).clamp(min=0.0) ** 4).sum(dim=-1)


def local() -> Solvable:
    return Solvable(near, "local", differentiable=False)


def found(model: OpenModel, *structures: Atoms, **options: object) -> dict[str, Finding]:
    result = CHECK.run(subject_of(model, *structures, **options))
    return {finding.quantity: finding for finding in result.findings}


def test_pairs_with_a_cutoff_add_up_and_end() -> None:
    result = CHECK.run(subject_of(local()))
    assert result.verdict == Verdict.PASS
    of = {finding.quantity: finding for finding in result.findings}
    assert of["excess"].value < 1e-6
    assert of["far_probe"].value < 1e-6
    assert 0 < of["reach"].value < 4.0
    assert "H2 at 20 to 50 Å" in of["far_probe"].reason
    assert "no cutoff is known" in CHECK.gist(result.findings)
    probed = result.table["probe"].to_numpy()
    assert probed[GAPS.index(3.0)] > 1
    assert (probed[np.array(GAPS) > 4.0] < 1e-6).all()


def test_an_average_does_not_add_up() -> None:
    """Energy per pair in place of energy: two copies have half the mean of one, and no sum."""
    mean = Solvable(lambda r: 10 * near(r) / distances(r).shape[-1], differentiable=False)
    of = found(mean)
    assert of["excess"].verdict == Verdict.FAIL
    assert of["far_probe"].verdict == Verdict.FAIL
    assert "normalisation" in of["excess"].advice


def test_the_excess_of_two_copies_is_exact() -> None:
    """0.3 eV times the square of the number of atoms: 0.3 (36 - 2 × 9) eV is too much."""
    counted = Solvable(
        lambda r: near(r) + 0.3 * r.shape[-2] ** 2 + 0.0 * r.sum((-1, -2)), differentiable=False
    )
    of = found(counted, WELL)
    assert of["excess"].value == pytest.approx(0.3 * 18 * 1e3)
    assert of["excess_force"].value == pytest.approx(0.0, abs=1e-6)


def test_a_long_pull_is_felt_by_its_law() -> None:
    """1/r between all atoms: a pair of H2 at 20 Å pulls with about 2 × 0.5/20² eV/Å."""
    charges = Solvable(lambda r: pairs(r) + (0.5 / distances(r)).sum(-1), differentiable=False)
    result = CHECK.run(subject_of(charges))
    probed = result.table["probe"].to_numpy()
    steep = np.log(probed[-1] / probed[-2]) / np.log(GAPS[-1] / GAPS[-2])
    assert result.verdict in (Verdict.WARN, Verdict.FAIL)
    # Soft Morse pairs are gone by there.
    assert steep == pytest.approx(-2.0, abs=0.3)


def test_what_is_moved_and_where() -> None:
    subject = subject_of(local())
    geometry = geometry_of(subject)
    n_atoms = len(ethanol())
    one, other = geometry.copies[:n_atoms], geometry.copies[n_atoms:]
    assert np.linalg.norm(one.mean(0) - other.mean(0)) == pytest.approx(APART)
    apart = [np.linalg.norm(x - x.mean(0), axis=1) for x in (one, other)]
    np.testing.assert_allclose(apart[0], apart[1])
    np.testing.assert_allclose(np.linalg.norm(geometry.moves, axis=1), 0.1)
    again = geometry_of(subject_of(local()))
    np.testing.assert_array_equal(again.directions, geometry.directions)


def test_reach_is_the_furthest_that_is_noticed() -> None:
    assert reach(np.array([1.0, 3.0, 5.0]), np.array([90.0, 6.0, 4.9])) == 3.0
    assert reach(np.array([1.0]), np.array([0.1])) == 0.0
    r = pair_distances(ethanol())
    assert len(r) == 9 * 8
    assert r.min() > 0.8


def test_bins_hold_their_largest() -> None:
    import xarray as xr

    r, change = xr.DataArray([1.2, 1.8, 4.1]), xr.DataArray([3.0, 7.0, 0.0])
    middles, largest = binned(r, change)
    np.testing.assert_array_equal(middles, [1.5, 4.5])
    np.testing.assert_array_equal(largest, [7.0, FLOOR])


def test_a_model_that_fails_is_said_to() -> None:
    result = CHECK.run(subject_of(dead()))
    assert {finding.verdict for finding in result.findings} == {Verdict.NOT_APPLICABLE}
    assert CHECK.draw({"dead": result.table})
    assert CHECK.gist(result.findings)


def test_the_reference_stands_beside() -> None:
    result = CHECK.run(subject_of(local(), reference=sound()))
    assert "reference_move" in result.table
    assert result.table.attrs["reference"] == "sound"
    of = {finding.quantity: finding for finding in result.findings}
    assert "(sound:" in of["excess"].reason
    assert "with sound up to" in of["reach"].reason
    (picture,) = CHECK.draw({"local": result.table})
    assert len(picture.figure.axes[0].lines) == 3


@pytest.fixture(scope="module")
def network() -> OpenModel:
    from small_diagnosed import drawn_model

    return drawn_model(make_variant(family="schnet", cutoff=2.0, depth=1, features=8, seed=3))


def test_a_network_reaches_twice_its_field_at_most(network: OpenModel) -> None:
    line = Atoms("CHCHC", [[1.3 * k, 0.1 * (k % 2), 0] for k in range(5)])
    result = CHECK.run(subject_of(network, line))
    of = {finding.quantity: finding for finding in result.findings}
    assert result.verdict == Verdict.PASS
    assert "2 Å × 1 = 2 Å" in of["reach"].reason
    beyond = result.table["distance"].to_numpy() > 2 * 2.0 + 0.1
    assert beyond.any()
    assert np.abs(result.table["move"].to_numpy()[beyond]).max() < 1e-9
    (picture,) = CHECK.draw({"one": result.table, "two": result.table})
    assert "one 2 Å, two 2 Å" in picture.caption
    assert "one feels a move" in picture.alt
