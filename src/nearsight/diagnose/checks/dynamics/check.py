"""Check 9: does dynamics hold, does it conserve energy, and who is to blame where it ends?"""

from collections.abc import Sequence

import xarray as xr

from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.checks.dynamics.broken import find_broken, frames_of
from nearsight.diagnose.checks.dynamics.cross_check import cross_check
from nearsight.diagnose.checks.dynamics.figures import draw
from nearsight.diagnose.checks.dynamics.findings import Outcome, findings_of
from nearsight.diagnose.checks.dynamics.heat import late_heating
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.checks.dynamics.table import table_of
from nearsight.diagnose.checks.dynamics.view import view
from nearsight.diagnose.finding import Finding, Verdict, not_applicable
from nearsight.diagnose.subject import Subject
from nearsight.errors import DataError
from nearsight.md import stability

CONFIDENCE = 0.95


def run(subject: Subject) -> Result:
    """Run replicas and tell what became of them.

    Args:
        subject: what is diagnosed.
    """
    try:
        runs = make_runs(subject)
    except DataError as error:
        text = "share of replicas that no rule ended"
        return Result([not_applicable("survival", text, "1", f"no dynamics: {error}")])
    numbers = numbers_of(runs)
    broken = find_broken(subject, runs)
    crossed = cross_check(subject, runs)
    frames = frames_of(broken, runs, subject.model.label)
    return Result(
        findings=findings_of(Outcome(runs, numbers, broken, crossed)),
        table=table_of(runs, numbers, broken, crossed),
        frames={"ends": frames} if frames else {},
    )


def numbers_of(runs: Runs) -> xr.Dataset:
    """Stability of the runs with the late heat."""
    numbers = stability(runs.table, confidence=CONFIDENCE, seed=runs.settings.seed)
    return numbers.assign(late_heating(runs.table, CONFIDENCE))


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
    return " ".join(f"{part[0].upper()}{part[1:]}." for part in parts)


CHECK = Check(
    name="dynamics",
    title="Dynamics at constant energy",
    question="Will its dynamics hold and conserve energy?",
    run=run,
    draw=draw,
    view=view,
    gist=gist,
)
