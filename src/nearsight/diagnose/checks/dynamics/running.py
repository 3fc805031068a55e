"""Dynamics of a model, from its runs to what is found."""

import xarray as xr

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dynamics.broken import find_broken, frames_of
from nearsight.diagnose.checks.dynamics.cross_check import cross_check
from nearsight.diagnose.checks.dynamics.findings import Outcome, findings_of
from nearsight.diagnose.checks.dynamics.heat import late_heating
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.checks.dynamics.table import table_of
from nearsight.diagnose.finding import not_applicable
from nearsight.diagnose.subject import Subject
from nearsight.errors import DataError
from nearsight.md.analysis.stability import stability

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
