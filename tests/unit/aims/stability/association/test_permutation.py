"""p-values of whole settings, against every order looked at one by one; level under the null."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import kstest

from nearsight.aims.stability.association.orders import Orders, all_orders, orders
from nearsight.aims.stability.association.permutation import (
    Null,
    least_p,
    null_of_rho,
    null_of_sum,
)
from nearsight.aims.stability.association.spearman import centred_ranks, rho, without

NAN = np.nan


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize(
    ("direction", "exact", "p_value"),
    [
        ("positive", True, 2 / 5),
        ("negative", True, 4 / 5),
        ("either", True, 3 / 5),
        ("positive", False, 3 / 6),
        ("negative", False, 5 / 6),
        ("either", False, 4 / 6),
    ],
)
def test_share_of_orders_as_extreme_by_hand(direction: str, exact: bool, p_value: float) -> None:
    null = Null(0.5, np.array([0.5, 0.2, -0.1, -0.7, 0.9]), exact)
    assert null.p_value(direction) == pytest.approx(p_value)


def test_rounding_does_not_make_an_order_less_extreme() -> None:
    assert Null(0.3, np.array([0.3 - 1e-12, 0.1]), True).p_value("positive") == 0.5
    assert Null(0.3, np.array([0.3 - 1e-6, 0.1]), True).p_value("positive") == 0.0
    assert np.isnan(Null(NAN, np.zeros(4), True).p_value("either"))


def test_the_two_sides_overlap_by_the_orders_that_equal_what_was_found() -> None:
    x, y = noise(2, 1, 6, seed=4)
    null = null_of_rho(orders(6, 1, 0), x, y)
    ties = np.isclose(null.drawn, null.observed, atol=1e-9).mean()
    assert null.p_value("negative") + null.p_value("positive") == pytest.approx(1 + ties)
    mirrored = null_of_rho(orders(6, 1, 0), -x, y)
    assert mirrored.p_value("negative") == pytest.approx(null.p_value("positive"))
    assert mirrored.p_value("either") == pytest.approx(null.p_value("either"))


def test_the_order_that_was_found_is_among_all_and_their_mean_is_nothing() -> None:
    x, y = noise(2, 2, 6, seed=5)
    null = null_of_rho(orders(6, 1, 0), x, y)
    assert null.observed == pytest.approx(float(rho(x, y)))
    assert np.isclose(null.drawn, null.observed, atol=1e-12).any()
    assert null.drawn.mean() == pytest.approx(0.0, abs=1e-12)
    # Spearman's correlation of n settings has the variance 1 / (n - 1) under the null.
    single = null_of_rho(orders(6, 1, 0), x[:1], y[:1])
    assert single.drawn.var() == pytest.approx(1 / 5)


def test_p_is_uniform_where_nothing_goes_with_anything() -> None:
    order = orders(7, 1008, 0)
    found = [null_of_rho(order, *noise(2, 1, 7, seed=k)).p_value("positive") for k in range(200)]
    assert kstest(found, "uniform").pvalue > 0.01
    assert 0.0 < min(found) < 0.05


def test_partial_p_is_that_of_residuals_moved_one_by_one() -> None:
    """Freedman and Lane, slowly: residuals change places, and are cleared again."""
    x, y, error = noise(3, 1, 5, seed=6) + noise(1, 1, 5, seed=7)
    a, b, c = (centred_ranks(values)[0] for values in (x, y, error))
    a, b = without(a, c), without(b, c)
    drawn = [np.corrcoef(a, without(b[list(o)], c))[0, 1] for o in permutations(range(5))]
    found = np.corrcoef(a, b)[0, 1]
    null = null_of_rho(orders(5, 1, 0), x, y, error)
    assert null.observed == pytest.approx(found)
    np.testing.assert_allclose(np.sort(null.drawn), np.sort(drawn), atol=1e-12)
    expected = np.mean(np.abs(drawn) >= abs(found) - 1e-9)
    assert null.p_value("either") == pytest.approx(expected)


def test_a_setting_that_one_stratum_lacks_leaves_the_other_alone() -> None:
    x, y = noise(2, 2, 6, seed=8)
    x[1, 2] = y[1, 2] = NAN
    null = null_of_rho(orders(6, 1, 0), x, y)
    first = null_of_rho(orders(6, 1, 0), x[:1], y[:1])
    second = null_of_rho(orders(5, 1, 0), np.delete(x[1:], 2, 1), np.delete(y[1:], 2, 1))
    assert null.observed == pytest.approx((first.observed + second.observed) / 2)
    assert np.isfinite(null.drawn).all()


def test_a_score_sum_is_that_of_the_slow_loop() -> None:
    x, score, given = noise(3, 2, 4, seed=9)
    x, given = (v - v.mean(axis=1, keepdims=True) for v in (x, given))

    def statistic(places: tuple[int, ...]) -> float:
        total = size = 0.0
        for row in range(2):
            moved = without(score[row, list(places)], given[row])
            total += float(moved @ without(x[row], given[row]))
            size += float(moved @ moved)
        return total / np.sqrt(size)

    null = null_of_sum(orders(4, 1, 0), x, score, given)
    assert null.observed == pytest.approx(statistic((0, 1, 2, 3)))
    slow = [statistic(tuple(places)) for places in all_orders(4)]
    np.testing.assert_allclose(null.drawn, slow, atol=1e-12)


def test_size_of_scores_and_a_share_of_what_is_given_do_not_matter() -> None:
    x, score, given = noise(3, 1, 6, seed=10)
    x, given = (v - v.mean() for v in (x, given))
    order = orders(6, 1, 0)
    p_value = null_of_sum(order, x, score, given).p_value("either")
    for other in (7.0 * score, 1e-3 * score):
        assert null_of_sum(order, x, other, given).p_value("either") == pytest.approx(p_value)
    more = null_of_sum(order, x + 5.0 * given, score, given)
    assert more.p_value("either") == pytest.approx(p_value)
    assert null_of_sum(order, x, 0 * score, given).p_value("either") == 1.0


@pytest.mark.parametrize("tied", [0, 1, 2, 4])
def test_least_p_is_reached_by_the_best_order_and_by_none_below(tied: int) -> None:
    x = np.arange(6.0)[None]
    y = np.maximum(np.arange(6.0), tied)[None]
    order = orders(6, 1, 0)
    reached = null_of_rho(order, x, y).p_value("positive")
    assert least_p(order, x, y) == pytest.approx(reached)
    assert least_p(order, y, x) == pytest.approx(reached)


def test_drawn_orders_bound_least_p_where_nothing_ties() -> None:
    x, y = noise(2, 1, 6, seed=11)
    drawn = Orders(all_orders(6)[::8], exact=False)
    assert least_p(drawn, x, y) == pytest.approx(1 / 91)
    assert least_p(drawn, x, np.minimum(y, y.min())) == 1.0
