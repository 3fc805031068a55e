import numpy as np
import pytest
from lifelines import AalenJohansenFitter
from scipy.stats import binomtest

from nearsight.md.analysis.ends import Ends
from nearsight.md.analysis.incidence import cumulative_incidence
from nearsight.md.analysis.survival import kaplan_meier

# Ten replicas: causes a and b, 0 is censored. Two ends at 2 tie across causes, two at 4 within b.
TIME = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 4.0, 5.0, 6.0, 6.0, 6.0])
CAUSE = np.array(["a", "a", "b", "0", "b", "b", "a", "0", "0", "0"])
ENDS = Ends(TIME, CAUSE != "0")
GRID = np.array([0.0, 0.5, 1.0, 2.0, 3.5, 4.0, 5.0, 6.0])


def test_by_hand_with_ties_and_censoring():
    a, *_ = cumulative_incidence(ENDS, CAUSE == "a", GRID, 0.95)
    b, *_ = cumulative_incidence(ENDS, CAUSE == "b", GRID, 0.95)
    # At risk: 10 at 1, 9 at 2, 6 at 4, 4 at 5. S before: 1, 9/10, 7/10, 7/10 * 4/6.
    before4, before5 = 0.7, 0.7 * 4 / 6
    np.testing.assert_allclose(a, [0, 0, 0.1, 0.2, 0.2, 0.2, 0.2 + before5 / 4, 0.2 + before5 / 4])
    second = 0.1 + before4 * 2 / 6
    np.testing.assert_allclose(b, [0, 0, 0, 0.1, 0.1, second, second, second])


def test_causes_sum_to_what_does_not_survive():
    rng = np.random.default_rng(4)
    for _ in range(20):
        time = rng.integers(0, 12, size=30).astype(float)
        cause = rng.choice(["a", "b", "c", "0"], size=30)
        ends, grid = Ends(time, cause != "0"), np.arange(12.0)
        total = sum(cumulative_incidence(ends, cause == c, grid, 0.9)[0] for c in "abc")
        np.testing.assert_allclose(total, 1 - kaplan_meier(time, ends.event, grid, 0.9)[0])


@pytest.mark.filterwarnings("error")
def test_same_as_lifelines_where_there_are_no_ties():
    rng = np.random.default_rng(0)
    time = rng.uniform(0.1, 10, size=40)
    cause = rng.choice([0, 1, 2], size=40)
    fitted = AalenJohansenFitter(alpha=0.1).fit(time, cause, event_of_interest=1)
    grid = np.sort(time)
    value, low, high = cumulative_incidence(Ends(time, cause > 0), cause == 1, grid, 0.9)
    np.testing.assert_allclose(value, fitted.cumulative_density_.iloc[1:, 0], atol=1e-12)
    inside = value > 0
    theirs = fitted.confidence_interval_.iloc[1:].to_numpy()[inside]
    np.testing.assert_allclose(np.stack([low, high], 1)[inside], theirs, rtol=1e-8)


def test_single_cause_has_the_variance_of_greenwood():
    """With one cause F is 1 - S, and so is its delta-method variance."""
    event = CAUSE != "0"
    value, low, high = cumulative_incidence(ENDS, event, GRID, 0.95)
    survival, *_ = kaplan_meier(TIME, event, GRID, 0.95)
    np.testing.assert_allclose(value, 1 - survival)
    # Greenwood by hand at 4: S = 0.7 * 4/6.
    s = 0.7 * 4 / 6
    spread = s * np.sqrt(1 / (10 * 9) + 2 / (9 * 7) + 2 / (6 * 4))
    f = 1 - s
    width = 1.959964 * spread / (f * -np.log(f))
    k = int(np.flatnonzero(GRID == 4)[0])
    np.testing.assert_allclose([low[k], high[k]], f ** np.exp([width, -width]), rtol=1e-6)


def test_cause_that_never_ended_a_replica_has_the_exact_bound():
    value, low, high = cumulative_incidence(ENDS, CAUSE == "c", GRID, 0.95)
    np.testing.assert_array_equal(value, 0)
    np.testing.assert_array_equal(low, 0)
    # The one censored at 3 is not known from then on: 9 of 10 are.
    np.testing.assert_allclose(high[3], binomtest(0, 10).proportion_ci(0.95).high)
    np.testing.assert_allclose(high[-1], binomtest(0, 9).proportion_ci(0.95).high)


def test_one_cause_that_ended_all():
    ends = Ends(np.array([0.0, 1.0, 1.0]), np.ones(3, dtype=bool))
    value, low, high = cumulative_incidence(ends, ends.event, np.array([0.0, 1.0, 2.0]), 0.95)
    np.testing.assert_allclose(value, [1 / 3, 1, 1])
    np.testing.assert_allclose(low[1:], binomtest(3, 3).proportion_ci(0.95).low)
    np.testing.assert_array_equal(high[1:], 1)


def test_nobody_ended():
    ends = Ends(np.full(8, 5.0), np.zeros(8, dtype=bool))
    value, low, high = cumulative_incidence(ends, ends.event, np.array([0.0, 5.0]), 0.95)
    np.testing.assert_array_equal([value, low], 0)
    np.testing.assert_allclose(high, binomtest(0, 8).proportion_ci(0.95).high)


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Constant hazards 0.08 and 0.04: F_a = 2/3 (1 - exp(-0.12 t))."""
    rng = np.random.default_rng(7)
    covered = []
    for _ in range(200):
        moment = rng.exponential(1 / 0.12, size=32)
        own = rng.uniform(size=32) < 2 / 3
        ends = Ends(np.minimum(moment, 10), moment < 10)
        _, low, high = cumulative_incidence(ends, own & ends.event, np.array([6.0]), 0.9)
        covered.append(low[0] <= 2 / 3 * (1 - np.exp(-0.12 * 6)) <= high[0])
    assert 0.84 < np.mean(covered) < 0.96
