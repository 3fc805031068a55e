"""Noise along lines: what was put there is what is found, and what it does to dynamics."""

import numpy as np
import pytest
import torch
from broken import Forced, dead, ethanol, pairs, single, sound, subject_of
from closed_forms import Solvable

from nearsight.config import make_variant
from nearsight.diagnose.checks.cutoff.findings import SINGLE, noise_findings
from nearsight.diagnose.checks.cutoff.rounding import (
    POINTS,
    SPACING,
    TIMESTEP,
    Difference,
    Rounding,
    heating,
    places,
    roundings,
)
from nearsight.diagnose.finding import Verdict
from nearsight.models.open_model import OpenModel
from nearsight.units import ACCELERATION


def rounding(force: float, energy: float = 1e-3) -> Rounding:
    return Rounding(energy, force, np.zeros(POINTS))


def test_lines_are_straight_and_fine() -> None:
    x = places()
    assert len(x) == POINTS
    np.testing.assert_allclose(np.diff(x), SPACING)
    assert x[POINTS // 2] == 0


def test_a_smooth_model_has_no_noise() -> None:
    found, difference = roundings(subject_of(sound()))
    assert list(found) == ["own"]
    assert difference is None
    assert found["own"].force < 1e-6
    assert found["own"].energy < 1e-6
    assert np.abs(found["own"].rest).max() < 1e-6


def jittering(force: float, energy: float) -> Forced:
    """Sound, with normal noise in eV/Å and eV."""
    exact = sound().potential(np.array([]))
    generator = torch.Generator().manual_seed(3)

    def answer(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        value, vectors = exact(position)
        drawn = torch.randn(vectors.shape, generator=generator, dtype=vectors.dtype)
        of_energy = torch.randn(value.shape, generator=generator, dtype=value.dtype)
        return value + energy * of_energy, vectors + force * drawn

    return Forced(answer)


@pytest.mark.parametrize("width", [1e-4, 1e-2])
def test_noise_is_told_in_meV(width: float) -> None:  # noqa: N802
    found, _ = roundings(subject_of(jittering(width, width), effort="full"))
    assert found["own"].force == pytest.approx(1e3 * width, rel=0.1)
    assert found["own"].energy == pytest.approx(1e3 * width, rel=0.4)


def test_the_rest_of_a_line_is_its_noise() -> None:
    found, _ = roundings(subject_of(jittering(0.0, 1e-3)))
    assert found["own"].rest.std() == pytest.approx(1.0, rel=0.4)
    assert found["own"].force < 1e-6


def test_steep_walls_are_not_taken_for_noise() -> None:
    steep = Solvable(lambda r: 10 * pairs(2 * r) + 100 * pairs(r), differentiable=False)
    found, _ = roundings(subject_of(steep))
    assert found["own"].force < 1e-5


def test_a_model_that_fails_has_no_noise() -> None:
    found, _ = roundings(subject_of(dead()))
    assert np.isnan(found["own"].force)
    assert np.isnan(found["own"].rest).all()
    (finding,) = noise_findings(found, None)
    assert finding.verdict == Verdict.NOT_APPLICABLE
    assert "no finite forces" in finding.reason


@pytest.fixture(scope="module")
def network() -> OpenModel:
    from small_diagnosed import drawn_model

    return drawn_model(make_variant(family="schnet", cutoff=3.0, depth=1, features=8, seed=3))


def test_a_network_is_told_in_both_precisions(network: OpenModel) -> None:
    found, difference = roundings(subject_of(network))
    assert list(found) == ["float32", "float64"]
    assert found["float32"].force > 1e3 * found["float64"].force
    assert difference is not None
    assert 0 < difference.rms <= difference.largest
    # Noise and difference are one thing seen twice.
    assert 0.1 < difference.rms / found["float32"].force < 10


def test_the_difference_is_between_the_two_precisions(network: OpenModel) -> None:
    from nearsight.diagnose.asking import ask_in

    atoms = ethanol()
    subject = subject_of(network)
    _, difference = roundings(subject)
    forces = [ask_in(subject, atoms.numbers, atoms.positions[None], p)[1] for p in
              ("float32", "float64")]  # fmt: skip
    here = 1e3 * np.abs(forces[0] - forces[1]).max()
    assert difference is not None
    assert here < 3 * difference.largest


@pytest.mark.parametrize(
    ("noise", "verdict"),
    [(1e-3, Verdict.PASS), (9.0, Verdict.PASS), (11.0, Verdict.WARN), (150.0, Verdict.FAIL)],
)
def test_noise_is_judged_by_what_it_heats(noise: float, verdict: Verdict) -> None:
    first, second = noise_findings({"float32": rounding(noise)}, None)
    assert first.verdict == verdict
    assert "in float32" in first.reason
    assert "heat a hydrogen atom by" in first.reason
    assert second.quantity == "energy_noise"
    assert second.verdict == Verdict.PASS
    assert second.threshold is None


def test_a_calculator_is_told_which_precision_it_seems_to_have() -> None:
    rough, smooth = (
        noise_findings({"own": rounding(noise)}, None)[0].reason
        for noise in (10 * SINGLE, SINGLE / 10)
    )
    assert "single precision" in rough
    assert "double precision" in smooth
    network = noise_findings({"float32": rounding(10 * SINGLE)}, None)[0].reason
    assert "looks like" not in network


@pytest.mark.parametrize(
    ("largest", "verdict"), [(0.02, Verdict.PASS), (2.0, Verdict.WARN), (20.0, Verdict.FAIL)]
)
def test_the_difference_is_judged(largest: float, verdict: Verdict) -> None:
    found = noise_findings({"float32": rounding(1e-3)}, Difference(largest / 5, largest))
    assert found[-1].quantity == "precision"
    assert found[-1].verdict == verdict
    assert ("float64" in found[-1].advice) is (verdict != Verdict.PASS)


def test_heating_by_kicks_is_what_kicks_do() -> None:
    """A hydrogen atom that is kicked at random for a ps, many times over."""
    rng = np.random.default_rng(0)
    noise, mass = 300.0, 1.008
    steps = int(1000 / TIMESTEP)
    kicks = rng.normal(0, noise / 1e3, (400, steps, 3)) * TIMESTEP * ACCELERATION / mass
    velocity = kicks.sum(axis=1)
    energy = 0.5 * mass * (velocity**2).sum(axis=1) / ACCELERATION * 1e3
    assert energy.mean() == pytest.approx(heating(noise), rel=0.15)


def test_heating_goes_with_the_square() -> None:
    assert heating(0.0) == 0
    assert heating(20.0) == pytest.approx(4 * heating(10.0))


def test_single_precision_of_positions_is_noise_as_well() -> None:
    near = roundings(subject_of(single(sound())))[0]["own"].force
    atoms = ethanol()
    atoms.positions += 100.0
    far = roundings(subject_of(single(sound()), atoms))[0]["own"].force
    assert far > 5 * near
