"""The primary question of a study: one descriptor against one outcome, tested once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from nearsight.aims.stability.association.design import Design, design_of, model_rows, part_of
from nearsight.aims.stability.association.finding import Finding, examine
from nearsight.aims.stability.association.orders import ONCE, orders_of_blocks
from nearsight.aims.stability.association.permutation import null_of_rho
from nearsight.aims.stability.association.study_parts import parts_of, whole
from nearsight.aims.stability.association.table_of_tests import Further, table_of_tests
from nearsight.aims.stability.association.verdict import NO_VERDICT, missing, verdict
from nearsight.collect.yardsticks import levels_of_table
from nearsight.config import Question, Statistics

UNNAMED = "none"
"""Descriptor of a study that only explores."""


@dataclass(frozen=True)
class Answer:
    """What came of the primary question.

    Attributes:
        found: its numbers.
        cutoff_p_value: p-value where whole cutoffs change places; NaN where they cannot.
        verdict: in words.
        gate: p-value that everything else is told behind: no other test counts where this one
            shows nothing; 0 where the study has no question, NaN where it cannot be told.
    """

    found: Finding
    cutoff_p_value: float
    verdict: str
    gate: float


def answer(rows: pd.DataFrame, question: Question, settings: Statistics) -> Answer:
    """Test the primary question.

    Args:
        rows: of :func:`nearsight.aims.stability.association.design.model_rows`.
        question: with its data set named.
        settings: level of intervals, permutations, seed.
    """
    if question.descriptor == UNNAMED:
        words = f"{NO_VERDICT}: the study names no question (question.descriptor)"
        return Answer(Finding(), np.nan, words, 0.0)
    design = design_of(part_of(rows, question.dataset), question.descriptor, question.outcome)
    found = examine(design, question.descriptor, question.direction, settings, ONCE)
    by_cutoff = _cutoff_p_value(design, question.direction, settings)
    sides = "" if question.direction == "either" else ", one-sided"
    whole = f"; {by_cutoff:.2g} where whole cutoffs change places" if by_cutoff == by_cutoff else ""
    words = verdict(found, question.outcome, found.p_value, f" (stated beforehand{sides}{whole})")
    return Answer(found, by_cutoff, words, np.nan if missing(found) else found.p_value)


def question_table(table: xr.Dataset, question: Question, settings: Statistics) -> xr.Dataset:
    """The primary question as a table of one row.

    Args:
        table: the study table.
        question: with its data set named.
        settings: level of intervals, permutations, seed.
    """
    one = answer(model_rows(table), question, settings)
    stated = {name: str(getattr(question, name)) for name in type(question).model_fields}
    further: Further = {
        "cutoff_p_value": (
            [one.cutoff_p_value],
            "p-value where whole cutoffs change places: cutoff and decay are hard to tell apart",
        ),
        "verdict": ([one.verdict], "what this allows to be said"),
    }
    part = whole(parts_of(table), question.dataset)
    place = {**stated, **part._asdict()}
    return table_of_tests("question", [place], [one.found], further, levels_of_table(table))


def _cutoff_p_value(design: Design, direction: str, settings: Statistics) -> float:
    x, y, _ = design.means()
    order = orders_of_blocks(design.cutoff, design.rest, settings.n_permutations, settings.seed)
    if order is None or not np.isfinite(x).all() or not x.size:
        return np.nan
    return null_of_rho(order, x, y).p_value(direction)
