"""From models and structures to findings: every check of every model, going on where it was."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

from nearsight.diagnose.asking import told_by_findings
from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.finding import Finding, Verdict, worst
from nearsight.diagnose.finished import FinishedChecks
from nearsight.diagnose.subject import Subject
from nearsight.errors import NearsightError
from nearsight.progress import progress_bar

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answered:
    """A check that has been made.

    Attributes:
        check: which.
        result: what it found.
        seconds: wall time that it took.
    """

    check: Check
    result: Result
    seconds: float

    @property
    def gist(self) -> str:
        """The answer in words."""
        if len(self.result.findings) == 1:
            return self.result.findings[0].reason
        return self.check.gist(self.result.findings)


@dataclass(frozen=True)
class Diagnosed:
    """A model with all its checks.

    Attributes:
        label: what it is called here, unlike every other model.
        subject: what was diagnosed.
        answers: in the order of the checks.
    """

    label: str
    subject: Subject
    answers: Sequence[Answered]

    @property
    def verdict(self) -> Verdict:
        """The gravest of its checks."""
        return worst([answer.result.verdict for answer in self.answers])


def diagnose(
    subjects: Sequence[tuple[str, Subject]], checks: Sequence[Check], finished: FinishedChecks
) -> list[Diagnosed]:
    """Make all checks of all models.

    A check that a model makes impossible is a finding that says so; the others are made.

    Args:
        subjects: models by label.
        checks: in their order.
        finished: results of an earlier run that was killed, and where those of this one are kept.
    """
    steps = [(m, c) for m in range(len(subjects)) for c in range(len(checks))]
    answers: dict[int, list[Answered]] = {m: [] for m in range(len(subjects))}
    with told_by_findings(), progress_bar(steps, desc="diagnosis", unit="check") as progress:
        for m, c in progress:
            label, subject = subjects[m]
            progress.set_postfix_str(f"{label}: {checks[c].title}", refresh=True)
            answers[m].append(_answered((m, c), subject, checks[c], finished))
    return [Diagnosed(label, subject, answers[m]) for m, (label, subject) in enumerate(subjects)]


def _answered(
    place: tuple[int, int], subject: Subject, check: Check, finished: FinishedChecks
) -> Answered:
    found = finished.read(*place)
    if found is not None:
        return Answered(check, *found)
    begun = monotonic()
    result = _run(check, replace_scratch(subject, finished, place))
    seconds = monotonic() - begun
    finished.write(*place, result, seconds)
    return Answered(check, result, seconds)


def replace_scratch(subject: Subject, finished: FinishedChecks, place: tuple[int, int]) -> Subject:
    """The subject with a folder of its own for a check; what it has computed stays with it.

    Args:
        subject: of the check.
        finished: where folders lie.
        place: of model and check.
    """
    return replace(subject, scratch=finished.scratch(*place))


def _run(check: Check, subject: Subject) -> Result:
    try:
        return check.run(subject)
    except NearsightError as error:
        logger.warning("%s could not be made: %s", check.title, error)
        return Result([_impossible(check, str(error))])


def _impossible(check: Check, reason: str) -> Finding:
    return Finding(
        quantity="made",
        text="whether the check could be made",
        value=float("nan"),
        unit="1",
        verdict=Verdict.FAIL,
        reason=f"could not be made: {reason}",
        advice="mend what the message names, and run the diagnosis again",
    )
