"""Rank correlation over settings: exact cases, strata, ties, p-values of whole settings."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from nearsight.aims.stability.association.orders import ONCE, Orders, orders, orders_of_blocks
from nearsight.aims.stability.association.permutation import least_p, null_of_rho
from nearsight.aims.stability.association.spearman import rho

NAN = np.nan


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def all_orders(n_settings: int) -> Orders:
    return orders(n_settings, 10_000, 0)


def test_one_stratum_is_spearman() -> None:
    x, y = noise(2, 1, 17)
    y[0, :4] = y[0, 5]
    assert rho(x, y) == pytest.approx(spearmanr(x[0], y[0]).statistic)


def test_strata_are_averaged_and_not_compared_with_each_other() -> None:
    """Within each stratum nothing, between them everything: no correlation."""
    x, y = noise(2, 2, 200)
    apart = np.array([[0.0], [100.0]])
    each = [spearmanr(a, b).statistic for a, b in zip(x, y, strict=True)]
    assert rho(x + apart, y + apart) == pytest.approx(np.mean(each))
    assert spearmanr((x + apart).ravel(), (y + apart).ravel()).statistic > 0.7


def test_a_stratum_in_which_all_survive_says_nothing() -> None:
    x, y = noise(2, 2, 9)
    y[1] = 1.0
    assert rho(x, y) == pytest.approx(spearmanr(x[0], y[0]).statistic)
    assert np.isnan(rho(x[1:], y[1:]))


def test_missing_settings_are_left_out() -> None:
    x, y = noise(2, 1, 9)
    x[0, 2] = y[0, 2] = NAN
    kept = np.delete(np.arange(9), 2)
    assert rho(x, y) == pytest.approx(spearmanr(x[0, kept], y[0, kept]).statistic)


def test_force_error_is_taken_out() -> None:
    error = noise(1, 300)
    x, y = error + 0.1 * noise(1, 300, seed=1), error + 0.1 * noise(1, 300, seed=2)
    assert rho(x, y) > 0.95
    assert abs(rho(x, y, error)) < 0.15
    assert rho(x, x, error) == pytest.approx(1.0)
    # Pearson's partial correlation of the ranks, from its textbook formula.
    a, b, c = (spearmanr(*pair)[0] for pair in ((x[0], y[0]), (x[0], error[0]), (y[0], error[0])))
    assert rho(x, y, error) == pytest.approx((a - b * c) / np.sqrt((1 - b**2) * (1 - c**2)))


def slow_p(x: np.ndarray, y: np.ndarray, direction: str) -> float:
    """Every order of the settings, the same in every stratum, looked at one by one."""
    size = {"negative": lambda v: -v, "positive": lambda v: v, "either": abs}[direction]

    def mean(z: np.ndarray) -> float:
        return float(np.mean([spearmanr(a, b).statistic for a, b in zip(x, z, strict=True)]))

    found = [size(mean(y[:, list(order)])) for order in permutations(range(x.shape[1]))]
    return float(np.mean(np.array(found) >= size(mean(y)) - 1e-9))


@pytest.mark.parametrize("direction", ["negative", "positive", "either"])
@pytest.mark.parametrize("n_strata", [1, 2])
def test_p_value_is_that_of_all_orders(direction: str, n_strata: int) -> None:
    x, y = noise(2, n_strata, 5, seed=3)
    y[0, 0] = y[0, 1]
    null = null_of_rho(all_orders(5), x, y)
    assert null.exact
    assert null.p_value(direction) == pytest.approx(slow_p(x, y, direction))


def test_all_orders_are_those_of_the_standard_library() -> None:
    places = all_orders(6).places
    assert sorted(map(tuple, places.tolist())) == list(permutations(range(6)))


def test_a_question_of_ten_settings_is_tested_over_all_orders() -> None:
    """Tables of Spearman's test have its p-value: 0.564 is critical at 0.05, one-sided."""
    every = orders(10, 10_000, 0, ONCE)
    assert every.exact
    assert every.places.shape == (3_628_800, 10)
    x = np.arange(10.0)
    y = np.array([1.0, 0, 8, 5, 4, 3, 6, 2, 7, 9])
    assert spearmanr(x, y).statistic == pytest.approx(0.564, abs=0.001)
    assert 0.045 < null_of_rho(every, x[None], y[None]).p_value("positive") <= 0.05


def test_drawn_orders_agree_with_all_of_them() -> None:
    x, y = noise(2, 1, 8, seed=5)
    exact = null_of_rho(all_orders(8), x, y).p_value("either")
    drawn = Orders(np.random.default_rng(0).permuted(np.tile(np.arange(8), (20_000, 1)), axis=1),
                   exact=False)  # fmt: skip
    found = null_of_rho(drawn, x, y).p_value("either")
    assert found == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 20_000))


def test_drawn_p_is_never_zero() -> None:
    x = np.arange(30.0)[None]
    null = null_of_rho(orders(30, 2000, 0), x, x)
    assert not null.exact
    assert null.p_value("positive") == pytest.approx(1 / 2001)


def test_the_same_settings_in_two_families_are_one_fact() -> None:
    """Not two: the second stratum repeats the first, and must not make it more certain."""
    x, y = noise(2, 1, 7, seed=8)
    once = null_of_rho(all_orders(7), x, y).p_value("either")
    twice = null_of_rho(all_orders(7), np.tile(x, (2, 1)), np.tile(y, (2, 1))).p_value("either")
    assert twice == pytest.approx(once)


def test_settings_of_one_stratum_alone_move_among_themselves() -> None:
    """Two strata without a common setting: their orders have nothing to do with one another."""
    x = np.array([[1, 2, 3, 4, NAN, NAN, NAN, NAN], [NAN, NAN, NAN, NAN, 1, 2, 3, 4.0]])
    null = null_of_rho(all_orders(8), x, x)
    assert null.observed == pytest.approx(1.0)
    assert null.p_value("positive") == pytest.approx(1 / 24**2)


def test_constant_survival_has_no_p_value() -> None:
    x, y = noise(1, 6), np.ones((1, 6))
    assert np.isnan(null_of_rho(all_orders(6), x, y).p_value("either"))


def test_smallest_p_is_that_of_the_best_order() -> None:
    x, y = np.arange(6.0)[None], np.array([[1.0, 1.0, 1.0, 2.0, 3.0, 3.0]])
    null = null_of_rho(all_orders(6), x, y)
    best = np.mean(null.drawn >= null.drawn.max() - 1e-9)
    assert least_p(all_orders(6), x, y) == pytest.approx(best) == pytest.approx(12 / 720)
    assert least_p(orders(12, 999, 0), noise(1, 12), noise(1, 12, seed=1)) == 1 / 1000


def test_whole_cutoffs_change_places() -> None:
    """Three cutoffs by two depths: six orders, each keeping a cutoff's settings together."""
    cutoff, depth = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    order = orders_of_blocks(cutoff, depth, 100, 0)
    assert order is not None
    assert len(order.places) == len(np.unique(order.places, axis=0)) == 6
    assert (depth[order.places] == depth).all()
    moved = cutoff[order.places].reshape(6, 3, 2)
    assert (moved[..., 0] == moved[..., 1]).all()
    y = np.array([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]])
    assert null_of_rho(order, y, y).p_value("positive") == pytest.approx(1 / 6)
    assert orders_of_blocks(cutoff[:5], depth[:5], 100, 0) is None
