"""Orders of settings: complete, even, none twice, blocks whole."""

from math import factorial

import numpy as np
import pytest

from nearsight.aims.stability.association.orders import (
    Orders,
    all_orders,
    orders,
    orders_of_blocks,
    orders_without_effect,
)


@pytest.mark.parametrize("n", [0, 1, 2, 5, 7])
def test_all_orders_are_there_and_none_twice(n: int) -> None:
    found = all_orders(n)
    assert found.shape == (factorial(n), n)
    assert len(np.unique(found, axis=0)) == factorial(n)
    assert (np.sort(found, axis=1) == np.arange(n)).all()


def test_every_setting_comes_equally_often_into_every_place() -> None:
    found = all_orders(5)
    for place in found.T:
        np.testing.assert_array_equal(np.bincount(place), np.full(5, 24))


@pytest.mark.parametrize(
    ("n_settings", "n_permutations", "times", "exact"),
    [
        (6, 1, 1, True),  # 720 orders are always looked at.
        (7, 1008, 5, True),  # 5,040 are five times what is asked for,
        (7, 1007, 5, False),  # and here a little more.
        (7, 100, 51, True),
        (7, 100, 50, False),
    ],
)
def test_few_orders_are_all_looked_at_and_many_are_drawn(
    n_settings: int, n_permutations: int, times: int, exact: bool
) -> None:
    found = orders(n_settings, n_permutations, 0, times)
    assert found.exact is exact
    assert len(found.places) == (factorial(n_settings) if exact else n_permutations)


def test_drawn_orders_are_orders_and_follow_the_seed() -> None:
    one, same, other = orders(12, 500, 3), orders(12, 500, 3), orders(12, 500, 4)
    assert (np.sort(one.places, axis=1) == np.arange(12)).all()
    np.testing.assert_array_equal(one.places, same.places)
    assert (one.places != other.places).any()
    # Every setting comes into every place about as often: chi squared with 121 degrees of freedom.
    counts = np.array([np.bincount(place, minlength=12) for place in one.places.T])
    assert ((counts - 500 / 12) ** 2 / (500 / 12)).sum() < 121 + 4 * np.sqrt(2 * 121)


def test_the_least_p_counts_the_order_that_was_found_once() -> None:
    """Among all orders it is there already; among drawn ones it is one more."""
    places = all_orders(3)
    assert Orders(places, exact=True).least_p == pytest.approx(1 / 6)
    assert Orders(places, exact=False).least_p == pytest.approx(1 / 7)


def test_own_settings_of_a_stratum_keep_their_order_among_themselves() -> None:
    every = orders(5, 1, 0)
    known = np.array([True, False, True, True, False])
    found = every.of(known)
    assert found.shape == (120, 3)
    assert (np.sort(found, axis=1) == np.arange(3)).all()
    # Each of the six orders of three comes as often as any other.
    _, counts = np.unique(found, axis=0, return_counts=True)
    np.testing.assert_array_equal(counts, np.full(6, 20))
    assert every.of(np.ones(5, bool)) is every.places
    assert every.of(np.zeros(5, bool)).shape == (120, 0)


def test_blocks_move_whole_however_their_settings_are_listed() -> None:
    """Settings in any order: what shares a cutoff goes to one cutoff, and keeps its depth."""
    random = np.random.default_rng(0)
    mixed = np.stack([np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)])
    cutoff, depth = mixed[:, random.permutation(12)]
    found = orders_of_blocks(cutoff, depth, 10, 0)
    assert found is not None
    assert found.exact
    assert len(np.unique(found.places, axis=0)) == 24
    for places in found.places:
        np.testing.assert_array_equal(depth[places], depth)
        # One cutoff takes the place of one other.
        assert len(set(zip(cutoff, cutoff[places], strict=True))) == 4


def test_blocks_that_lack_a_setting_cannot_move() -> None:
    cutoff, depth = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 0])
    assert orders_of_blocks(cutoff, depth, 10, 0) is None
    assert orders_of_blocks(cutoff[:4], depth[:4], 10, 0) is not None


def test_many_blocks_are_drawn() -> None:
    found = orders_of_blocks(np.arange(9), np.zeros(9, int), 50, 0)
    assert found is not None
    assert not found.exact
    assert found.places.shape == (50, 9)


def test_orders_without_effect_are_those_that_leave_everything_in_place() -> None:
    values = np.array([[1.0, 1.0, 2.0, 2.0, 2.0], [0.0, 0.0, 5.0, 5.0, 6.0]])
    moved = np.moveaxis(values[:, all_orders(5)], 0, 1)
    slow = (moved == values).all(axis=(1, 2)).sum()
    assert orders_without_effect(values) == slow == 4
    assert orders_without_effect(values[:1]) == 12
    # Settings that a stratum lacks are alike in it, and rounding makes no difference.
    assert orders_without_effect(np.array([[np.nan, np.nan, 1.0, 1.0 + 1e-12]])) == 4
