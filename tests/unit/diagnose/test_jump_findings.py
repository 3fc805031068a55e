"""Jumps that are written down, and what is told of them; searches along a line."""

import math
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from broken import cut_springs, ethanol, sound, subject_of
from closed_forms import Solvable, distances

from nearsight.diagnose.checks.cutoff import CHECK
from nearsight.diagnose.checks.cutoff.crossings import Crossing, Pair, moved, pairs_near
from nearsight.diagnose.checks.cutoff.edges import (
    POINTS,
    SPACING,
    Jump,
    continued,
    jump_of,
    offsets,
)
from nearsight.diagnose.checks.cutoff.figure import draw, worst_crossing
from nearsight.diagnose.checks.cutoff.findings import jump_findings, no_answer, nothing_found
from nearsight.diagnose.checks.cutoff.scan import (
    OUTSTANDING,
    Scan,
    energy_defects,
    outstanding,
    scan_for_jumps,
)
from nearsight.diagnose.checks.cutoff.thresholds import (
    CURVATURE_JUMP,
    DIFFERENCE,
    ENERGY_JUMP,
    FORCE_NOISE,
    SLOPE_JUMP,
)
from nearsight.diagnose.finding import Finding, Verdict
from nearsight.diagnose.probes import probe_for

X = offsets()


def crossing(
    energy: float = 0.0,
    slope: float = 0.0,
    curvature: float = 0.0,
    *,
    error: float = 1e-7,
    text: str = "C0 and H5 of structure 0",
    distance: float = 5.0,
) -> Crossing:
    jump = Jump(energy, error, slope, error, curvature, error)
    return Crossing(text, distance, X, np.zeros_like(X), np.zeros_like(X), jump)


def told(*crossings: Crossing, rate: float = 100.0, **options: bool) -> dict[str, Finding]:
    found = jump_findings(crossings, rate, **options)
    return {finding.quantity: finding for finding in found}


def test_offsets_leave_out_the_point_itself() -> None:
    assert len(X) == 2 * POINTS
    assert np.abs(X).min() == pytest.approx(SPACING / 2)
    np.testing.assert_allclose(X, -X[::-1])


def test_each_jump_is_told_in_its_unit() -> None:
    found = told(crossing(0.002, 0.03, 0.5))
    assert found["energy_jump"].value == pytest.approx(2.0, abs=1e-3)
    assert found["slope_jump"].value == pytest.approx(30.0, abs=1e-3)
    assert found["curvature_jump"].value == pytest.approx(0.5, abs=1e-5)
    assert [f.unit for f in found.values()] == ["meV", "meV angstrom-1", "eV angstrom-2"]
    verdicts = [f.verdict for f in found.values()]
    assert verdicts == [Verdict.FAIL, Verdict.FAIL, Verdict.WARN]


def test_the_sign_of_a_jump_does_not_matter() -> None:
    up, down = (told(crossing(e))["energy_jump"] for e in (0.002, -0.002))
    assert (up.value, up.reason) == (down.value, down.reason)


def test_three_errors_are_taken_off() -> None:
    found = told(crossing(0.002, error=5e-4))["energy_jump"]
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == (pytest.approx(0.5), pytest.approx(3.5))
    within = told(crossing(5e-6, error=1e-5))["energy_jump"]
    assert (within.value, within.low, within.high) == (0, 0, pytest.approx(0.035))
    assert within.verdict == Verdict.PASS
    assert "no jump of the energy beyond 0.03 meV" in within.reason


def test_noise_that_may_hide_a_jump_clears_nothing() -> None:
    hidden = told(crossing(0.001, error=5e-4))["energy_jump"]
    assert hidden.verdict == Verdict.NOT_APPLICABLE
    assert "no jump of the energy beyond 1.5 meV" in hidden.reason
    assert "may be hidden that fails, from 1 meV on" in hidden.reason


def test_the_clearest_of_many_is_told() -> None:
    found = told(
        crossing(0.001, text="one"), crossing(0.004, text="two"), crossing(-0.002, text="three")
    )
    assert "(two)" in found["energy_jump"].reason
    noisy = told(crossing(0.001, text="one"), crossing(0.004, error=0.002, text="two"))
    assert "(one)" in noisy["energy_jump"].reason


def test_how_far_the_energy_walks_is_the_root_of_the_passes() -> None:
    said = told(crossing(0.002), rate=400.0)["energy_jump"].reason
    assert "about 400 pairs a ps" in said
    assert "walk by 40 meV" in said
    assert "walk" not in told(crossing(0.002), rate=0.0)["energy_jump"].reason
    assert "walk" not in told(crossing(0.002), rate=math.nan)["energy_jump"].reason


def test_pairs_are_counted_in_words() -> None:
    assert "where a pair is taken through 5 Å" in told(crossing())["slope_jump"].reason
    three = told(crossing(), crossing(), crossing(distance=6.0))["slope_jump"].reason
    assert "where 3 pairs are taken through 5 Å and 6 Å" in three
    searched = told(crossing(text="H2 drawn away from structure 0"), searched=True)
    assert "where it would be first (H2 drawn away" in searched["slope_jump"].reason


def test_thresholds_say_where_they_come_from() -> None:
    for limit in (ENERGY_JUMP, SLOPE_JUMP, CURVATURE_JUMP, FORCE_NOISE, DIFFERENCE):
        assert "choice" in limit.source
    assert math.isnan(CURVATURE_JUMP.fail)


def test_nothing_found_says_what_would_have_been() -> None:
    scan = Scan(probe_for(ethanol()), np.zeros(3), np.zeros(3), np.zeros(3), 0.02, [])
    found = nothing_found(scan)
    assert [finding.verdict for finding in found] == [Verdict.PASS] * 3
    assert "0.02 meV would have stood out" in found[0].reason
    assert all("H2 drawn from 2 to 12 Å" in finding.reason for finding in found)
    rough = nothing_found(replace(scan, seen=2.0))
    assert [finding.verdict for finding in rough] == [Verdict.NOT_APPLICABLE, *[Verdict.PASS] * 2]
    assert "one of more than 2 meV would have stood out, but one may be hidden" in rough[0].reason


def test_no_answer_is_not_applicable() -> None:
    found = no_answer("the model slept")
    assert {finding.verdict for finding in found} == {Verdict.NOT_APPLICABLE}
    assert {finding.reason for finding in found} == {"the model slept"}


def test_a_polynomial_goes_on_beyond_its_side() -> None:
    cubic = 1 + 2 * X + 3 * X**2 - X**3
    np.testing.assert_allclose(continued(X, cubic, 3), cubic, atol=1e-9)
    stepped = np.where(X < 0, cubic + 5, cubic)
    np.testing.assert_allclose(
        stepped - continued(X, stepped, 3), np.where(X < 0, 5.0, 0), atol=1e-9
    )


def test_an_unsure_place_widens_the_errors_below_it() -> None:
    energy = np.where(X < 0, 0.0, 0.1 * X)
    slope = np.where(X < 0, 0.0, 0.1)
    sure, unsure = (jump_of(X, energy, slope, uncertain) for uncertain in (0.0, 0.01))
    assert unsure.energy_error == pytest.approx(sure.energy_error + 1e-3)
    assert unsure.slope_error == pytest.approx(sure.slope_error, abs=1e-6)
    assert unsure.slope == sure.slope


@pytest.mark.parametrize("seed", range(5))
def test_errors_of_jumps_are_honest(seed: int) -> None:
    """Noise without a jump: none is beyond three errors."""
    rng = np.random.default_rng(seed)
    energy = np.sin(X) + rng.normal(0, 1e-5, len(X))
    slope = np.cos(X) + rng.normal(0, 1e-4, len(X))
    jump = jump_of(X, energy, slope)
    assert abs(jump.energy) < 4 * jump.energy_error
    assert abs(jump.slope) < 4 * jump.slope_error
    assert abs(jump.curvature) < 4 * jump.curvature_error


GRID = np.arange(2.0, 12.0, 0.05)


def soft(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energy and slope of something that falls off."""
    return 2.0 / x**4, -8.0 / x**5


@pytest.mark.parametrize("place", [4.02, 6.5, 9.99])
def test_a_step_of_the_energy_is_found(place: float) -> None:
    energy, slope = soft(GRID)
    found = outstanding(GRID, energy + 1e-4 * (place > GRID), slope)
    assert found[0] == pytest.approx(place, abs=0.1)


@pytest.mark.parametrize("place", [4.02, 6.5, 9.99])
def test_a_step_of_the_slope_is_found(place: float) -> None:
    energy, slope = soft(GRID)
    found = outstanding(
        GRID, energy + 1e-3 * np.minimum(0, GRID - place), slope + 1e-3 * (place > GRID)
    )
    assert found[0] == pytest.approx(place, abs=0.15)


def test_two_jumps_are_told_apart() -> None:
    energy, slope = soft(GRID)
    for place in (5.0, 9.0):
        energy = energy + 1e-4 * (place > GRID)
    found = outstanding(GRID, energy, slope)
    assert sorted(found[:2]) == [pytest.approx(5.0, abs=0.1), pytest.approx(9.0, abs=0.1)]


@pytest.mark.parametrize("seed", range(4))
def test_noise_does_not_stand_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    energy, slope = soft(GRID)
    noisy = energy + rng.normal(0, 1e-6, len(GRID)), slope + rng.normal(0, 1e-5, len(GRID))
    assert outstanding(GRID, *noisy) == []
    assert OUTSTANDING >= 8


def test_a_gap_in_a_line_is_no_jump() -> None:
    energy, slope = soft(GRID)
    energy[40:44] = slope[40:44] = np.nan
    assert outstanding(GRID, energy, slope) == []


def test_the_rule_of_four_points_is_exact_for_cubics() -> None:
    slope = 1 + 2 * GRID - 0.3 * GRID**2 + 0.01 * GRID**3
    energy = GRID + GRID**2 - 0.1 * GRID**3 + 0.0025 * GRID**4
    np.testing.assert_allclose(energy_defects(GRID, energy, slope), 0, atol=1e-12)


def test_a_scan_goes_from_near_to_far() -> None:
    scan = scan_for_jumps(subject_of(sound()))
    assert scan.gap[0] < 2.0
    assert scan.gap[-1] == pytest.approx(12.0, abs=0.15)
    assert scan.energy[-1] == 0
    steps = np.gradient(scan.energy, scan.gap)
    np.testing.assert_allclose(steps[60:-1], scan.slope[60:-1], atol=5e-3)


@pytest.mark.parametrize(("effort", "points"), [("quick", 110), ("default", 205)])
def test_effort_sets_the_grid_of_a_scan(effort: str, points: int) -> None:
    scan = scan_for_jumps(subject_of(sound(), effort=effort))
    assert len(scan.gap) == pytest.approx(points, abs=12)


def test_a_pair_passes_alone_or_is_left_out() -> None:
    """In a square the two diagonals pass together: each moves its own two atoms alone."""
    square = Atoms("H4", [[0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]])
    kept = pairs_near([square], 2.8, 9)
    assert [(pair.first, pair.second) for pair in kept] == [(0, 2), (1, 3)]
    line = Atoms("H3", [[0, 0, 0], [0, 0, 2.5], [0, 0, -2.5]])
    # Any of the outer atoms that moves to 2.5 Å takes the middle one along through it.
    assert pairs_near([line], 2.5, 9) == []


def test_the_middle_of_a_pair_stays() -> None:
    pair = Pair(ethanol(), 0, 4, "two atoms")
    copies = moved(pair, np.array([1.0, 2.0, 9.0]))
    middles = (copies[:, 0] + copies[:, 4]) / 2
    np.testing.assert_allclose(middles, np.broadcast_to(middles[0], middles.shape))


def test_small_molecules_are_tried_as_pairs_alone() -> None:
    model = cut_springs(9.0, 1, 0.03)
    model.cutoff = 9.0
    result = CHECK.run(subject_of(model))
    slope = next(f for f in result.findings if f.quantity == "slope_jump")
    assert slope.value == pytest.approx(30.0, rel=1e-3)
    assert "alone" in slope.reason
    assert set(result.table["distance"].to_numpy()) == {9.0}


def test_the_worst_crossing_is_drawn() -> None:
    table = xr.Dataset(
        {
            "jump_curvature": ("crossing", [0.1, -0.5, 0.9]),
            "jump_curvature_error": ("crossing", [0.0, 0.0, 0.3]),
        }
    )
    assert worst_crossing(table) == 1


def test_a_kink_alone_is_told_to_be_no_jump() -> None:
    bent = CHECK.gist(list(told(crossing(curvature=0.3)).values()))
    assert bent.endswith("Energy and force do not jump.")
    stepped = CHECK.gist(list(told(crossing(energy=0.0005, curvature=0.3)).values()))
    assert "do not jump" not in stepped


def test_a_step_is_seen_in_the_first_panel() -> None:
    model = cut_springs(2.5, 0, 0.02)
    model.cutoff = 2.5
    through, _ = draw({"cut": CHECK.run(subject_of(model)).table})
    inside, beyond = (line.get_ydata() for line in through.figure.axes[0].lines[:2])
    assert np.abs(beyond).max() < 1
    assert np.abs(inside).min() > 15


def test_long_ranges_do_not_stand_out() -> None:
    """1/r has no cutoff at all."""
    long = Solvable(lambda r: (1.0 / distances(r)).sum(-1), differentiable=False)
    result = CHECK.run(subject_of(long))
    assert result.verdict == Verdict.PASS
