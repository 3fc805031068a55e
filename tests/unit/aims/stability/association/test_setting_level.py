"""Simulated studies in which nothing goes with stability: how many say ``evidence`` all the same.

Rates are of as many studies as stated; a limit is the level and two binomial errors of it.
"""

from collections.abc import Iterator

import numpy as np
import pytest
from null_studies import DECAY, DEMO, Shape, design, null_study
from scipy.stats import spearmanr

from nearsight.aims.stability.association.descriptors import ERROR, SURVIVAL
from nearsight.aims.stability.association.finding import Finding
from nearsight.aims.stability.association.jackknife import rho_interval
from nearsight.aims.stability.association.orders import orders, orders_of_blocks
from nearsight.aims.stability.association.other_tests import ON_LIST, correct, places_of, words
from nearsight.aims.stability.association.permutation import least_p, null_of_rho
from nearsight.aims.stability.association.power import detectable_rho
from nearsight.aims.stability.association.spearman import rho
from nearsight.aims.stability.association.study_parts import Part
from nearsight.aims.stability.association.verdict import EVIDENCE, missing, verdict
from nearsight.config import Question

LEVEL = 0.05
DRAWN = 399
QUESTION = Question(
    descriptor="response_deviation_signed", direction="negative", dataset="home"
)  # fmt: skip
ASKED = f"home {QUESTION.descriptor}", QUESTION.outcome
PARTS = {"home": Part("home", "all"), "other": Part("other", "schnet")}


def most(n_studies: int) -> float:
    return LEVEL + 2 * np.sqrt(LEVEL * (1 - LEVEL) / n_studies)


def examined(columns: dict, descriptor: str, outcome: str, direction: str) -> Finding:
    """What a verdict hangs on; the rest of the numbers takes longer."""
    models = design(columns, descriptor, outcome)
    x, y, _ = models.means()
    order = orders(x.shape[1], DRAWN, 0)
    null = null_of_rho(order, x, y)
    return Finding(
        rho=null.observed, p_value=null.p_value(direction), least_p=least_p(order, x, y),
        n_models=models.n_models, n_settings=models.n_settings, n_seeds=models.n_seeds,
    )  # fmt: skip


def said(study: dict) -> Iterator[tuple[str, str, str]]:
    """Data set and descriptor, outcome, and verdict of every test that has one."""
    first = examined(study["home"], QUESTION.descriptor, QUESTION.outcome, QUESTION.direction)
    gate = np.nan if missing(first) else first.p_value
    yield (*ASKED, verdict(first, QUESTION.outcome, first.p_value))
    places = list(places_of(QUESTION, [PARTS[name] for name in study]))
    places = [place for place in places if place["role"] == ON_LIST]
    found = [
        examined(study[p["dataset"]], p["descriptor"], p["outcome"], p["direction"]) for p in places
    ]
    corrected = correct(found, [ON_LIST] * len(found), gate)
    for place, one, p_holm in zip(places, found, corrected, strict=True):
        what = f"{place['dataset']} {place['descriptor']}"
        yield what, place["outcome"], words(place, one, p_holm, gate)


def evidence(text: str) -> bool:
    return text.startswith(EVIDENCE)


def test_the_demo_is_too_small_for_any_verdict() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        texts = [text for _, _, text in said(null_study(DEMO, random))]
        assert all(
            text.startswith("no verdict: 6 settings of 1 seed, 8 settings") for text in texts
        )


@pytest.mark.slow
def test_one_null_study_in_twenty_says_evidence_at_most() -> None:
    """Anywhere: in the primary question, or in any listed test."""
    random = np.random.default_rng(1)
    n = 200
    found = [
        any(evidence(text) for _, _, text in said(null_study(DECAY, random))) for _ in range(n)
    ]
    assert np.mean(found) < most(n)


def false_evidence(random: np.random.Generator) -> tuple[bool, bool]:
    """Whether a true answer is found, and whether anything is found that is not true."""
    true = {
        (f"{name} {descriptor}", SURVIVAL)
        for name in DECAY
        for descriptor in ("response_deviation_signed", "response_ratio_7")
    }
    study = null_study(DECAY, random, effect=-1.5)
    texts = {(what, outcome): text for what, outcome, text in said(study)}
    false = any(evidence(text) for key, text in texts.items() if key not in true)
    return evidence(texts[ASKED]), false


@pytest.mark.slow
def test_a_true_answer_opens_the_family_to_no_false_ones() -> None:
    random = np.random.default_rng(2)
    found = np.array([false_evidence(random) for _ in range(150)])
    assert found[:, 0].mean() > 0.8
    assert found[:, 1].mean() < most(150)


CONFOUNDED = {"half": 1.0, "four fifths": 2.0}
"""By the share of descriptor and survival that the force error explains, its size."""


def one_test(random: np.random.Generator, *, given: float = 0.0) -> tuple[float, float]:
    """p-values over settings, and over models as if seeds were independent.

    Args:
        random: source of numbers.
        given: how far descriptor and survival follow the force error, which is then held fixed.
    """
    columns = null_study({"home": Shape(10, (4,))}, random)["home"]
    for name in (QUESTION.descriptor, SURVIVAL):
        columns[name] = columns[name] + given * columns[ERROR]
    models = design(columns, QUESTION.descriptor, SURVIVAL)
    x, y, error = models.means()
    null = null_of_rho(orders(10, DRAWN, 0), x, y, error if given else None)
    return null.p_value("either"), float(spearmanr(models.x.ravel(), models.y.ravel()).pvalue)


def of_cutoffs(random: np.random.Generator) -> tuple[float, float]:
    """p-values over settings, and over cutoffs, where depths of a cutoff share all but a little.

    What decays with the cutoff goes by chance with anything else that changes with it.
    """
    cutoff, depth = np.repeat(np.arange(5), 2), np.tile([0, 1], 5)
    x, y = random.normal(size=(2, 5))[:, cutoff] + 0.5 * random.normal(size=(2, 10))
    whole = orders_of_blocks(cutoff, depth, DRAWN, 0)
    assert whole is not None
    each = (orders(10, DRAWN, 0), whole)
    single, together = (null_of_rho(one, x[None], y[None]).p_value("either") for one in each)
    return single, together


def test_models_as_units_give_false_positives_and_settings_do_not() -> None:
    random = np.random.default_rng(3)
    found = np.array([one_test(random) for _ in range(400)])
    assert (found[:, 0] < LEVEL).mean() < most(400)
    assert (found[:, 1] < LEVEL).mean() > 0.15


def test_given_the_force_error_the_level_holds_as_well() -> None:
    """Where it explains half of both; of four fifths see docs/association.md."""
    random = np.random.default_rng(4)
    found = np.array([one_test(random, given=CONFOUNDED["half"]) for _ in range(300)])
    assert (found[:, 0] < LEVEL).mean() < most(300)
    assert (found[:, 1] < LEVEL).mean() > 0.5


def test_over_whole_cutoffs_the_level_holds_where_survival_follows_the_cutoff() -> None:
    random = np.random.default_rng(8)
    found = np.array([of_cutoffs(random) for _ in range(400)])
    assert (found[:, 1] < LEVEL).mean() < most(400)
    assert (found[:, 0] < LEVEL).mean() > most(400)


def correlated(n_settings: int, true: float, random: np.random.Generator) -> np.ndarray:
    """(2, 1, setting) normals with a Spearman correlation."""
    pearson = 2 * np.sin(np.pi / 6 * true)
    x, e = random.normal(size=(2, 1, n_settings))
    return np.stack([x, pearson * x + np.sqrt(1 - pearson**2) * e])


@pytest.mark.parametrize(("n_settings", "sides"), [(10, 1), (16, 2)])
def test_power_is_what_the_formula_says(n_settings: int, sides: int) -> None:
    """80 % within three binomial errors, or a little more."""
    random = np.random.default_rng(5)
    true = detectable_rho(n_settings, sides=sides)
    direction = "either" if sides == 2 else "positive"
    order = orders(n_settings, DRAWN, 0)
    pairs = [correlated(n_settings, true, random) for _ in range(500)]
    seen = np.mean([null_of_rho(order, *pair).p_value(direction) < LEVEL for pair in pairs])
    assert 0.8 - 3 * np.sqrt(0.16 / 500) < seen < 0.9


@pytest.mark.parametrize("true", [0.0, -0.7])
def test_intervals_hold_what_they_promise(true: float) -> None:
    random = np.random.default_rng(6)
    found = []
    for _ in range(400):
        pair = correlated(10, true, random)
        low, high = rho_interval(rho, *pair, confidence=0.95)
        assert low <= rho(*pair) <= high
        found.append(low <= true <= high)
    assert 0.95 - 2 * np.sqrt(0.0475 / 400) < np.mean(found) < 0.995


def test_no_interval_excludes_its_estimate_or_has_no_width() -> None:
    """Also where survivors tie; where more than a third do, there is none."""
    random = np.random.default_rng(7)
    counts = [0, 0]
    for _ in range(300):
        x, y = random.normal(size=(2, 2, 10)).round(int(random.integers(0, 3)))
        y = np.minimum(y, random.normal())
        low, high = rho_interval(rho, x, y, confidence=0.95)
        counts[int(np.isfinite(low))] += 1
        if np.isfinite(low):
            assert low <= rho(x, y) <= high
            assert high - low > 1e-3
    assert min(counts) > 40
    tied = np.minimum(np.arange(10.0), 5)[None]
    assert np.isnan(rho_interval(rho, random.normal(size=(1, 10)), tied, confidence=0.95)).all()
    perfect = np.arange(10.0)[None]
    assert np.isnan(rho_interval(rho, perfect, perfect, confidence=0.95)).all()
