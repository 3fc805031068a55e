"""What is tested beside the primary question: listed tests under one correction, and the rest."""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import pandas as pd
import xarray as xr

from nearsight.aims.stability.association.descriptors import DESCRIPTORS, EVERY, LISTED, OUTCOMES
from nearsight.aims.stability.association.design import design_of, model_rows, part_of
from nearsight.aims.stability.association.finding import Finding, examine
from nearsight.aims.stability.association.holm import holm
from nearsight.aims.stability.association.power import settings_needed
from nearsight.aims.stability.association.question import answer
from nearsight.aims.stability.association.study_parts import Part, parts_of, whole
from nearsight.aims.stability.association.table_of_tests import Further, table_of_tests
from nearsight.aims.stability.association.verdict import (
    GATE_SHUT,
    LEVEL,
    UNASKED,
    missing,
    verdict,
)
from nearsight.collect.yardsticks import levels_of_table, together
from nearsight.config import Question, Statistics
from nearsight.progress import progress_bar

Place = dict[str, str]
ON_LIST, EXPLORED = "listed", "exploratory"


def associate(table: xr.Dataset, question: Question, settings: Statistics) -> xr.Dataset:
    """Correlate every descriptor with every outcome, but for the primary question.

    Holm's correction is over all listed tests. None of them counts unless the primary question
    found evidence (serial gatekeeping, Westfall and Krishen, J. Stat. Plan. Inference 99, 25
    (2001)), so that one study in twenty at most says ``evidence`` anywhere without cause.

    Args:
        table: the study table.
        question: with its data set named.
        settings: level of intervals, permutations, seed.

    Returns:
        A row per test: where, what, the numbers, ``role``, ``p_holm`` and ``verdict``.
    """
    rows = model_rows(table)
    places = list(places_of(question, parts_of(table)))
    found = [
        _examine(rows, place, settings)
        for place in progress_bar(places, desc="association", unit="test")
    ]
    roles = [place["role"] for place in places]
    gate = answer(rows, question, settings).gate
    p_holm = correct(found, roles, gate)
    levels = levels_of_table(table)
    further: Further = {
        "role": (roles, "listed beforehand, or exploratory"),
        "p_holm": (
            p_holm,
            "p-value corrected for all listed tests (Holm), behind the question",
        ),
        "verdict": (
            [words(*one, gate) for one in zip(places, found, p_holm, strict=True)],
            "what this allows to be said",
        ),
    }
    levels = {EVERY: together(levels), **levels}
    result = table_of_tests("test", places, found, further, levels)
    return result.assign_attrs(settings_needed_for_rho_0_6=settings_needed(0.6))


def places_of(question: Question, parts: list[Part]) -> Iterator[Place]:
    """Every test but the primary question: of what, where, and whether it is listed.

    On the data set of the question every listed descriptor is tested against every outcome,
    families together; on the others it is the question, asked again.

    Args:
        question: with its data set named.
        parts: of the study.
    """
    asked = (question.descriptor, question.outcome)
    for part, outcome, descriptor in product(parts, OUTCOMES, DESCRIPTORS):
        primary = (descriptor, outcome) == asked
        home = part.dataset == question.dataset
        pooled = part == whole(parts, part.dataset) and part.dataset != EVERY
        if descriptor == outcome or (primary and home and pooled):
            continue
        member = pooled and (descriptor in LISTED if home else primary)
        yield {
            **part._asdict(),
            "outcome": outcome,
            "descriptor": descriptor,
            "direction": question.direction if primary else "either",
            "role": ON_LIST if member else EXPLORED,
        }


def correct(found: list[Finding], roles: list[str], gate: float) -> list[float]:
    """p-values of the listed tests, corrected; NaN for all others.

    Args:
        found: tests.
        roles: of each.
        gate: p-value of the primary question, below which no other may fall.
    """
    p_value = np.array(
        [
            one.p_value if role == ON_LIST and not missing(one) else np.nan
            for one, role in zip(found, roles, strict=True)
        ]
    )
    return [float(value) for value in np.maximum(holm(p_value), gate)]


def _examine(rows: pd.DataFrame, place: Mapping[str, str], settings: Statistics) -> Finding:
    part = part_of(rows, place["dataset"], place["family"])
    design = design_of(part, place["descriptor"], place["outcome"])
    return examine(design, place["descriptor"], place["direction"], settings)


def words(place: Mapping[str, str], found: Finding, p_holm: float, gate: float) -> str:
    """The verdict on a test beside the primary question.

    Args:
        place: of :func:`places_of`.
        found: its numbers.
        p_holm: of :func:`correct`.
        gate: p-value of the primary question.
    """
    if place["role"] == EXPLORED:
        return UNASKED
    if not missing(found) and not gate < LEVEL:
        return GATE_SHUT
    return verdict(found, place["outcome"], p_holm, " (Holm, all listed tests)")
