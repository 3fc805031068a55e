"""What the runs mean: conservation, heat, survival, time step, and another program's word."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.diagnose.checks.dynamics import thresholds
from nearsight.diagnose.checks.dynamics.broken import Broken
from nearsight.diagnose.checks.dynamics.cross_check import Crossed
from nearsight.diagnose.checks.dynamics.ends_in_words import ends_in_words, half_step, survival
from nearsight.diagnose.checks.dynamics.runs import Runs
from nearsight.diagnose.finding import (
    Finding,
    Verdict,
    measured,
    not_applicable,
    told,
)


@dataclass(frozen=True, eq=False)
class Outcome:
    """All that findings are told from.

    Attributes:
        runs: what was run.
        numbers: their stability and heat.
        broken: what is known of every failure.
        crossed: the same start by ASE.
    """

    runs: Runs
    numbers: xr.Dataset
    broken: Broken
    crossed: Crossed

    def band(self, name: str) -> tuple[float, float, float]:
        """A number with its bounds."""
        ends = ("", "_low", "_high")
        value, low, high = (float(self.numbers[f"{name}{end}"]) for end in ends)
        return value, low, high


def findings_of(outcome: Outcome) -> list[Finding]:
    """All of them, the gravest question first."""
    return [
        survival(outcome.runs, outcome.numbers, ends_in_words(outcome.broken, outcome.runs)),
        half_step(outcome.runs, outcome.numbers),
        _drift(outcome),
        _fluctuation(outcome),
        _exponent(outcome),
        _heating(outcome),
        _crossed(outcome.crossed, len(outcome.runs.record.atomic_number)),
        _length(outcome.runs),
    ]


def _drift(outcome: Outcome) -> Finding:
    text = "drift of the total energy, median over replicas"
    value, low, high = outcome.band("drift")
    if np.isnan(value):
        return not_applicable("drift", text, units.DRIFT, "no replica held for three frames")
    # What is certain: the interval's end that is nearer to no drift, less what the phase of an
    # oscillation, the same in replicas of one start, makes of a line.
    bent = float(outcome.numbers["fluctuation"]) / outcome.runs.plan.duration
    least = max(0.0, _nearest_to_zero(value, low, high) - bent)
    half = 0.0 if np.isnan(high) else (high - low) / 2
    if not least and half + bent > thresholds.DRIFT.fail:
        reason = (
            f"the run is too short to tell a drift: {value:.2g} meV/atom/ps{interval(low, high)}, "
            f"of which the fluctuation alone may make {bent:.2g}"
        )
        return not_applicable("drift", text, units.DRIFT, reason)
    verdict = thresholds.DRIFT.judge(least)
    return Finding(
        quantity="drift",
        text=text,
        value=value,
        unit=units.DRIFT,
        low=low,
        high=high,
        threshold=thresholds.DRIFT,
        verdict=verdict,
        reason=f"the total energy drifts by {value:.2g} meV/atom/ps"
        f"{interval(low, high)}; at least {least:.2g} of it is certain"
        if verdict != Verdict.PASS
        else f"the total energy drifts by {value:.2g} meV/atom/ps{interval(low, high)}: "
        "no more than is harmless, or than can be told from none",
        advice=""
        if verdict == Verdict.PASS
        else "look at the check of forces against the energy; a drift comes else "
        "from noise of the forces or from too long a time step",
    )


def _nearest_to_zero(value: float, low: float, high: float) -> float:
    if np.isnan(low) or np.isnan(high):
        return abs(value)
    return 0.0 if low <= 0 <= high else float(min(abs(low), abs(high)))


def _fluctuation(outcome: Outcome) -> Finding:
    value, low, high = outcome.band("fluctuation")
    text = "root mean square deviation of the total energy from its drift"
    if np.isnan(value):
        reason = "no replica held for three frames"
        return not_applicable("fluctuation", text, units.MEV_PER_ATOM, reason)
    step = outcome.runs.settings.timestep
    reason = (
        f"the total energy fluctuates by {value:.2g} meV per atom{interval(low, high)} at a time "
        f"step of {step:g} fs"
    )
    return told("fluctuation", text, value, units.MEV_PER_ATOM, reason=reason)


def _exponent(outcome: Outcome) -> Finding:
    value, low, high = outcome.band("fluctuation_exponent")
    text = "exponent of the fluctuation in the time step"
    if np.isnan(value):
        reason = str(outcome.numbers["fluctuation_exponent_reason"].item())
        return not_applicable("fluctuation_exponent", text, units.ONE, reason)
    # What is certain: only the upper bound below the threshold shows that it is not 2.
    verdict = thresholds.EXPONENT.judge(value if np.isnan(high) else high)
    sound = verdict == Verdict.PASS
    meaning = (
        "as 2 of velocity Verlet on a smooth energy"
        if sound
        else "and not by 2 as with velocity Verlet on a smooth energy"
    )
    return Finding(
        quantity="fluctuation_exponent",
        text=text,
        value=value,
        unit=units.ONE,
        low=low,
        high=high,
        threshold=thresholds.EXPONENT,
        verdict=verdict,
        reason=f"with the time step the fluctuation grows by the power {value:.2f}"
        f"{interval(low, high, '.2f')}, {meaning}",
        advice=""
        if sound
        else "the energy is not smooth, forces are not its gradient, or rounding is all there is: "
        "see the checks of symmetry and of the cutoff, and try double precision",
    )


def _heating(outcome: Outcome) -> Finding:
    value, low, high = outcome.band("late_heating")
    text = "rise of the kinetic temperature from the first half of a run to the second"
    if np.isnan(value):
        reason = "no replica held long enough beyond the first 100 fs"
        return not_applicable("late_heating", text, units.TEMPERATURE, reason)
    certain = not np.isnan(low) and low > 0
    verdict = thresholds.HEATING.judge(value) if certain else Verdict.PASS
    sound = verdict == Verdict.PASS
    mean = float(outcome.numbers["temperature"])
    reason = (
        f"from the first half of a run to the second the temperature changes by {value:+.0f} K"
        f"{interval(low, high, '.0f')}; on average it is {mean:.0f} K"
    )
    return Finding(
        quantity="late_heating",
        text=text,
        value=value,
        unit=units.TEMPERATURE,
        low=low,
        high=high,
        threshold=thresholds.HEATING,
        verdict=verdict,
        reason=reason if sound else f"{reason}: the molecule falls into places that are too low",
        advice=""
        if sound
        else "add geometries that the runs went through, with labels of the reference, to the "
        "training data; the frames of the failures are a beginning",
    )


def _crossed(crossed: Crossed, n_atoms: int) -> Finding:
    text = "largest distance of an atom between nearsight's and ASE's integrator"
    if crossed.reason:
        reason = f"no comparison with ASE: {crossed.reason}"
        return not_applicable("integrators_agree", text, units.LENGTH, reason)
    off = units.MEV_PER_EV * float(np.abs(crossed.ours - crossed.theirs).max()) / n_atoms
    return measured(
        "integrators_agree",
        text,
        crossed.distance,
        units.LENGTH,
        threshold=thresholds.AGREEMENT,
        reason=f"after {crossed.time[-1]:g} fs from the same start ASE's own velocity Verlet has "
        f"every atom within {crossed.distance:.1g} Å, and the total energy within {off:.1g} meV "
        "per atom",
        advice="forces of this model depend on what it was asked before, or differ from program to "
        "program: ask it twice for the same structure, in another order",
    )


def _length(runs: Runs) -> Finding:
    plan, settings = runs.plan, runs.settings
    total = float(runs.record.end_time.sum() / units.FS_PER_PS)
    reason = (
        f"{plan.replicas} replicas of {plan.duration:.3g} ps from {settings.temperature:g} K with "
        f"steps of {settings.timestep:g} fs, rules from {runs.molecule.origin}"
    )
    if plan.shortened:
        wished = plan.wished * settings.timestep / units.FS_PER_PS
        reason += (
            f"; shorter than the {wished:g} ps wished for, because an evaluation of one molecule "
            f"takes {plan.evaluation:.2g} s and there are {plan.budget:g} s"
        )
    if runs.left_out:
        reason += f"; {runs.left_out} structures that break a rule as they are were left out"
    text = "time that was run over all replicas"
    return told("length", text, total, units.PICOSECOND, reason=reason)


def interval(low: float, high: float, form: str = ".2g") -> str:
    """`` (low to high)`` with a space before, empty where there is none.

    Args:
        low: lower bound.
        high: upper bound.
        form: of both numbers.
    """
    known = not (np.isnan(low) or np.isnan(high))
    return f" ({low:{form}} to {high:{form}})" if known else ""
