"""The primary question and the gate behind it, on small studies."""

import numpy as np
import pandas as pd
import pytest

from nearsight.aims.stability.association.descriptors import ERROR, SURVIVAL
from nearsight.aims.stability.association.question import answer
from nearsight.config import Question, Statistics

SIGNED = "response_deviation_signed"
FEW = Statistics(n_permutations=101)
QUESTION = Question(descriptor=SIGNED, direction="negative", dataset="a")


def rows(slope: float, n_cutoffs: int = 4, seeds: tuple[int, ...] = (0, 1)) -> pd.DataFrame:
    """Cutoffs by two depths by seeds; survival is ``slope`` times the descriptor, and noise."""
    random = np.random.default_rng(0)
    found = []
    for cutoff in range(n_cutoffs):
        for depth in (1, 2):
            own, noise = random.normal(size=2)
            for seed in seeds:
                small = 0.01 * random.normal()
                place = ("a", "schnet", float(cutoff), str(depth), f"{cutoff}~{depth}", str(seed))
                life = slope * own + noise + small
                found.append((*place, own, life, random.normal()))
    names = ["dataset", "family", "cutoff", "rest", "setting", "repeat", SIGNED, SURVIVAL, ERROR]
    return pd.DataFrame(found, columns=names)


def test_the_gate_is_the_p_value_of_the_question() -> None:
    one = answer(rows(-9.0), QUESTION, FEW)
    assert one.gate == one.found.p_value < 0.05
    assert one.verdict.startswith("evidence")
    assert one.found.least_p == pytest.approx(1 / 40_320)
    # Of four cutoffs by two depths there are 24 orders.
    assert one.cutoff_p_value * 24 == pytest.approx(round(one.cutoff_p_value * 24))


def test_the_other_direction_is_no_evidence_and_shuts_the_gate() -> None:
    one = answer(rows(-9.0), QUESTION.model_copy(update={"direction": "positive"}), FEW)
    assert one.gate > 0.95
    assert one.verdict.startswith("no evidence")
    assert ", one-sided" in one.verdict
    either = answer(rows(-9.0), QUESTION.model_copy(update={"direction": "either"}), FEW)
    assert "one-sided" not in either.verdict
    assert "(stated beforehand; " in either.verdict


@pytest.mark.parametrize(
    "frame",
    [
        rows(-9.0, seeds=(0,)),
        rows(-9.0, n_cutoffs=3),
        rows(-9.0).assign(**{SURVIVAL: 1.0}),
        rows(-9.0).assign(**{SIGNED: np.nan}),
        rows(-9.0).assign(dataset="b"),
        rows(-9.0).iloc[:0],
    ],
    ids=["one seed", "six settings", "all survive", "unknown", "elsewhere", "no models"],
)
def test_where_it_cannot_be_told_the_gate_is_not_known(frame: pd.DataFrame) -> None:
    one = answer(frame, QUESTION, FEW)
    assert np.isnan(one.gate)
    assert one.verdict.startswith("no verdict: ")


def test_without_a_question_the_gate_stands_open() -> None:
    one = answer(rows(-9.0), QUESTION.model_copy(update={"descriptor": "none"}), FEW)
    assert one.gate == 0.0
    assert np.isnan(one.cutoff_p_value)
    assert one.found.n_models == 0
    assert "names no question (question.descriptor)" in one.verdict


def test_cutoffs_that_lack_a_setting_have_no_p_value_of_their_own() -> None:
    frame = rows(-9.0, n_cutoffs=5)
    less = answer(frame[frame["setting"] != "2~1"], QUESTION, FEW)
    assert np.isnan(less.cutoff_p_value)
    assert "whole cutoffs" not in less.verdict
    assert np.isfinite(answer(frame, QUESTION, FEW).cutoff_p_value)
    # Nor where one family of two lacks it.
    other = frame[frame["setting"] != "2~1"].assign(family="painn")
    both = answer(pd.concat([frame, other]), QUESTION, FEW)
    assert both.found.n_settings == 10
    assert np.isnan(both.cutoff_p_value)
    # A seed that failed leaves its setting in place.
    assert np.isfinite(answer(frame.iloc[1:], QUESTION, FEW).cutoff_p_value)
