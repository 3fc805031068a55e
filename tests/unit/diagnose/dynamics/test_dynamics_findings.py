"""What numbers of a run mean: findings on numbers that are given, on both sides of limits."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from nearsight.diagnose.checks.dynamics import findings as room
from nearsight.diagnose.checks.dynamics import thresholds
from nearsight.diagnose.checks.dynamics.cross_check import Crossed, nothing
from nearsight.diagnose.checks.dynamics.findings import Outcome, gist
from nearsight.diagnose.checks.dynamics.plan import Plan
from nearsight.diagnose.finding import Finding, Threshold, Verdict
from nearsight.diagnose.telling import interval

Band = tuple[float, float, float]
UNKNOWN: Band = (np.nan, np.nan, np.nan)


def outcome(
    *,
    drift: Band = (0.0, -0.01, 0.01),
    fluctuation: Band = (0.1, 0.08, 0.12),
    exponent: Band = (2.0, 1.9, 2.1),
    heating: Band = (0.0, -5.0, 5.0),
    duration: float = 2.0,
    plan: Plan | None = None,
    left_out: int = 0,
) -> Outcome:
    bands = {
        "drift": drift,
        "fluctuation": fluctuation,
        "fluctuation_exponent": exponent,
        "late_heating": heating,
    }
    variables: dict[str, Any] = {
        f"{name}{end}": value
        for name, band in bands.items()
        for end, value in zip(("", "_low", "_high"), band, strict=True)
    }
    variables |= {"temperature": 512.3, "fluctuation_exponent_reason": "one replica"}
    runs: Any = SimpleNamespace(
        plan=plan or Plan(8, 3, round(2000 * duration), 4000, 0.01, 60.0),
        settings=SimpleNamespace(timestep=0.5, temperature=500.0),
        record=SimpleNamespace(
            end_time=np.full(8, 1000 * duration), atomic_number=np.array([8, 1, 1])
        ),
        molecule=SimpleNamespace(origin="the minimum of the reference"),
        left_out=left_out,
    )
    broken: Any = None
    return Outcome(runs, xr.Dataset(variables), broken, nothing("not asked"))


@pytest.mark.parametrize(
    ("band", "verdict"),
    [
        ((0.0, -0.01, 0.01), Verdict.PASS),
        ((0.5, -0.1, 1.1), Verdict.PASS),
        ((0.09, 0.08, 0.11), Verdict.PASS),
        ((0.4, 0.3, 0.5), Verdict.WARN),
        ((-0.4, -0.5, -0.3), Verdict.WARN),
        ((3.0, 2.0, 4.0), Verdict.FAIL),
        ((-3.0, -4.0, -2.0), Verdict.FAIL),
        ((2.0, np.nan, np.nan), Verdict.FAIL),
    ],
)
def test_of_a_drift_what_is_certain_counts(band: Band, verdict: Verdict) -> None:
    """Neither the half of the interval towards 0, nor what the fluctuation makes of a line."""
    found = room._drift(outcome(drift=band))
    assert found.verdict == verdict
    assert (found.value, found.unit) == (band[0], "meV atom-1 ps-1")
    assert f"drifts by {interval(*band, 'meV/atom/ps')}" in found.reason
    assert bool(found.advice) == (verdict != Verdict.PASS)


def test_a_drift_that_a_short_run_cannot_tell_from_its_fluctuation_passes() -> None:
    """A tenth of a meV over 0.25 ps is 0.4 meV/ps."""
    certain = {"drift": (0.45, 0.42, 0.5), "fluctuation": (0.1, 0.1, 0.1)}
    assert room._drift(outcome(**certain, duration=0.25)).verdict == Verdict.PASS  # type: ignore[arg-type]
    assert room._drift(outcome(**certain, duration=2.0)).verdict == Verdict.WARN  # type: ignore[arg-type]


def test_a_run_that_is_too_short_for_a_drift_says_so() -> None:
    found = room._drift(outcome(drift=(-0.4, -3.2, 2.4)))
    assert found.verdict == Verdict.NOT_APPLICABLE
    assert "too short to tell a drift: -0.400 [-3.20, 2.40] meV/atom/ps" in found.reason
    wide = room._drift(outcome(drift=(0.0, -0.1, 0.1), fluctuation=(0.1, 0.1, 0.1), duration=0.03))
    assert wide.verdict == Verdict.NOT_APPLICABLE
    certain = room._drift(outcome(drift=(9.0, 5.0, 13.0)))
    assert certain.verdict == Verdict.FAIL


def test_without_frames_there_is_no_conservation() -> None:
    nothing_known = outcome(drift=UNKNOWN, fluctuation=UNKNOWN, exponent=UNKNOWN, heating=UNKNOWN)
    found = [
        make(nothing_known)
        for make in (room._drift, room._fluctuation, room._exponent, room._heating)
    ]
    assert {one.verdict for one in found} == {Verdict.NOT_APPLICABLE}
    assert [one.reason for one in found] == [
        "no replica held for three frames",
        "no replica held for three frames",
        "one replica",
        "no replica held long enough beyond the first 100 fs",
    ]


def test_the_fluctuation_is_told_with_its_step_and_never_judged() -> None:
    found = room._fluctuation(outcome(fluctuation=(900.0, 800.0, 1000.0)))
    assert found.verdict == Verdict.PASS
    assert found.threshold is None
    assert (found.low, found.high) == (800.0, 1000.0)
    assert found.reason == (
        "the total energy fluctuates by 900 [800, 1000] meV per atom at a time step of 0.5 fs"
    )


@pytest.mark.parametrize(
    ("band", "verdict"),
    [
        ((2.0, 1.9, 2.1), Verdict.PASS),
        ((1.3, 0.6, 1.9), Verdict.PASS),
        ((1.0, 0.8, 1.2), Verdict.WARN),
        ((0.1, np.nan, np.nan), Verdict.WARN),
        ((3.0, 2.5, 3.5), Verdict.PASS),
    ],
)
def test_an_exponent_is_too_small_only_where_its_interval_is(band: Band, verdict: Verdict) -> None:
    """One of the demo's networks has 1.26 with an upper bound of 1.88."""
    found = room._exponent(outcome(exponent=band))
    assert found.verdict == verdict
    assert f"{band[0]:.2f}" in found.reason
    assert ("not by 2" in found.reason) == (verdict == Verdict.WARN)


@pytest.mark.parametrize(
    ("band", "verdict"),
    [
        ((0.0, -5.0, 5.0), Verdict.PASS),
        ((20.0, 15.0, 25.0), Verdict.PASS),
        ((54.0, 25.0, 83.0), Verdict.WARN),
        ((54.0, -1.0, 109.0), Verdict.PASS),
        ((130.0, 105.0, 155.0), Verdict.FAIL),
        ((130.0, -105.0, 365.0), Verdict.NOT_APPLICABLE),
        ((130.0, np.nan, np.nan), Verdict.NOT_APPLICABLE),
        ((-60.0, -80.0, -40.0), Verdict.PASS),
    ],
)
def test_heat_counts_where_it_is_certain(band: Band, verdict: Verdict) -> None:
    found = room._heating(outcome(heating=band))
    assert found.verdict == verdict
    assert interval(*band, "K") in found.reason
    judged = verdict != Verdict.NOT_APPLICABLE
    assert ("on average it is 512 K" in found.reason) == judged
    assert ("too few, or the run too short" in found.reason) != judged
    hot = verdict in (Verdict.WARN, Verdict.FAIL)
    assert ("places that are too low" in found.reason) == hot


def crossed(distance: float) -> Crossed:
    time = np.array([0.0, 25.0, 50.0])
    return Crossed(time, np.array([0, 1e-3, 2e-3]), np.array([0, 1e-3, 5e-3]), distance)


@pytest.mark.parametrize(
    ("distance", "verdict"),
    [(1e-14, Verdict.PASS), (1e-5, Verdict.PASS), (1e-3, Verdict.WARN), (0.1, Verdict.FAIL)],
)
def test_two_programs_may_differ_by_rounding(distance: float, verdict: Verdict) -> None:
    found = room._crossed(crossed(distance), 3)
    assert found.verdict == verdict
    assert "after 50 fs" in found.reason
    assert "within 1 meV per atom" in found.reason
    assert ("ask it twice" in found.advice) == (verdict != Verdict.PASS)


def test_a_position_that_is_no_number_fails() -> None:
    assert room._crossed(crossed(np.nan), 3).verdict == Verdict.FAIL


def test_the_length_says_what_was_run_and_why_no_more() -> None:
    whole = room._length(outcome().runs)
    assert whole.value == 16
    assert whole.reason == (
        "8 replicas of 2 ps from 500 K with steps of 0.5 fs, rules from the minimum of the "
        "reference"
    )
    short = room._length(outcome(plan=Plan(2, 2, 200, 4000, 0.25, 60.0), left_out=3).runs)
    assert "2 replicas of 0.1 ps" in short.reason
    assert "shorter than the 2 ps wished for" in short.reason
    assert "takes 0.25 s and there are 60 s" in short.reason
    assert "3 structures that break a rule as they are were left out" in short.reason
    assert short.verdict == Verdict.PASS


@pytest.mark.parametrize(
    "threshold",
    [
        thresholds.SURVIVAL,
        thresholds.DRIFT,
        thresholds.EXPONENT,
        thresholds.HEATING,
        thresholds.AGREEMENT,
    ],
)
def test_every_threshold_has_a_source_that_can_be_looked_up(threshold: Threshold) -> None:
    """A command, a table of ours, a publication; a choice is called one."""
    named = ("docs/numbers", "make demo", "GROMACS", "Acta Numerica", "nearsight diagnose")
    assert any(name in threshold.source for name in named)
    if threshold is not thresholds.SURVIVAL:
        assert "a choice" in threshold.source


def one(name: str, verdict: Verdict, reason: str) -> Finding:
    return Finding(
        quantity=name, text="x", value=1.0, unit="1", verdict=verdict, reason=reason, advice=""
    )


def test_the_gist_tells_survival_blame_and_the_next_fault() -> None:
    findings = [
        one("survival", Verdict.FAIL, "6 of 8 end: a bond. If ends come at a constant rate, soon"),
        one("half_step", Verdict.FAIL, "of 3 run again 3 end again: the force field is to blame"),
        one("drift", Verdict.WARN, "the energy drifts"),
        one("late_heating", Verdict.FAIL, "it heats"),
    ]
    assert gist(findings) == ("6 of 8 end: a bond. The force field is to blame. The energy drifts.")


def test_the_gist_of_a_sound_model_tells_its_drift() -> None:
    findings = [
        one("survival", Verdict.PASS, "all hold"),
        one("half_step", Verdict.NOT_APPLICABLE, "none ended"),
        one("drift", Verdict.PASS, "no drift"),
    ]
    assert gist(findings) == "All hold. No drift."
    assert gist(findings[:1]) == "All hold."
