"""Findings of response, dimers, minimum and errors on numbers that are written down."""

import math

import numpy as np
import pytest
import xarray as xr

from nearsight.collect.intervals import NOTHING
from nearsight.diagnose.checks.dimers import CHECK as DIMERS
from nearsight.diagnose.checks.dimers.findings import ALONE, THERMAL, reach_of
from nearsight.diagnose.checks.dimers.findings import findings_of as of_dimers
from nearsight.diagnose.checks.errors.findings import energy_threshold, lost_frames
from nearsight.diagnose.checks.minimum.findings import findings_of as of_minimum
from nearsight.diagnose.checks.response import CHECK as RESPONSE
from nearsight.diagnose.checks.response.findings import findings_of as of_response
from nearsight.diagnose.checks.response.measures import Measures
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.units import MEV_PER_KCAL

Band = tuple[float, float, float]


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.quantity: finding for finding in findings}


# Response.


def measures(
    *,
    unsigned: Band = (0.1, 0.05, 0.15),
    signed: Band = (0.0, -0.05, 0.05),
    ratio: Band = (1.0, 0.9, 1.1),
    anisotropy: Band = (0.01, 0.0, 0.02),
    noise: float = 0.0,
) -> Measures:
    ratios = {5: (ratio, ""), 9: (NOTHING, "2 pairs within 0.5 Å of 9 Å, 5 are needed")}
    return Measures(signed, unsigned, ratios, anisotropy, noise, 2.5, 8.5, xr.Dataset())


@pytest.mark.parametrize(
    ("decades", "verdict"),
    [(0.30, Verdict.PASS), (0.31, Verdict.WARN), (0.60, Verdict.WARN), (0.61, Verdict.FAIL)],
)
def test_a_factor_of_two_warns_and_of_four_fails(decades: float, verdict: Verdict) -> None:
    found = of_response(measures(unsigned=(decades, decades, decades)), "GFN2-xTB")[0]
    assert found.verdict == verdict
    assert "between 2.5 and 8.5 Å" in found.reason
    assert ("cutoff or depth" in found.advice) == (verdict != Verdict.PASS)


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        ((0.5, 0.4, 0.6), "sees too much at a distance"),
        ((-0.5, -0.6, -0.4), "sees too little at a distance"),
        ((0.5, -0.1, 1.1), "neither too strong nor too weak"),
        ((0.05, 0.04, 0.06), "neither too strong nor too weak"),
    ],
)
def test_the_direction_is_told_where_it_is_sure(signed: Band, words: str) -> None:
    found = by_name(of_response(measures(signed=signed), "GFN2-xTB"))
    assert words in found["response_deviation"].reason
    assert words in found["response_deviation_signed"].reason
    assert found["response_deviation_signed"].low == signed[1]


@pytest.mark.parametrize(
    ("ratio", "value", "low", "high", "words"),
    [
        ((3.0, 2.0, 4.0), 3.0, 2.0, 4.0, "3.0 times too strong"),
        ((0.25, 0.2, 0.5), 4.0, 2.0, 5.0, "4.0 times too weak"),
        ((1.05, 0.9, 1.2), 1.05, 1.0, 1.2, "as strong as it should"),
        ((1e-5, 1e-6, 1e-4), 1e5, 1e4, 1e6, "over 1,000 times too weak"),
    ],
)
def test_a_ratio_is_told_as_a_factor_either_way(
    ratio: Band, value: float, low: float, high: float, words: str
) -> None:
    found = by_name(of_response(measures(ratio=ratio), "GFN2-xTB"))["response_factor_5"]
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high))
    assert words in found.reason
    assert found.verdict == (Verdict.WARN if value > 2 else Verdict.PASS)


def test_a_distance_without_pairs_says_why() -> None:
    found = by_name(of_response(measures(), "GFN2-xTB"))["response_factor_9"]
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert "5 are needed" in found.reason


@pytest.mark.parametrize(("value", "words"), [(0.2, "depends more"), (-0.2, "depends less")])
def test_anisotropy_is_judged_by_its_size(value: float, words: str) -> None:
    found = by_name(of_response(measures(anisotropy=(value, value, value)), "GFN2-xTB"))
    assert found["anisotropy"].value == pytest.approx(0.2)
    assert found["anisotropy"].verdict == Verdict.WARN
    assert words in found["anisotropy"].reason


def test_the_gist_names_the_farthest_distance_that_is_off() -> None:
    said = RESPONSE.gist(of_response(measures(ratio=(3.0, 2.0, 4.0)), "GFN2-xTB"))
    assert said.endswith("Near 5 Å the response is 3.0 times too strong.")


# Dimers.

GRID = np.array([2.5, 3.0, 4.0, 6.0, 10.0])


def curves(own: list[float], beside: list[float], *, felt: int = 5) -> xr.Dataset:
    """Interaction energies in meV along the grid; forces of the model at its first points."""
    force = np.where(np.arange(5) < felt, 0.1, 0.0)
    energies = {"interaction": own, "reference_interaction": beside}
    return xr.Dataset(
        {
            **{n: (("dimer", "separation"), 1e-3 * np.array([v])) for n, v in energies.items()},
            "force": (("dimer", "separation"), [force]),
            "reference_force": (("dimer", "separation"), [np.full(5, 0.1)]),
            "noise": ("dimer", [0.0]),
        },
        coords={"dimer": ["water"], "separation": GRID, "dimer_title": ("dimer", ["water"])},
    )


REFERENCE = [500.0, -50.0, -200.0, -30.0, -5.0]


@pytest.mark.parametrize(
    ("off", "verdict"),
    [
        (0.9 * MEV_PER_KCAL, Verdict.PASS),
        (1.1 * MEV_PER_KCAL, Verdict.WARN),
        (3.1 * MEV_PER_KCAL, Verdict.FAIL),
    ],
)
def test_energies_are_judged_in_kilocalories(off: float, verdict: Verdict) -> None:
    own = list(REFERENCE)
    own[2] -= off
    found = by_name(of_dimers(curves(own, REFERENCE), True))["water_energy"]
    assert found.value == pytest.approx(off)
    assert found.verdict == verdict
    assert "at 4.00 Å" in found.reason


def test_the_wall_of_the_reference_is_not_judged() -> None:
    own = [5000.0, *REFERENCE[1:]]
    found = by_name(of_dimers(curves(own, REFERENCE), True))["water_energy"]
    assert found.value == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("felt", "missing", "verdict"),
    [(5, 0.0, Verdict.PASS), (4, 5.0, Verdict.WARN), (3, 30.0, Verdict.FAIL)],
)
def test_what_is_missing_beyond_the_reach_is_judged_by_heat(
    felt: int, missing: float, verdict: Verdict
) -> None:
    table = curves(REFERENCE, REFERENCE, felt=felt)
    found = by_name(of_dimers(table, True))["water_reach"]
    assert found.value == pytest.approx(missing)
    assert found.verdict == verdict
    assert reach_of(table.isel(dimer=0)) == GRID[felt - 1]
    assert pytest.approx(25.85, abs=0.01) == THERMAL


def test_a_noisy_force_is_no_reach() -> None:
    table = curves(REFERENCE, REFERENCE, felt=2)
    table["force"] = table["force"] + 1e-3
    table["noise"] = table["noise"] + 1e-3
    assert reach_of(table.isel(dimer=0)) == 3.0


def test_what_was_never_seen_is_a_warning_at_most() -> None:
    far_off = [value - 500 for value in REFERENCE]
    judged, softened = (of_dimers(curves(far_off, REFERENCE), seen) for seen in (True, False))
    assert judged[0].verdict == Verdict.FAIL
    assert softened[0].verdict == Verdict.WARN
    assert ALONE in softened[0].reason
    assert "has not been shown to know two molecules" in DIMERS.gist(softened)
    assert "has not been shown" not in DIMERS.gist(judged)


# Minima.


def rest(
    *,
    modes: tuple[float, ...] = (100.0, 1500.0, 3600.0),
    beside: tuple[float, ...] | None = (105.0, 1490.0, 3650.0),
    rmsd: float = 0.05,
    longer: float = 0.001,
    trouble: str = "",
    broken: tuple[str, ...] = ("", ""),
    converged: tuple[int, ...] = (1, 1),
) -> xr.Dataset:
    table = xr.Dataset(
        {
            "atomic_number": ("atom", [8, 1, 1]),
            "steps": ("relaxation", [20, 400]),
            "largest_force": ("relaxation", [0.004, 0.03]),
            "converged": ("relaxation", list(converged)),
            "broken": ("relaxation", list(broken)),
            "frequency": ("mode", list(modes)),
            "rmsd": rmsd,
            "bond_atoms": (("bond", "end"), [[0, 1], [0, 2]]),
            "bond_length": ("bond", [0.96, 0.96 + longer]),
            "reference_bond_length": ("bond", [0.96, 0.96]),
            "downhill": 0.02,
        },
        attrs={"reference": "GFN2-xTB", "reference_trouble": trouble},
    )
    if beside is not None:
        table["reference_frequency"] = ("mode", list(beside))
    return table


def test_a_sound_minimum_passes_with_its_numbers() -> None:
    found = by_name(of_minimum(rest()))
    assert found["frequencies"].value == pytest.approx((5 + 10 + 50) / 3)
    assert found["worst_mode"].value == pytest.approx(-50)
    assert found["downhill"].value == pytest.approx(20)
    assert found["bond_length"].value == pytest.approx(0.001)
    assert {finding.verdict for finding in found.values()} == {Verdict.PASS}


@pytest.mark.parametrize(
    ("lowest", "verdict", "words"),
    [
        (-15.0, Verdict.PASS, "has 15i cm⁻¹, too little to be told from a flat one"),
        (-30.0, Verdict.WARN, "1 of 3 modes is imaginary, the strongest at 30i"),
        (-80.0, Verdict.FAIL, "the strongest at 80i"),
    ],
)
def test_imaginary_modes(lowest: float, verdict: Verdict, words: str) -> None:
    found = by_name(of_minimum(rest(modes=(lowest, 1500.0, 3600.0))))["lowest_mode"]
    assert found.verdict == verdict
    assert words in found.reason


@pytest.mark.parametrize(
    ("rmsd", "longer", "verdicts"),
    [
        (0.13, 0.01, (Verdict.WARN, Verdict.PASS)),
        (0.6, 0.03, (Verdict.FAIL, Verdict.WARN)),
        (0.1, -0.06, (Verdict.PASS, Verdict.FAIL)),
    ],
)
def test_geometries(rmsd: float, longer: float, verdicts: tuple[Verdict, Verdict]) -> None:
    found = by_name(of_minimum(rest(rmsd=rmsd, longer=longer)))
    assert (found["rmsd"].verdict, found["bond_length"].verdict) == verdicts
    assert f"O0-H2 most, by {longer:+.3f} Å" in found["bond_length"].reason


def test_a_relaxation_that_is_stuck_warns_and_one_that_breaks_fails() -> None:
    stuck = of_minimum(rest(converged=(1, 0)))[0]
    assert stuck.verdict == Verdict.WARN
    assert "no minimum in 400 steps; forces of 0.0300 eV/Å are left" in stuck.reason
    broken = of_minimum(rest(converged=(1, 0), broken=("", "bond O0-H1 is gone (1.50 Å)")))[0]
    assert broken.verdict == Verdict.FAIL
    assert "1 of 2 relaxations run away: bond O0-H1 is gone" in broken.reason


def test_other_numbers_of_modes_are_not_compared() -> None:
    found = by_name(of_minimum(rest(beside=None)))
    assert found["frequencies"].verdict == Verdict.NOT_APPLICABLE


def test_trouble_of_the_reference_is_told() -> None:
    found = by_name(of_minimum(rest(trouble="no minimum after 600 steps")))
    assert found["rmsd"].verdict == Verdict.NOT_APPLICABLE
    assert "no minimum after 600 steps" in found["rmsd"].reason


# Errors.


def test_energies_of_larger_molecules_must_be_better_by_atom() -> None:
    small, large = energy_threshold(10), energy_threshold(100)
    assert small.warn == pytest.approx(4.336410)
    assert small.fail == pytest.approx(3 * small.warn)
    assert large.warn == pytest.approx(small.warn / 10)


def test_frames_that_are_refused_warn_and_those_without_number_fail() -> None:
    lost = np.array([3, 7])
    refused = lost_frames(lost, 20, "model has not seen the elements with nuclear charge [16]")
    assert refused.verdict == Verdict.WARN
    assert "does not take 2 of 20 frames, the first is frame 3: model has not" in refused.reason
    failed = lost_frames(lost, 20)
    assert failed.verdict == Verdict.FAIL
    assert failed.value == 2
    assert not math.isnan(failed.value)
