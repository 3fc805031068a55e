"""Additivity and reach on numbers that are written down, and on laws that are known."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from broken import Forced, ethanol, sound, subject_of
from closed_forms import Solvable, distances

from nearsight.diagnose.asking import ask_best
from nearsight.diagnose.checks.locality import CHECK
from nearsight.diagnose.checks.locality.figure import draw
from nearsight.diagnose.checks.locality.findings import ENERGY, FORCE, findings_of
from nearsight.diagnose.checks.locality.measure import (
    FAR,
    GAPS,
    MOVE,
    NOTICED,
    Felt,
    felt_by_model,
    felt_by_reference,
    geometry_of,
    pair_distances,
)
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.probes import beside, place_at, probe_for

R = np.array([1.0, 2.0, 4.0, 8.0])
STILL = Felt(
    excess=0.0,
    excess_force=0.0,
    probe=np.zeros(len(GAPS)),
    probe_mean=np.zeros(len(GAPS)),
    move=np.array([1e3, 1e2, 10.0, 1.0]),
)


def told(
    felt: Felt = STILL, reference: Felt | None = None, **of_model: object
) -> dict[str, Finding]:
    model = sound()
    for name, value in of_model.items():
        setattr(model, name, value)
    subject = subject_of(model, reference=None if reference is None else sound())
    found = findings_of(subject, "H2", R, felt, reference)
    return {finding.quantity: finding for finding in found}


def probed(far: float) -> Felt:
    """Felt as much by atoms of the molecule from 20 Å on."""
    values = np.where(np.array(GAPS) >= FAR, far, 1e3)
    return replace(STILL, probe=values, probe_mean=values / 4)


def test_what_is_still_passes() -> None:
    found = told()
    assert [f.verdict for f in found.values()] == [Verdict.PASS] * 4
    assert list(found) == ["excess", "excess_force", "far_probe", "reach"]


@pytest.mark.parametrize(
    ("excess", "verdict"),
    [(0.9, Verdict.PASS), (-0.9, Verdict.PASS), (3.0, Verdict.WARN), (-11.0, Verdict.FAIL)],
)
def test_an_excess_of_either_sign_is_judged(excess: float, verdict: Verdict) -> None:
    found = told(replace(STILL, excess=excess))["excess"]
    assert found.value == abs(excess)
    assert found.verdict == verdict
    assert f"differ from twice one by {excess:.2g}" in found.reason


@pytest.mark.parametrize(
    ("far", "verdict"), [(0.4, Verdict.PASS), (2.0, Verdict.WARN), (5.1, Verdict.FAIL)]
)
def test_probes_near_by_do_not_count(far: float, verdict: Verdict) -> None:
    found = told(probed(far))["far_probe"]
    assert found.value == far
    assert found.verdict == verdict
    assert "mean over atoms" in found.reason


@pytest.mark.parametrize("gap", GAPS)
def test_every_place_from_twenty_on_counts(gap: float) -> None:
    at = np.where(np.array(GAPS) == gap, 2.0, 0.0)
    found = told(replace(STILL, probe=at))["far_probe"]
    assert found.value == (2.0 if gap >= 20 else 0.0)


def test_a_probe_is_told_by_the_atom_that_feels_it_most() -> None:
    """Geometry by geometry, which is the slow and obvious way."""
    subject = subject_of(sound())
    atoms, probe = ethanol(), probe_for(ethanol())
    numbers = np.concatenate([atoms.numbers, probe.atomic_number])
    alone = ask_best(subject, atoms.numbers, atoms.positions[None])[1][0]
    for gap, told_of in zip(GAPS, felt_by_model(subject).probe, strict=True):
        changes = []
        for way in geometry_of(subject).directions:
            place = np.array([place_at(atoms.positions, way, gap)])
            force = ask_best(subject, numbers, beside(atoms.positions, probe, way, place))[1][0]
            changes.append(np.linalg.norm(force[: len(atoms)] - alone, axis=1).max())
        assert told_of == pytest.approx(1e3 * max(changes))


def test_copies_that_are_felt_are_told() -> None:
    found = told(replace(STILL, excess_force=6.0))["excess_force"]
    assert found.verdict == Verdict.FAIL
    assert "do not use the model on more than one molecule" in found.advice


def test_thresholds_are_those_of_ml_peg() -> None:
    assert (ENERGY.fail, FORCE.fail) == (10.0, 5.0)
    assert FORCE.fail == NOTICED
    assert "ml-peg" in ENERGY.source
    assert "ml-peg" in FORCE.source


def test_the_reach_is_told_beside_what_can_be() -> None:
    assert told()["reach"].value == 4.0
    assert "no cutoff is known" in told()["reach"].reason
    assert "the cutoff is 5 Å" in told(cutoff=5.0)["reach"].reason
    both = told(cutoff=5.0, depth=3)["reach"].reason
    assert "5 Å × 3 = 15 Å" in both
    assert "twice that" in both
    assert f"{MOVE:g} Å" in both


def test_the_reference_is_told_beside() -> None:
    other = replace(STILL, excess=0.5, move=np.array([1e3, 1e2, 10.0, 9.0]))
    found = told(reference=other)
    assert "(sound: 0.5 meV)" in found["excess"].reason
    assert "with sound up to 8.0 Å" in found["reach"].reason
    assert "with sound by up to 0" in found["far_probe"].reason


def test_a_reference_that_failed_is_left_out() -> None:
    nothing = replace(
        STILL, excess=math.nan, probe=np.full(len(GAPS), math.nan), move=np.full(4, math.nan)
    )
    found = told(reference=nothing)
    assert not any("sound" in finding.reason for finding in found.values())
    assert all(finding.verdict == Verdict.PASS for finding in found.values())


@pytest.mark.parametrize(
    ("part", "quantity"),
    [("excess", "excess"), ("excess_force", "excess_force"), ("probe", "far_probe"),
     ("move", "reach")],
)  # fmt: skip
def test_what_a_model_does_not_answer_is_not_applicable(part: str, quantity: str) -> None:
    unknown = getattr(STILL, part) * math.nan
    found = told(replace(STILL, **{part: unknown}))
    verdicts = {name: finding.verdict for name, finding in found.items()}
    assert verdicts.pop(quantity) == Verdict.NOT_APPLICABLE
    assert set(verdicts.values()) == {Verdict.PASS}
    assert "the model gave no" in found[quantity].reason


def test_a_single_atom_has_no_reach() -> None:
    found = findings_of(subject_of(sound()), "H2", np.zeros(0), STILL, None)
    assert found[-1].verdict == Verdict.NOT_APPLICABLE
    assert "single atom" in found[-1].reason


def test_springs_are_felt_by_their_law() -> None:
    """Two atoms on a spring of 3 eV/Å²: a move by 0.1 Å along it is 300 meV/Å on the other."""
    pair = Atoms("H2", [[0, 0, 0], [0, 0, 2.0]])
    spring = Solvable(
        lambda r: 1.5 * ((distances(r) - 2.0) ** 2 * (distances(r) < 5)).sum(-1),
        differentiable=False,
    )
    subject = subject_of(spring, pair)
    moves = geometry_of(subject).moves
    felt = felt_by_model(subject)
    assert pair_distances(pair) == pytest.approx([2.0, 2.0])
    expected = 3000 * np.abs(moves[:, 2])
    np.testing.assert_allclose(felt.move, expected, rtol=0.1, atol=10)


def test_a_probe_of_one_over_r_is_felt_by_its_field() -> None:
    """A lone atom and H2 of unit charges, 14.4 eV Å: 14.4 (1/r² + 1/(r + 0.741)²)."""
    atom = Atoms("H", [[0.0, 0, 0]])
    coulomb = Solvable(lambda r: (14.4 / distances(r)).sum(-1), differentiable=False)
    single = Forced(_charges(coulomb))
    felt = felt_by_model(subject_of(single, atom))
    r = np.array(GAPS)
    np.testing.assert_allclose(felt.probe, 14.4e3 * (1 / r**2 + 1 / (r + 0.741) ** 2), rtol=1e-6)
    np.testing.assert_allclose(felt.probe, felt.probe_mean, rtol=1e-6)


def _charges(coulomb: Solvable):  # noqa: ANN202
    """A lone atom has no pair, and no energy."""

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if position.shape[1] == 1:
            return position.new_zeros(len(position)), torch.zeros_like(position)
        return coulomb.potential(np.array([]))(position)

    return answer


def test_a_charge_that_is_shared_out_is_found() -> None:
    """Charges that sum to zero over all atoms there are: a far probe changes each of them."""

    def energy(position: torch.Tensor) -> torch.Tensor:
        n_atoms = position.shape[-2]
        charge = 0.3 - 1.2 / n_atoms
        r = distances(position)
        return (14.4 * charge**2 / r * torch.exp(-r / 2)).sum(dim=-1)

    result = CHECK.run(subject_of(Solvable(energy, differentiable=False)))
    found = {finding.quantity: finding for finding in result.findings}
    assert found["far_probe"].verdict == Verdict.FAIL
    assert "a charge that is shared out" in found["far_probe"].advice
    probed_far = result.table["probe"].to_numpy()[np.array(GAPS) >= FAR]
    np.testing.assert_allclose(probed_far, probed_far[0], rtol=1e-3)


def test_the_reference_is_asked_once_for_all_models() -> None:
    asked = []
    exact = sound().potential(np.array([]))

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        asked.append(len(position))
        return exact(position)

    shared: dict[object, object] = {}
    for _ in range(3):
        subject = subject_of(sound(), reference=Forced(answer), shared=shared)
        assert felt_by_reference(subject) is not None
    assert len(asked) == 3
    assert felt_by_reference(subject_of(sound())) is None


@pytest.mark.parametrize(("effort", "directions"), [("quick", 2), ("default", 4), ("full", 12)])
def test_effort_sets_the_number_of_directions(effort: str, directions: int) -> None:
    assert len(geometry_of(subject_of(sound(), effort=effort)).directions) == directions


def test_the_seed_sets_directions() -> None:
    one, two = (geometry_of(subject_of(sound(), seed=seed)) for seed in (0, 1))
    assert (one.directions != two.directions).any()
    assert (one.copies != two.copies).any()


def test_copies_are_the_molecule_turned() -> None:
    geometry = geometry_of(subject_of(sound(), ethanol()))
    one, other = np.split(geometry.copies, 2)
    back = (other - other.mean(0)) @ geometry.turn
    np.testing.assert_allclose(back, one - one.mean(0), atol=1e-9)
    assert np.linalg.det(geometry.turn) == pytest.approx(1.0)


def test_thresholds_and_shade_are_drawn() -> None:
    (picture,) = draw({"sound": CHECK.run(subject_of(sound())).table})
    left, right = picture.figure.axes
    levels = [line.get_ydata()[0] for line in right.lines if len(line.get_ydata()) == 2]
    assert levels == [FORCE.warn, FORCE.fail]
    assert left.get_yscale() == right.get_yscale() == right.get_xscale() == "log"
    assert "H2 comes from outside" in right.get_title(loc="left") + right.get_title()
    assert f"from {FAR:g} Å on" in picture.caption


def test_no_table_no_figure() -> None:
    assert draw({"nothing": xr.Dataset()}) == ()
