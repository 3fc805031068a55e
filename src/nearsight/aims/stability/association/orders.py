"""Orders in which settings change places: all of them where they are few, else drawn ones."""

from dataclasses import dataclass
from functools import lru_cache
from math import factorial

import numpy as np

_ALWAYS_EXACT = 720
TIMES_EXACT = 5
"""All orders are looked at where they are not more than this many times the draws asked for."""
ONCE = 400
"""The same for what is tested once: all 3,628,800 orders of 10 settings with 10,000 draws."""


@dataclass(frozen=True, eq=False)
class Orders:
    """Ways to put settings into one another's places.

    Attributes:
        places: (order, setting) which setting comes into each place.
        exact: whether these are all there are; of drawn ones the order that was found counts as
            one more, so that no p-value is 0.
    """

    places: np.ndarray
    exact: bool

    @property
    def least_p(self) -> float:
        """Smallest p-value they can give."""
        return 1 / (len(self.places) + (not self.exact))

    def of(self, known: np.ndarray) -> np.ndarray:
        """(order, own setting) the same of those settings that a stratum has.

        Args:
            known: (setting,) whether it has it.
        """
        if known.all():
            return self.places
        return np.argsort(self.places[:, known], axis=1)


@lru_cache(maxsize=8)
def orders(
    n_settings: int, n_permutations: int, seed: int, times_exact: int = TIMES_EXACT
) -> Orders:
    """Every setting for itself: all orders of up to 8 with the default of 10,000 draws.

    Args:
        n_settings: what changes places.
        n_permutations: orders to draw where there are too many for all.
        seed: of the draw.
        times_exact: how many times the draws asked for all orders may be.
    """
    if factorial(n_settings) <= max(_ALWAYS_EXACT, times_exact * n_permutations):
        return Orders(all_orders(n_settings), exact=True)
    random = np.random.default_rng(seed)
    drawn = random.permuted(np.tile(np.arange(n_settings), (n_permutations, 1)), axis=1)
    return Orders(drawn, exact=False)


def all_orders(n: int) -> np.ndarray:
    """(n!, n) every order of the numbers below n, as small integers."""
    found = np.zeros((1, 0), dtype=np.int8)
    for last in range(n):
        added = np.full((len(found), 1), last, dtype=np.int8)
        parts = [np.hstack([found[:, :k], added, found[:, k:]]) for k in range(last + 1)]
        found = np.vstack(parts)
    return found


def orders_of_blocks(
    block: np.ndarray, rest: np.ndarray, n_permutations: int, seed: int
) -> Orders | None:
    """Whole blocks change places, as all settings of one cutoff with all of another.

    Args:
        block: (setting,) number of the block.
        rest: (setting,) what tells the settings of a block from one another.
        n_permutations: orders to draw where there are too many for all.
        seed: of the draw.

    Returns:
        None where some block lacks a setting that another has: it could not take its place.
    """
    shape = block.max(initial=-1) + 1, rest.max(initial=-1) + 1
    if len(block) != np.prod(shape):
        return None
    place = np.empty(shape, dtype=int)
    place[block, rest] = np.arange(len(block))
    moved = orders(shape[0], n_permutations, seed)
    places = np.empty((len(moved.places), len(block)), dtype=int)
    places[:, place.ravel()] = place[moved.places].reshape(len(moved.places), -1)
    return Orders(places, moved.exact)


def orders_without_effect(values: np.ndarray) -> int:
    """Orders of settings that leave (stratum, setting) values as they are, tied as they may be."""
    columns = np.round(np.nan_to_num(values, nan=np.inf), 9)
    product = 1
    for count in np.unique(columns, axis=1, return_counts=True)[1]:
        product *= factorial(int(count))
    return product
