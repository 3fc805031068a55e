"""Laws of the statistics behind the association: ranks, orders, leaving one out, agreement."""

from itertools import pairwise
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nearsight.aims.stability.association.jackknife import bounds, rho_interval, tied_share
from nearsight.aims.stability.association.orders import (
    all_orders,
    orders,
    orders_of_blocks,
    orders_without_effect,
)
from nearsight.aims.stability.association.permutation import Null
from nearsight.aims.stability.association.seeds import between_seeds, ceiling
from nearsight.aims.stability.association.spearman import (
    centred_ranks,
    correlation,
    over_strata,
    rho,
    without,
)

VALUES = st.lists(st.integers(-5, 5), min_size=4, max_size=9)


@given(values=VALUES)
def test_ranks_are_about_zero_and_ties_share(values: list[int]) -> None:
    ranks = centred_ranks(np.array(values, dtype=float))
    assert abs(ranks.sum()) < 1e-9
    for one, other in pairwise(values):
        assert (one == other) == (ranks[values.index(one)] == ranks[values.index(other)])
    moved = centred_ranks(np.exp(np.array(values, dtype=float)))
    np.testing.assert_allclose(moved, ranks)


def test_settings_that_are_not_there_have_no_rank() -> None:
    ranks = centred_ranks(np.array([[3.0, np.nan, 1.0], [np.nan, np.nan, np.nan]]))
    assert ranks.tolist() == [[0.5, 0, -0.5], [0, 0, 0]]


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_what_is_taken_out_is_gone(seed: int) -> None:
    x, z = np.random.default_rng(seed).standard_normal((2, 3, 7))
    left = without(x, z)
    np.testing.assert_allclose((left * z).sum(axis=-1), 0, atol=1e-9)
    np.testing.assert_allclose(without(left, z), left, atol=1e-9)
    np.testing.assert_array_equal(without(x, np.zeros_like(x)), x)


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6))
def test_rho_is_that_of_scipy_and_has_its_symmetries(seed: int) -> None:
    x, y = np.random.default_rng(seed).integers(0, 9, (2, 1, 8)).astype(float)
    if len(set(x[0])) < 2 or len(set(y[0])) < 2:
        return
    found = float(rho(x, y))
    assert found == pytest.approx(stats.spearmanr(x[0], y[0]).statistic)
    assert float(rho(y, x)) == pytest.approx(found)
    assert float(rho(-x, y)) == pytest.approx(-found)
    assert float(rho(x**3, y)) == pytest.approx(found)
    assert float(rho(x, x)) == pytest.approx(1.0)


def test_a_constant_has_no_correlation_and_strata_without_one_do_not_count() -> None:
    assert np.isnan(correlation(np.zeros(5), np.arange(5.0) - 2))
    assert over_strata(np.array([np.nan, 0.5, -0.1])) == pytest.approx(0.2)
    assert np.isnan(over_strata(np.array([np.nan, np.nan])))


# Orders.


@pytest.mark.parametrize("n", range(7))
def test_all_orders_are_all_and_each_once(n: int) -> None:
    found = all_orders(n)
    assert found.shape == (factorial(n), n)
    assert len({tuple(row) for row in found.tolist()}) == factorial(n)
    assert (np.sort(found, axis=1) == np.arange(n)).all()


@given(known=st.lists(st.booleans(), min_size=2, max_size=5))
def test_settings_of_a_stratum_change_places_among_themselves(known: list[bool]) -> None:
    """Each of their orders as often as any other."""
    own = orders(len(known), 100, 0).of(np.array(known))
    count = sum(known)
    assert own.shape == (factorial(len(known)), count)
    assert (np.sort(own, axis=1) == np.arange(count)).all()
    times = np.unique(own, axis=0, return_counts=True)[1] if count else np.array([1])
    assert len(set(times.tolist())) == 1


def test_drawn_orders_are_orders_and_know_their_least_p() -> None:
    drawn = orders(12, 500, 3)
    assert not drawn.exact
    assert (np.sort(drawn.places, axis=1) == np.arange(12)).all()
    assert drawn.least_p == 1 / 501
    assert np.array_equal(drawn.places, orders(12, 500, 3).places)
    assert orders(4, 500, 3).least_p == 1 / 24


def test_blocks_change_places_as_wholes() -> None:
    block, rest = np.repeat([0, 1, 2], 2), np.tile([0, 1], 3)
    found = orders_of_blocks(block, rest, 100, 0)
    assert found is not None
    assert len(found.places) == factorial(3)
    for places in found.places:
        # What stands in a place comes from one block, and is the same setting of it.
        assert (rest[places] == rest).all()
        assert all(len(set(block[places][block == k].tolist())) == 1 for k in range(3))
    assert orders_of_blocks(block[:-1], rest[:-1], 100, 0) is None


def test_ties_move_without_effect() -> None:
    assert orders_without_effect(np.array([[1.0, 2, 3]])) == 1
    assert orders_without_effect(np.array([[1.0, 1, 2, 2, 2]])) == 2 * 6
    # Tied in one stratum alone they are told apart by the other.
    assert orders_without_effect(np.array([[1.0, 1, 2], [1, 2, 3]])) == 1


@pytest.mark.parametrize("exact", [True, False])
def test_p_values_of_a_known_distribution(exact: bool) -> None:
    null = Null(0.5, np.array([-0.9, -0.5, 0.0, 0.5]), exact)
    more = 0 if exact else 1
    assert null.p_value("positive") == (1 + more) / (4 + more)
    assert null.p_value("negative") == 1.0
    assert null.p_value("either") == (3 + more) / (4 + more)
    assert np.isnan(Null(np.nan, np.zeros(3), exact).p_value("either"))


# Leaving one out.


def test_bounds_of_a_mean_are_those_of_the_textbook() -> None:
    values = np.random.default_rng(0).standard_normal(12)
    less = np.array([np.delete(values, k).mean() for k in range(12)])
    low, high = bounds(values.mean(), less, 1, 0.95)
    width = stats.t.ppf(0.975, 11) * values.std(ddof=1) / np.sqrt(12)
    assert (low, high) == pytest.approx((values.mean() - width, values.mean() + width))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_an_interval_holds_its_estimate(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1, 10))
    y = x + rng.standard_normal((1, 10))
    low, high = rho_interval(rho, x, y, confidence=0.9)
    if np.isfinite(low):
        assert -1 <= low < float(rho(x, y)) < high <= 1
        wider = rho_interval(rho, x, y, confidence=0.99)
        assert wider[0] < low
        assert wider[1] > high


def test_perfect_orders_few_settings_and_ties_have_no_interval() -> None:
    x = np.arange(8.0)[None]
    assert np.isnan(rho_interval(rho, x, 2 * x, confidence=0.9)).all()
    assert np.isnan(rho_interval(rho, x[:, :3], -(x[:, :3] ** 2), confidence=0.9)).all()
    tied = np.array([[0.0, 0, 0, 0, 1, 2, 3, 4]])
    assert tied_share(x, tied) == 0.5
    assert np.isnan(rho_interval(rho, x, tied, confidence=0.9)).all()
    assert tied_share(x, np.zeros((1, 8))) == 1.0


# Agreement of seeds.


def test_seeds_that_agree_and_seeds_that_do_not() -> None:
    setting = np.arange(6.0)[None, :, None]
    assert between_seeds(np.repeat(setting, 3, axis=2)) == pytest.approx(1.0)
    turned = np.concatenate([setting, -setting], axis=2)
    assert between_seeds(turned) == pytest.approx(-1.0)
    assert np.isnan(between_seeds(setting))


@given(agreement=st.floats(0.01, 1.0), n=st.integers(1, 20))
def test_the_ceiling_rises_with_seeds_and_agreement(agreement: float, n: int) -> None:
    found = ceiling(agreement, n)
    assert 0 < found <= 1 + 1e-12
    assert ceiling(agreement, n + 1) >= found - 1e-12
    assert ceiling(min(agreement + 0.1, 1.0), n) >= found - 1e-12
    assert ceiling(1.0, n) == pytest.approx(1.0)
    assert ceiling(agreement, 1) == pytest.approx(np.sqrt(agreement))
    assert ceiling(-0.3, n) == 0.0
    assert np.isnan(ceiling(np.nan, n))
