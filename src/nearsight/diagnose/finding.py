"""What a check has measured, what it is compared with, and what that means."""

import math
from dataclasses import dataclass, replace
from enum import StrEnum


class Verdict(StrEnum):
    """What a finding means."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"
    NOT_APPLICABLE = "not_applicable"

    @property
    def gravity(self) -> int:
        """How grave it is beside the others."""
        return _GRAVITY.index(self)


_GRAVITY = (Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.WARN, Verdict.FAIL)


def worst(verdicts: "list[Verdict] | tuple[Verdict, ...]") -> Verdict:
    """The gravest of verdicts; not applicable where there is none."""
    return max(verdicts, key=lambda one: one.gravity, default=Verdict.NOT_APPLICABLE)


@dataclass(frozen=True)
class Threshold:
    """Where a quantity begins to be worth a warning, and where it fails.

    Attributes:
        warn: beyond it the verdict is ``warn``; NaN for none.
        fail: beyond it the verdict is ``fail``; NaN for none.
        source: where the numbers come from: a paper, a published test, or a measurement of ours
            with its command; or, said as such, a choice and why.
        smaller_is_better: whether beyond means above.
    """

    warn: float
    fail: float
    source: str
    smaller_is_better: bool = True

    def judge(self, value: float) -> Verdict:
        """The verdict on a value in the unit of the thresholds; one that is NaN fails."""
        if math.isnan(value):
            return Verdict.FAIL
        for limit, verdict in ((self.fail, Verdict.FAIL), (self.warn, Verdict.WARN)):
            if value > limit if self.smaller_is_better else value < limit:
                return verdict
        return Verdict.PASS


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that a check has measured.

    Attributes:
        quantity: name in snake case, unique within its check.
        text: what it is, in words.
        value: the number; NaN where there is none.
        unit: of the number, as in files (:mod:`nearsight.units`).
        low: lower bound of its interval; NaN where there is none.
        high: upper bound.
        threshold: what it is compared with; None where it is told without a verdict on it.
        verdict: what it means.
        reason: in words, with the number, why the verdict is what it is.
        advice: what to do; empty where there is nothing to do.
    """

    quantity: str
    text: str
    value: float
    unit: str
    low: float = math.nan
    high: float = math.nan
    threshold: Threshold | None = None
    verdict: Verdict
    reason: str
    advice: str = ""


def measured(
    quantity: str,
    text: str,
    value: float,
    unit: str,
    *,
    threshold: Threshold,
    reason: str,
    advice: str = "",
    low: float = math.nan,
    high: float = math.nan,
    judged: float | None = None,
) -> Finding:
    """A finding whose verdict its threshold gives; advice is kept where it does not pass.

    Args:
        quantity: name in snake case.
        text: what it is.
        value: the number.
        unit: of the number and of the thresholds.
        threshold: what it is compared with.
        reason: in words, with the number.
        advice: what to do where it does not pass.
        low: lower bound of its interval.
        high: upper bound.
        judged: what the threshold judges in place of the value: what of it is certain, say.
    """
    verdict = threshold.judge(value if judged is None else judged)
    return Finding(
        quantity=quantity,
        text=text,
        value=value,
        unit=unit,
        low=low,
        high=high,
        threshold=threshold,
        verdict=verdict,
        reason=reason,
        advice="" if verdict == Verdict.PASS else advice,
    )


def told(
    quantity: str,
    text: str,
    value: float,
    unit: str,
    *,
    reason: str,
    low: float = math.nan,
    high: float = math.nan,
) -> Finding:
    """A finding that stands beside the others without a threshold of its own: it passes.

    Args:
        quantity: name in snake case.
        text: what it is.
        value: the number.
        unit: of the number.
        reason: in words, with the number.
        low: lower bound of its interval.
        high: upper bound.
    """
    return Finding(
        quantity=quantity,
        text=text,
        value=value,
        unit=unit,
        low=low,
        high=high,
        verdict=Verdict.PASS,
        reason=reason,
    )


def not_applicable(quantity: str, text: str, unit: str, reason: str) -> Finding:
    """A finding that could not be made.

    Args:
        quantity: name in snake case.
        text: what it is.
        unit: that it would have.
        reason: why there is none, and what would be needed.
    """
    return Finding(
        quantity=quantity,
        text=text,
        value=math.nan,
        unit=unit,
        verdict=Verdict.NOT_APPLICABLE,
        reason=reason,
    )


def no_worse_than_a_warning(finding: Finding, advice: str = "") -> Finding:
    """A finding that stands for a warning where it would fail.

    Args:
        finding: any.
        advice: what to do in place of its own advice, where it does not pass.
    """
    if finding.verdict not in (Verdict.WARN, Verdict.FAIL):
        return finding
    return replace(finding, verdict=Verdict.WARN, advice=advice or finding.advice)
