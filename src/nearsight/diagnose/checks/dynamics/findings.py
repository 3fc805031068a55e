"""What the runs mean: conservation, heat, survival, time step, and another program's word."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.diagnose.answering import sentence
from nearsight.diagnose.checks.dynamics import thresholds
from nearsight.diagnose.checks.dynamics.broken import Broken
from nearsight.diagnose.checks.dynamics.cross_check import Crossed
from nearsight.diagnose.checks.dynamics.ends_in_words import ends_in_words, half_step, survival
from nearsight.diagnose.checks.dynamics.runs import Runs
from nearsight.diagnose.finding import Finding, Verdict, measured, not_applicable, told
from nearsight.diagnose.telling import interval, sentences


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


def gist(findings: Sequence[Finding]) -> str:
    """Survival and who is to blame, then the first other thing that is not as it should be."""
    found = {finding.quantity: finding for finding in findings}
    bad = [f for f in findings if f.verdict in (Verdict.WARN, Verdict.FAIL)]
    parts = [found["survival"].reason.split(". If ")[0]]
    parts += [f.reason.rpartition(": ")[2] for f in bad if f.quantity == "half_step"]
    others = [f for f in bad if f.quantity not in ("survival", "half_step")]
    parts += [f.reason for f in others[:1]]
    if len(parts) == 1 and "drift" in found:
        parts.append(found["drift"].reason)
    return sentences(*map(sentence, parts))


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
    number = interval(value, low, high, "meV/atom/ps")
    if not least and half + bent > thresholds.DRIFT.fail:
        reason = (
            f"the run is too short to tell a drift: {number}, of which the fluctuation alone may "
            f"make {bent:.2g}"
        )
        return not_applicable("drift", text, units.DRIFT, reason)
    harmless = thresholds.DRIFT.judge(least) == Verdict.PASS
    return measured(
        "drift",
        text,
        value,
        units.DRIFT,
        threshold=thresholds.DRIFT,
        judged=least,
        reason=f"the total energy drifts by {number}: no more than is harmless, or than can be "
        "told from none"
        if harmless
        else f"the total energy drifts by {number}; at least {least:.2g} of it is certain",
        advice="look at the check of forces against the energy; a drift comes else from noise of "
        "the forces or from too long a time step",
        low=low,
        high=high,
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
    number = interval(value, low, high, "meV per atom")
    reason = f"the total energy fluctuates by {number} at a time step of {step:g} fs"
    return told("fluctuation", text, value, units.MEV_PER_ATOM, reason=reason, low=low, high=high)


def _exponent(outcome: Outcome) -> Finding:
    value, low, high = outcome.band("fluctuation_exponent")
    text = "exponent of the fluctuation in the time step"
    if np.isnan(value):
        reason = str(outcome.numbers["fluctuation_exponent_reason"].item())
        return not_applicable("fluctuation_exponent", text, units.ONE, reason)
    # What is certain: only the upper bound below the threshold shows that it is not 2.
    most = value if np.isnan(high) else high
    sound = thresholds.EXPONENT.judge(most) == Verdict.PASS
    meaning = (
        "as 2 of velocity Verlet on a smooth energy"
        if sound
        else "and not by 2 as with velocity Verlet on a smooth energy"
    )
    return measured(
        "fluctuation_exponent",
        text,
        value,
        units.ONE,
        threshold=thresholds.EXPONENT,
        judged=most,
        reason=f"with the time step the fluctuation grows by the power "
        f"{interval(value, low, high)}, {meaning}",
        advice="the energy is not smooth, forces are not its gradient, or rounding is all there "
        "is: see the checks of symmetry and of the cutoff, and try double precision",
        low=low,
        high=high,
    )


def _heating(outcome: Outcome) -> Finding:
    value, low, high = outcome.band("late_heating")
    text = "rise of the kinetic temperature from the first half of a run to the second"
    if np.isnan(value):
        reason = "no replica held long enough beyond the first 100 fs"
        return not_applicable("late_heating", text, units.TEMPERATURE, reason)
    number = interval(value, low, high, "K")
    certain = low > 0
    if not certain and not (high - low) / 2 <= thresholds.HEATING.fail:
        reason = f"the replicas are too few, or the run too short, to tell a rise: {number}"
        return not_applicable("late_heating", text, units.TEMPERATURE, reason)
    rise = value if certain else 0.0
    sound = thresholds.HEATING.judge(rise) == Verdict.PASS
    mean = float(outcome.numbers["temperature"])
    reason = (
        f"from the first half of a run to the second the temperature changes by {number}; on "
        f"average it is {mean:.0f} K"
    )
    return measured(
        "late_heating",
        text,
        value,
        units.TEMPERATURE,
        threshold=thresholds.HEATING,
        judged=rise,
        reason=reason if sound else f"{reason}: the molecule falls into places that are too low",
        advice="add geometries that the runs went through, with labels of the reference, to the "
        "training data; the frames of the failures are a beginning",
        low=low,
        high=high,
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
