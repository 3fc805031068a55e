import numpy as np
import pytest
from lifelines import KaplanMeierFitter
from lifelines.utils import restricted_mean_survival_time
from scipy.stats import norm

from nearsight.md.analysis.survival import kaplan_meier, restricted_mean, stable_time

TIME = np.array([1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0])
EVENT = np.array([True, True, False, True, False, True, False, False])
# By hand: 7/8 at 1; times 6/7 at 2; times 4/5 at 3; times 2/3 at 5 (three at risk, one ends).
SURVIVAL = [7 / 8, 6 / 8, 6 / 10, 4 / 10]
GREENWOOD = np.cumsum([1 / (8 * 7), 1 / (7 * 6), 1 / (5 * 4), 1 / (3 * 2)])


def test_kaplan_meier_with_censoring_by_hand():
    grid = np.array([0.0, 0.5, 1.0, 1.9, 2.0, 2.5, 3.0, 4.9, 5.0])
    survival, low, high = kaplan_meier(TIME, EVENT, grid, 0.95)
    s1, s2, s3, s5 = SURVIVAL
    np.testing.assert_allclose(survival, [1, 1, s1, s1, s2, s2, s3, s3, s5])
    z = norm.ppf(0.975)
    for value, variance, k in zip(SURVIVAL, GREENWOOD, (2, 4, 6, 8), strict=True):
        width = z * np.sqrt(variance) / np.log(value)
        expected = np.exp(np.log(value) * np.exp([-width, width]))
        np.testing.assert_allclose([low[k], high[k]], expected)
    np.testing.assert_allclose(low[3], low[2])
    assert ((low <= survival) & (survival <= high)).all()


def test_nobody_ended_gives_clopper_pearson():
    end, event = np.full(10, 5.0), np.zeros(10, dtype=bool)
    survival, low, high = kaplan_meier(end, event, np.array([0.0, 2.5, 5.0]), 0.95)
    np.testing.assert_array_equal(survival, 1)
    np.testing.assert_array_equal(high, 1)
    # P(10 of 10 | p) = p^10 = 0.025.
    np.testing.assert_allclose(low, 0.025 ** (1 / 10))


def test_nobody_ended_counts_only_those_still_running():
    end = np.array([2.0, 2.0, 5.0, 5.0, 5.0])
    _, low, _ = kaplan_meier(end, np.zeros(5, dtype=bool), np.array([1.0, 3.0]), 0.9)
    np.testing.assert_allclose(low, [0.05 ** (1 / 5), 0.05 ** (1 / 3)])


def test_all_ended_gives_clopper_pearson():
    end = np.array([1.0, 2.0, 3.0, 4.0])
    survival, low, high = kaplan_meier(end, np.ones(4, dtype=bool), np.array([3.9, 4.0, 9.0]), 0.95)
    np.testing.assert_allclose(survival, [0.25, 0, 0])
    np.testing.assert_array_equal(low[1:], 0)
    np.testing.assert_allclose(high[1:], 1 - 0.025 ** (1 / 4))


def test_end_at_time_zero():
    end, event = np.array([0.0, 5.0]), np.array([True, False])
    survival, low, high = kaplan_meier(end, event, np.array([0.0, 1.0]), 0.95)
    np.testing.assert_allclose(survival, 0.5)
    assert (low < 0.5).all()
    assert (high > 0.5).all()


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(150):
        moment = rng.exponential(8.0, size=32)
        end, event = np.minimum(moment, 10), moment < 10
        _, low, high = kaplan_meier(end, event, np.array([5.0]), 0.9)
        _, mean_low, mean_high = restricted_mean(end, event, 10.0, 0.9)
        mean = 8 * (1 - np.exp(-10 / 8))
        covered.append([low[0] <= np.exp(-5 / 8) <= high[0], mean_low <= mean <= mean_high])
    share = np.mean(covered, axis=0)
    assert ((share > 0.82) & (share < 0.97)).all(), share


def test_restricted_mean_is_the_area_by_hand():
    value, low, high = restricted_mean(TIME, EVENT, 5.0, 0.95)
    s1, s2, s3, _ = SURVIVAL
    np.testing.assert_allclose(value, 1 + s1 + s2 + 2 * s3)
    after = np.array([s1 + s2 + 2 * s3, s2 + 2 * s3, 2 * s3, 0])
    deviation = np.sqrt((after**2 * np.diff(GREENWOOD, prepend=0)).sum())
    np.testing.assert_allclose(value - low, norm.ppf(0.975) * deviation)
    assert high == min(5, value + norm.ppf(0.975) * deviation)
    fitted = KaplanMeierFitter().fit(TIME, EVENT)
    np.testing.assert_allclose(value, restricted_mean_survival_time(fitted, t=5.0))


def test_restricted_mean_with_a_limit_between_ends():
    value, _, _ = restricted_mean(TIME, EVENT, 2.5, 0.95)
    np.testing.assert_allclose(value, 1 + SURVIVAL[0] + 0.5 * SURVIVAL[1])


@pytest.mark.parametrize("n_survivors", [0, 3])
def test_without_early_censoring_it_is_the_mean_of_capped_times(n_survivors: int):
    rng = np.random.default_rng(2)
    end = np.concatenate([rng.uniform(0, 8, 12), np.full(n_survivors, 8.0)])
    value, low, _ = restricted_mean(end, end < 8, 8.0, 0.95)
    np.testing.assert_allclose(value, end.mean())
    np.testing.assert_allclose(value - low, norm.ppf(0.975) * end.std() / np.sqrt(len(end)))
    mean, spread = stable_time(end, 8.0)
    np.testing.assert_allclose([mean, spread], [end.mean(), end.std(ddof=1)])


def test_restricted_mean_when_nobody_ended():
    value, low, high = restricted_mean(np.full(6, 4.0), np.zeros(6, dtype=bool), 4.0, 0.95)
    assert value == high == 4
    np.testing.assert_allclose(low, 4 * 0.025 ** (1 / 6))


def test_restricted_mean_has_no_bounds_without_spread():
    value, low, high = restricted_mean(np.full(5, 2.0), np.ones(5, dtype=bool), 4.0, 0.95)
    assert value == 2
    assert np.isnan([low, high]).all()


def test_stable_time_is_capped():
    mean, spread = stable_time(np.array([1.0, 9.0]), 3.0)
    assert (mean, spread) == (2.0, np.sqrt(2))
    assert np.isnan(stable_time(np.array([1.0]), 3.0)[1])
