"""Verdicts follow from numbers and thresholds alone."""

import math

import pytest

from nearsight.diagnose.finding import (
    Finding,
    Threshold,
    Verdict,
    measured,
    no_worse_than_a_warning,
    not_applicable,
    told,
    worst,
)

LIMIT = Threshold(1.0, 10.0, "a choice, for this test")
FLOOR = Threshold(0.9, 0.5, "a choice, for this test", smaller_is_better=False)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0.0, Verdict.PASS),
        (1.0, Verdict.PASS),
        (1.0 + 1e-12, Verdict.WARN),
        (10.0, Verdict.WARN),
        (10.1, Verdict.FAIL),
        (math.inf, Verdict.FAIL),
        (math.nan, Verdict.FAIL),
        (-5.0, Verdict.PASS),
    ],
)
def test_what_is_beyond_a_limit_is_worth_its_verdict(value: float, verdict: Verdict) -> None:
    assert LIMIT.judge(value) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (1.0, Verdict.PASS),
        (0.9, Verdict.PASS),
        (0.7, Verdict.WARN),
        (0.5, Verdict.WARN),
        (0.3, Verdict.FAIL),
        (-math.inf, Verdict.FAIL),
        (math.nan, Verdict.FAIL),
    ],
)
def test_where_larger_is_better_beyond_means_below(value: float, verdict: Verdict) -> None:
    assert FLOOR.judge(value) == verdict


def test_a_limit_that_is_not_there_is_never_passed() -> None:
    only_warns = Threshold(1.0, math.nan, "a choice, for this test")
    only_fails = Threshold(math.nan, 1.0, "a choice, for this test")

    assert only_warns.judge(1e9) == Verdict.WARN
    assert only_fails.judge(0.9) == Verdict.PASS
    assert only_fails.judge(1.1) == Verdict.FAIL


def test_the_gravest_of_verdicts_is_that_of_all() -> None:
    assert worst([Verdict.PASS, Verdict.WARN, Verdict.NOT_APPLICABLE]) == Verdict.WARN
    assert worst([Verdict.PASS, Verdict.FAIL, Verdict.WARN]) == Verdict.FAIL
    assert worst([Verdict.NOT_APPLICABLE, Verdict.PASS]) == Verdict.PASS
    assert worst([]) == Verdict.NOT_APPLICABLE


def at(value: float) -> Finding:
    return measured(
        "error",
        "an error",
        value,
        "eV",
        threshold=LIMIT,
        reason=f"it is {value} eV",
        advice="make it smaller",
    )


def test_advice_is_given_where_there_is_something_to_do() -> None:
    assert at(0.5).advice == ""
    assert at(5.0).advice == "make it smaller"
    assert at(50.0).advice == "make it smaller"
    assert [at(x).verdict for x in (0.5, 5.0, 50.0)] == ["pass", "warn", "fail"]


def test_what_is_only_told_passes_and_what_is_not_there_is_not_applicable() -> None:
    number = told("depth", "message passes", 3.0, "1", reason="it passes messages 3 times")
    nothing = not_applicable("walks", "walks", "1", "a calculator has none")

    assert (number.verdict, number.threshold) == (Verdict.PASS, None)
    assert nothing.verdict == Verdict.NOT_APPLICABLE
    assert math.isnan(nothing.value)
    assert nothing.reason == "a calculator has none"


def test_what_is_certain_may_be_judged_in_place_of_the_value() -> None:
    """The value and its interval are told all the same, advice where that part does not pass."""
    limit = Threshold(1.0, 3.0, "a choice")
    told_of = {"threshold": limit, "reason": "x", "advice": "y", "low": 0.5, "high": 7.5}
    found = measured("a", "x", 4.0, "1", judged=0.5, **told_of)
    assert (found.verdict, found.value, found.low, found.advice) == (Verdict.PASS, 4.0, 0.5, "")
    assert measured("a", "x", 4.0, "1", **told_of).verdict == Verdict.FAIL
    assert measured("a", "x", 4.0, "1", judged=2.0, **told_of).advice == "y"


@pytest.mark.parametrize(
    ("value", "verdict", "advice"),
    [(4.0, Verdict.WARN, "compare"), (2.0, Verdict.WARN, "compare"), (0.0, Verdict.PASS, "")],
)
def test_what_is_not_sure_warns_at_most(value: float, verdict: Verdict, advice: str) -> None:
    found = measured("a", "x", value, "1", threshold=Threshold(1.0, 3.0, ""), reason="", advice="y")
    soft = no_worse_than_a_warning(found, "compare")
    assert (soft.verdict, soft.advice, soft.value) == (verdict, advice, value)
    assert no_worse_than_a_warning(found).advice == found.advice


def test_gravity_orders_verdicts() -> None:
    ordered = [Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.WARN, Verdict.FAIL]
    assert sorted(Verdict, key=lambda one: one.gravity) == ordered
    assert worst(list(Verdict)) == Verdict.FAIL
    assert worst([]) == Verdict.NOT_APPLICABLE
