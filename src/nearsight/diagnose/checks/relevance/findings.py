"""From relevance to findings: only what has a scale of its own is judged."""

import math
from collections.abc import Sequence

import xarray as xr

from nearsight import units
from nearsight.collect.intervals import mean_interval
from nearsight.diagnose.answering import sentence
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.relevance.explained import explained
from nearsight.diagnose.checks.relevance.measures import SETTINGS, SHARE, Measures, measures_of
from nearsight.diagnose.checks.relevance.removed import gains, removals, why_not
from nearsight.diagnose.finding import Finding, Threshold, Verdict, measured, not_applicable, told
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import interval, number, sentences
from nearsight.labels import variable

CONSERVATION = Threshold(
    warn=1e-9,
    fail=1e-6,
    source=(
        "rounding of double precision: tests/physics/test_relevance.py demands 1e-10 of small "
        "networks. More is a fault of nearsight, not of the model"
    ),
)
REMOVAL = Threshold(
    warn=0.0,
    fail=-math.inf,
    source=(
        "0 is what random orders reach, by definition; ablation_area_relevance of the 80 networks "
        "of docs/numbers/decay.csv (make study STUDY=decay) is -0.0005 to 0.09, median 0.037. "
        "Judged by the lower end of the interval, which one structure does not have"
    ),
    smaller_is_better=False,
)


def run(subject: Subject) -> Result:
    """Relevance of the model, where it has walks.

    Args:
        subject: what is diagnosed.
    """
    network = subject.model.explicable
    if network is None:
        reason = subject.model.no_walks or subject.model.reason
        text = "whether relevance can be computed"
        return Result([not_applicable("conservation", text, units.ONE, reason)])
    if len(subject.structures[0]) < 2:
        reason = "a single atom has no pairs that relevance could be of"
        return Result([not_applicable("conservation", "sum of walks", units.ONE, reason)])
    found = explained(subject, network)
    cutoff = subject.model.cutoff or math.inf
    measures = measures_of(found.relevance, found.response, cutoff)
    table = found.relevance.merge(measures.curves).merge(found.walks, combine_attrs="override")
    table = table.assign(removals(subject, found.structures, found.relevance, found.response))
    table["response_norm"] = variable(
        "pair", found.response, units.HESSIAN, "norm of the Hessian block of the pair"
    )
    attributes = {"cutoff": cutoff, "output": network.output, **found.walks.attrs}
    attributes["label"] = subject.model.label
    return Result(
        findings_of(measures, table, why_not(subject)),
        table.assign_attrs({**found.relevance.attrs, **attributes}),
    )


def findings_of(found: Measures, table: xr.Dataset, no_removal: str) -> list[Finding]:
    """All of them.

    Args:
        found: measures of the relevance.
        table: of the check, with what was removed.
        no_removal: why nothing was; empty where something was.
    """
    return [
        _conservation(found.conservation),
        _banded(
            "relevance_reach",
            f"distance within which pairs hold {SHARE:.0%} of their |relevance|",
            found.reach,
            units.LENGTH,
            f"{SHARE:.0%} of the relevance of pairs is within {{}}{_of_cutoff(table)}",
            "no pair has relevance",
        ),
        _decay(found),
        _banded(
            "body_order",
            "mean number of distinct atoms on a walk, by |relevance|",
            found.body_order,
            units.ONE,
            "a walk is on {} atoms on average, by the size of its relevance",
            "there are too many walks for their sizes to be summed: try --full",
        ),
        _banded(
            "constants_share",
            "|constants| in the sum of |walks| and |constants|",
            found.constants,
            units.ONE,
            "constants, which belong to no pair, are {} of all sizes",
            "there are too many walks for their sizes to be summed: try --full",
        ),
        _banded(
            "faithfulness",
            "rank correlation of relevance and response of pairs at equal distance",
            found.agreement,
            units.ONE,
            "at equal distance the ranks of relevance and of the model's own response correlate "
            "by {}",
            "fewer than five pairs have relevance and a response",
        ),
        _removal(table, no_removal),
    ]


def _conservation(value: float) -> Finding:
    return measured(
        "conservation",
        "error of the sum of all walks and constants, over their sizes",
        value,
        units.ONE,
        threshold=CONSERVATION,
        reason=f"walks and constants add up to the output to {value:.0e} of their sizes",
        advice="this is a fault of nearsight: report it with the model's make",
    )


def _of_cutoff(table: xr.Dataset) -> str:
    cutoff = float(table.attrs["cutoff"])
    return f", where the cutoff is {cutoff:g} Å" if math.isfinite(cutoff) else ""


def _decay(found: Measures) -> Finding:
    text = "exponent of the decay of |relevance| of pairs with distance"
    fit = found.decay.fit
    if fit.reason:
        return not_applicable("decay_exponent", text, units.ONE, fit.reason)
    value, low, high = found.decay.exponent
    reason = (
        f"between {fit.start:g} and {fit.end:g} Å the relevance of pairs falls as r to the power "
        f"{interval(value, low, high)}; beside an exponential a power law has the weight "
        f"{number(fit.power_law_weight)} of 1"
    )
    return told("decay_exponent", text, value, units.ONE, reason=reason, low=low, high=high)


def _removal(table: xr.Dataset, why: str) -> Finding:
    text = "area between the changes of forces by relevance and by random orders of removal"
    if why:
        return not_applicable("removal", text, units.ONE, why)
    own, distance = (
        mean_interval(gains(table, order), confidence=SETTINGS.confidence)
        for order in ("relevance", "distance")
    )
    if not math.isfinite(own[0]):
        reason = "forces do not change without messages"
        return not_applicable("removal", text, units.ONE, reason)
    value, low, high = own
    certain = low if math.isfinite(low) else -math.inf
    n = table.sizes["structure_removed"]
    few = "one structure" if n == 1 else f"{n} structures"
    unsure = certain <= 0 and not high < 0
    doubt = f"; {few} cannot tell it from a random order" if unsure else ""
    percent = interval(100 * value, 100 * low, 100 * high, "%")
    return measured(
        "removal",
        text,
        value,
        units.ONE,
        threshold=REMOVAL,
        judged=certain,
        low=low,
        high=high,
        reason=f"taking messages away in the order of relevance changes forces by {percent} of the "
        f"whole change more than in random order; by distance alone it is "
        f"{number(100 * distance[0])} %{doubt}",
        advice="give more structures (--full) before relevance is read as what it computes with"
        if doubt
        else "do not read the relevance of this model as what it computes with: compare rules "
        "and treatments of vectors with nearsight faithfulness",
    )


def _banded(
    name: str,
    text: str,
    band: tuple[float, float, float],
    unit: str,
    said: str,
    missing: str,
) -> Finding:
    """A number that is told, or why it is not.

    Args:
        name: of the finding.
        text: what it is.
        band: value and bounds.
        unit: of the value.
        said: in words, with braces for number and interval.
        missing: why there is none.
    """
    if not math.isfinite(band[0]):
        return not_applicable(name, text, unit, missing)
    value, low, high = band
    reason = said.format(interval(value, low, high, "Å" if unit == units.LENGTH else ""))
    return told(name, text, value, unit, reason=reason, low=low, high=high)


def gist(findings: Sequence[Finding]) -> str:
    """How far, on how many atoms, and whether it is true."""
    found = {finding.quantity: finding for finding in findings}
    order = ("relevance_reach", "body_order", "removal", "faithfulness")
    bad = [f for f in findings if f.verdict in (Verdict.WARN, Verdict.FAIL)]
    known = [
        found[name]
        for name in order
        if name in found and found[name].verdict != Verdict.NOT_APPLICABLE
    ]
    reasons = list(dict.fromkeys(f.reason for f in [*bad, *known]))[:3]
    return sentences(*map(sentence, reasons or [findings[0].reason]))
