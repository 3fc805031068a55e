"""From tables of pairs to findings."""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight.diagnose.affordable import affordable, too_large
from nearsight.diagnose.answering import sentence
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.response.measures import (
    Measures,
    measures_of,
    model_curve,
    statistics,
)
from nearsight.diagnose.checks.response.pairs import finite_structures, pair_table
from nearsight.diagnose.finding import Finding, Threshold, Verdict, measured, not_applicable, told
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import interval, level_note, number, sentences, times
from nearsight.units import ONE

_MEASURED = (
    "our choice between measured cases, alanine dipeptide at 500 K against GFN2-xTB: GFN1-xTB is "
    "off by 0.14 decades, 1.3 times at most and 0.03 in anisotropy, SO3LR by 0.13, 1.3 times and "
    "0.01 (docs/numbers/diagnosis.csv), networks of the demo by 0.18 to 3.1 decades "
    "(docs/numbers/demo.csv). It is no promise about dynamics"
)
DEVIATION = Threshold(warn=math.log10(2), fail=math.log10(4), source=_MEASURED)
"""Decades: a factor of two, of four."""
FACTOR = Threshold(warn=2.0, fail=math.nan, source=_MEASURED)
ANISOTROPY = Threshold(warn=0.1, fail=math.nan, source=_MEASURED)
NOISE = Threshold(
    warn=1 / 3,
    fail=math.nan,
    source="a response must stand out of the noise by a factor of three, as the reference's does "
    "in every decay of nearsight (noise_factor in config/README.md)",
)
_ADVICE = (
    "change cutoff or depth, or train on more; compare with the same model at another cutoff. "
    "Forces at equal error can hold very different responses"
)


def run(subject: Subject) -> Result:
    """Response of the model beside the reference's.

    Raises:
        ModelError: the model does not know an element.
    """
    if not affordable(subject):
        return Result([_deviation_missing(too_large(subject))])
    good, lost = finite_structures(subject)
    findings = [_lost(subject, lost)] if lost else []
    if not good or max(len(subject.structures[index]) for index in good) < 2:
        reason = "there is no structure with two atoms on which both have a Hessian"
        return Result([*findings, _deviation_missing(reason)])
    table = pair_table(subject, good)
    if subject.reference is None:
        reason = "there is no reference: give one with --reference"
        curves = model_curve(table)
        return Result(
            [*findings, _deviation_missing(reason), *_heights(table)], table.merge(curves)
        )
    found = measures_of(table, subject.model.cutoff or math.inf)
    table = table.merge(found.curves).assign_attrs(
        reference=subject.reference.label,
        cutoff=subject.model.cutoff or math.nan,
    )
    note = level_note(subject)
    return Result([*findings, *findings_of(found, subject.reference.label, note)], table)


def findings_of(found: Measures, reference: str, note: str = "") -> list[Finding]:
    """What measures mean.

    Args:
        found: of a model.
        reference: name of the reference.
        note: on levels of theory; empty for none.
    """
    if not math.isfinite(found.start):
        reason = "no bin of distance holds enough pairs: give more structures, or larger ones"
        return [_deviation_missing(reason)]
    return [
        _deviation(found, reference, note),
        told(
            "response_deviation_signed",
            "mean over distances of log10(response / reference's); above zero falls too slowly",
            found.signed[0],
            ONE,
            reason=f"{interval(*found.signed)} decades: {_direction(found.signed)}",
            low=found.signed[1],
            high=found.signed[2],
        ),
        *(_factor(distance, *ratio) for distance, ratio in found.ratios.items()),
        _anisotropy(found),
        _noise(found),
    ]


def gist(findings: Sequence[Finding]) -> str:
    """The answer in words."""
    by_name = {finding.quantity: finding for finding in findings}
    parts = [sentence(by_name["response_deviation"].reason)]
    off = [f for name, f in by_name.items() if name.startswith("response_factor")]
    parts += [sentence(f.reason) for f in off if f.verdict == Verdict.WARN][-1:]
    gravest = max(findings, key=lambda f: f.verdict.gravity)
    told_of = gravest in (by_name["response_deviation"], *off)
    if gravest.verdict in (Verdict.WARN, Verdict.FAIL) and not told_of:
        parts.append(sentence(gravest.reason))
    return sentences(*parts)


def _deviation(found: Measures, reference: str, note: str) -> Finding:
    value, low, high = found.unsigned
    reason = (
        f"{interval(value, low, high)} decades from {reference} between {found.start:g} and "
        f"{found.end:g} Å, {times(10**value)} on average: {_direction(found.signed)}."
    )
    return measured(
        "response_deviation",
        "root mean square over distances of log10(response / reference's), in decades",
        value,
        ONE,
        threshold=DEVIATION,
        reason=sentences(reason, note),
        advice=_ADVICE,
        low=low,
        high=high,
    )


def _direction(signed: tuple[float, float, float]) -> str:
    value, low, high = signed
    if low < 0 < high or abs(value) < DEVIATION.warn / 3:
        return "neither too strong nor too weak on the whole"
    return "it sees too much at a distance" if value > 0 else "it sees too little at a distance"


def _factor(distance: int, ratio: tuple[float, float, float], reason: str) -> Finding:
    name = f"response_factor_{distance}"
    text = f"response near {distance} Å beside the reference's: how many times off, either way"
    if reason:
        return not_applicable(name, text, ONE, reason)
    value, low, high = ratio if ratio[0] >= 1 else tuple(1 / x if x > 0 else np.inf for x in ratio)
    low, high = min(low, high), max(low, high)
    way = "too strong" if ratio[0] >= 1 else "too weak"
    said = f"near {distance} Å the response is {times(value)} {way}"
    return measured(
        name,
        text,
        value,
        ONE,
        threshold=FACTOR,
        reason=said if value > 1.1 else f"near {distance} Å it is as strong as it should be",
        advice=_ADVICE,
        low=max(low, 1.0) if math.isfinite(low) else low,
        high=high,
    )


def _anisotropy(found: Measures) -> Finding:
    value, low, high = found.anisotropy
    text = "mean anisotropy of Hessian blocks minus the reference's, size of it"
    if math.isnan(value):
        return not_applicable("anisotropy", text, ONE, "the model's blocks are all zero")
    way = "depends more" if value > 0 else "depends less"
    if low < 0 < high:
        way = "cannot be told to depend more or less"
    return measured(
        "anisotropy",
        text,
        abs(value),
        ONE,
        threshold=ANISOTROPY,
        reason=(
            f"{interval(value, low, high)}: the response {way} on direction than the reference's "
            "(0: as much)"
        ),
        advice="a model that hears distances alone, or one layer, cannot turn a push sideways",
    )


def _noise(found: Measures) -> Finding:
    return measured(
        "own_noise",
        "largest share of the model's response that is its own numerical noise",
        found.noise,
        ONE,
        threshold=NOISE,
        reason=(
            f"at most {number(100 * found.noise)} % of the model's response at any distance are "
            "the noise of its own arithmetic"
        ),
        advice="ask the calculator for double precision: far away this is noise, no response",
    )


def _heights(table: xr.Dataset) -> list[Finding]:
    """The response itself near fixed distances, where there is no reference."""
    settings = statistics(table.sizes["block_structure"])
    found = []
    for distance in (3, 5, 7, 9):
        near = np.abs(table["distance"].to_numpy() - distance) < 0.5
        if near.sum() >= settings.least_pairs:
            value = float(table["norm"].to_numpy()[near].mean())
            reason = f"near {distance} Å blocks have a mean norm of {value:.3g} eV/Å²"
            text = f"mean norm of Hessian blocks within 0.5 Å of {distance} Å"
            found.append(told(f"response_{distance}", text, value, "eV angstrom-2", reason=reason))
    return found


def _deviation_missing(reason: str) -> Finding:
    text = "root mean square over distances of log10(response / reference's), in decades"
    return not_applicable("response_deviation", text, ONE, reason)


def _lost(subject: Subject, lost: list[int]) -> Finding:
    own = [index for index in lost if not np.isfinite(subject.blocks(index)).all()]
    who = "the model" if own else "the reference"
    return Finding(
        quantity="structures_without_hessian",
        text="structures whose Hessian could not be had",
        value=float(len(lost)),
        unit=ONE,
        verdict=Verdict.FAIL if own else Verdict.NOT_APPLICABLE,
        reason=f"{who} gave no finite forces near structure {(own or lost)[0]}",
        advice="look at that structure, and at what the model says of it" if own else "",
    )
