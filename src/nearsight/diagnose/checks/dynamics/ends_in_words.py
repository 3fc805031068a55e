"""Survival, what ended replicas, and whether the time step is to blame."""

from collections import Counter

import numpy as np
import xarray as xr
from ase.data import chemical_symbols
from scipy.stats import chi2

from nearsight import units
from nearsight.diagnose.checks.dynamics import thresholds
from nearsight.diagnose.checks.dynamics.broken import Broken
from nearsight.diagnose.checks.dynamics.runs import Runs
from nearsight.diagnose.finding import Finding, Verdict, not_applicable
from nearsight.md.analysis.ends import CENSORED, kind_names

CHANCE = 0.05
"""Below it, luck is not taken for the reason why failures stay away at half the time step."""
FOLLOWED = 1.0
"""meV per atom: a tenth of what the rule on energies allows, ten times what the demo's networks
fluctuate by (make demo, stability.nc). Up to it the integrator has followed the surface."""
SHORTEST_LIFE = 1.25
"""ps that a replica of the demo's worst network lives: 12 ends in 15.1 ps (make demo, dynamics.nc
of SchNet with 8 Å and one layer)."""
TOO_SHORT = float(np.log(2)) * SHORTEST_LIFE
"""ps over all replicas, a choice: in less that network, too, would more likely show no end, did
ends come at a constant rate. They do not at first, so each replica needs FIRST_END besides."""
FIRST_END = 0.21
"""ps of one replica, after which the first of the demo's 28 ends comes (make demo, dynamics.nc):
before it not even its worst networks show one, however many replicas there are."""
TEXT = "share of replicas that no rule ended"
MEND = (
    "look at the frames of the ends and at the checks of repulsion and response; add labelled "
    "geometries like the last good frames to the training data"
)
MOST_TOLD = 3
"""Causes with their atoms that a sentence names."""
FORCE_FIELD, TIME_STEP, UNDECIDED = "force field", "time step", "undecided"
CAUSES = {
    "bond": "a bond off its mean length",
    "close_contact": "atoms too close",
    "not_finite": "a number that is none",
    "temperature": "a temperature that stays too high",
    "topology": "a bond broken or formed",
    "isolated": "an atom that left",
    "energy": "energy not conserved",
}


def ends_in_words(broken: Broken, runs: Runs) -> str:
    """What ended replicas, most frequent cause and pair first; empty without an end.

    Args:
        broken: the failures.
        runs: what was run.
    """
    numbers = runs.record.atomic_number
    told = Counter(
        (CAUSES.get(str(cause), str(cause)), named(atoms, numbers))
        for cause, atoms in zip(broken.ends.cause, broken.atoms, strict=True)
    )
    words = [
        f"{cause}{f' ({atoms})' if atoms else ''}{f' {n} times' if n > 1 else ''}"
        for (cause, atoms), n in told.most_common(MOST_TOLD)
    ]
    return ", ".join([*words, *(["and others"] if len(told) > MOST_TOLD else [])])


def named(atoms: np.ndarray, numbers: np.ndarray) -> str:
    """Atoms (two,) by element and number, as ``C4 and H11``; empty without any.

    Args:
        atoms: -1 where there is none.
        numbers: (atom,) nuclear charges.
    """
    return " and ".join(f"{chemical_symbols[numbers[k]]}{k}" for k in atoms if k >= 0)


def survival(runs: Runs, numbers: xr.Dataset, words: str) -> Finding:
    """Share of replicas that no rule ended.

    Args:
        runs: what was run.
        numbers: their stability.
        words: what ended them.
    """
    value, low, high = (float(numbers[f"survival{e}"][-1]) for e in ("", "_low", "_high"))
    n, ended = len(runs.record.event), int(runs.record.event.sum())
    duration = runs.plan.duration
    total = float(runs.record.end_time.sum()) / units.FS_PER_PS
    verdict, advice = Verdict.FAIL, MEND
    if not ended and (total < TOO_SHORT or duration < FIRST_END):
        verdict, advice = Verdict.WARN, "give more time (without --quick, or --full) or --processes"
        reason = (
            f"all {n} replicas hold for {duration:.3g} ps, which is too short to tell: the worst "
            f"network of the demo breaks after {SHORTEST_LIFE:g} ps on average, none before "
            f"{FIRST_END:g} ps"
        )
    elif not ended:
        verdict, advice = Verdict.PASS, ""
        reason = (
            f"all {n} replicas hold for {duration:.3g} ps; the share that would is at least "
            f"{low:.2g} with 95 % confidence"
        )
    elif not runs.record.end_time.any():
        reason = (
            f"no replica can begin: at the start of all {n} the model gives no finite energy and "
            "forces, or breaks a rule at once"
        )
    else:
        mean, least, most = lifetime(runs)
        reason = (
            f"{ended} of {n} replicas end within {duration:.3g} ps: {words}. If ends come at a "
            f"constant rate, a replica lives {mean:.2g} ps on average ({least:.2g} to {most:.2g})"
        )
    if ended and blamed(runs) == TIME_STEP:
        verdict = Verdict.WARN
    return Finding(
        quantity="survival",
        text=TEXT,
        value=value,
        unit=units.ONE,
        low=low,
        high=high,
        threshold=thresholds.SURVIVAL,
        verdict=verdict,
        reason=reason,
        advice=advice,
    )


def lifetime(runs: Runs) -> tuple[float, float, float]:
    """Mean time until an end in ps, were ends to come at a constant rate, with its 95 % interval.

    Exact for a run until the last end, and close where replicas are cut off (Epstein, Sobel,
    J. Am. Stat. Assoc. 48, 486, 1953): 2 T / chi² with 2 n and 2 n + 2 degrees of freedom.

    Args:
        runs: what was run, with an end at least.
    """
    total = float(runs.record.end_time.sum()) / units.FS_PER_PS
    n = int(runs.record.event.sum())
    bounds = 2 * total / chi2.ppf([0.975, 0.025], [2 * n + 2, 2 * n])
    return total / n, float(bounds[0]), float(bounds[1])


def again(runs: Runs) -> tuple[int, int]:
    """Of the ended replicas that were run at half the step: how many, and how many ended again."""
    table = runs.table
    failed = runs.record.event[table["halved_replica"].to_numpy().astype(int)]
    kinds = kind_names(table["halved_end_kind"])[failed]
    return int(failed.sum()), int((~np.isin(kinds.astype(str), CENSORED)).sum())


def energy_at_end(runs: Runs) -> float:
    """Largest change in meV per atom of the total energy up to the last frame before an end."""
    energy = runs.record.total_energy[runs.record.event]
    last = [row[np.isfinite(row)][-1:] - row[0] for row in energy]
    found = np.abs(np.concatenate(last)) if last else np.empty(0)
    found = found[np.isfinite(found)]
    n_atoms = len(runs.record.atomic_number)
    return float(units.MEV_PER_EV * found.max() / n_atoms) if len(found) else np.nan


def luck(runs: Runs) -> float:
    """Probability that all that ran again would hold by chance, with the share that held before."""
    n, _ = again(runs)
    return float((1 - runs.record.event.mean()) ** n)


def blamed(runs: Runs) -> str:
    """``force field``, ``time step`` or ``undecided``; empty without an end that ran again.

    Ends that come back at half the step are the force field's. Dynamics is chaotic, and rare ends
    stay away by chance: where the energy was conserved until the end, the integrator has followed
    the surface, and the way to the end is the surface's own. Only where neither holds, and luck
    does not explain why all stay away, the time step is to blame.

    Args:
        runs: what was run.
    """
    n, ended = again(runs)
    if not n:
        return ""
    if ended or energy_at_end(runs) <= FOLLOWED:
        return FORCE_FIELD
    return TIME_STEP if luck(runs) < CHANCE else UNDECIDED


def half_step(runs: Runs, numbers: xr.Dataset) -> Finding:
    """Integrator or force field: do ends come back at half the time step?

    Args:
        runs: what was run.
        numbers: their stability.
    """
    text = "share of the ends that stay away at half the time step"
    n, ended = again(runs)
    if not n:
        reason = "no replica ended that could be run again at half the time step"
        return not_applicable("half_step", text, units.ONE, reason)
    value, low, high = (
        float(numbers[f"integrator_failure_share{e}"]) for e in ("", "_low", "_high")
    )
    step, blame = runs.settings.timestep, blamed(runs)
    many = f"{n} ended replicas" if n > 1 else "1 ended replica"
    begun = f"of {many} run again with steps of {step / 2:g} fs {ended} end again"
    kept = f"though the total energy was conserved to {energy_at_end(runs):.1g} meV per atom"
    verdict, reason, advice = {
        FORCE_FIELD: (
            Verdict.FAIL,
            f"{begun}: the force field is to blame, not the integrator"
            if ended
            else f"{begun}, {kept} until the end: the integrator followed the surface, and the "
            "force field is to blame",
            "mend the force field; a shorter time step will not help",
        ),
        TIME_STEP: (
            Verdict.WARN,
            f"{begun}: the time step of {step:g} fs is to blame",
            f"run this model with a time step of {step / 2:g} fs or less",
        ),
        UNDECIDED: (
            Verdict.WARN,
            f"{begun}, which may be luck (probability {luck(runs):.2g}): undecided between "
            "integrator and force field",
            "run more replicas (--full) to decide",
        ),
    }[blame]
    return Finding(
        quantity="half_step",
        text=text,
        value=value,
        unit=units.ONE,
        low=low,
        high=high,
        verdict=verdict,
        reason=reason,
        advice=advice,
    )
