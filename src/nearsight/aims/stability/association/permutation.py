"""Permutation of whole settings: what a correlation would be if decay and stability were unrelated.

The seeds of a setting share its descriptor almost wholly, so not models are exchangeable under the
null but settings, with all their seeds. Where several strata have the same settings, these move
together in all of them: that a setting holds in both families is one fact, not two.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np

from nearsight.aims.stability.association.orders import Orders, orders_without_effect
from nearsight.aims.stability.association.spearman import (
    centred_ranks,
    correlation,
    over_strata,
    without,
)

_ROUNDING = 1e-9
_AT_ONCE = 200_000
"""Orders that are held in memory with their values."""


@dataclass(frozen=True, eq=False)
class Null:
    """How a statistic is distributed when settings change places.

    Attributes:
        observed: in the order that was found.
        drawn: (order,) under other orders, or under all of them.
        exact: whether these are all.
    """

    observed: float
    drawn: np.ndarray
    exact: bool

    def p_value(self, direction: str) -> float:
        """Share of orders that are as extreme as the one found; NaN where nothing was found.

        Args:
            direction: stated beforehand: ``negative``, ``positive`` or ``either``.
        """
        if not np.isfinite(self.observed):
            return np.nan
        found = _extreme(np.asarray(self.observed), direction)
        as_extreme = int((_extreme(self.drawn, direction) >= found - _ROUNDING).sum())
        return (as_extreme + (not self.exact)) / (len(self.drawn) + (not self.exact))


def _extreme(values: np.ndarray, direction: str) -> np.ndarray:
    return {"negative": -values, "positive": values}.get(direction, np.abs(values))


def null_of_rho(
    order: Orders, x: np.ndarray, y: np.ndarray, given: np.ndarray | None = None
) -> Null:
    """Spearman's correlation, averaged over strata, when the outcomes of settings change places.

    Of a partial correlation residuals change places, and are cleared again of what is given
    (Freedman and Lane, J. Bus. Econ. Stat. 1, 292 (1983)).

    Args:
        order: of the settings.
        x: (stratum, setting) descriptor; NaN where a stratum lacks a setting.
        y: (stratum, setting) outcome.
        given: (stratum, setting) force error to hold fixed.
    """
    held = np.zeros(x.shape) if given is None else centred_ranks(given)
    a, b = (without(centred_ranks(values), held) for values in (x, y))
    drawn = np.full((len(order.places), len(x)), np.nan)
    for stratum, known in enumerate(np.isfinite(x)):
        places = order.of(known)
        for first in range(0, len(places), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            moved = without(b[stratum, known][places[some]], held[stratum, known])
            drawn[some, stratum] = correlation(a[stratum, known], moved)
    return Null(float(over_strata(correlation(a, b))), over_strata(drawn), order.exact)


def null_of_sum(order: Orders, x: np.ndarray, score: np.ndarray, given: np.ndarray) -> Null:
    """Sum over settings of covariate times score, over the scores' size, when scores change places.

    Args:
        order: of the settings.
        x: (stratum, setting) covariate, centred; NaN where a stratum lacks a setting.
        score: (stratum, setting).
        given: (stratum, setting) what both are cleared of, centred; 0 for nothing.
    """
    total, size = np.zeros((2, 1 + len(order.places)))
    for stratum, known in enumerate(np.isfinite(x)):
        held, own = given[stratum, known], score[stratum, known]
        places = np.vstack([np.arange(known.sum()), order.of(known)])
        # The score that was found is clear of it; one that moved would be larger by chance.
        moved = without(own[places], held)
        total += moved @ without(x[stratum, known], held)
        size += (moved * moved).sum(axis=1)
    found = np.divide(total, np.sqrt(size), out=np.zeros(len(total)), where=size > 0)
    return Null(float(found[0]), found[1:], order.exact)


def least_p(order: Orders, x: np.ndarray, y: np.ndarray) -> float:
    """Smallest p-value that these settings allow: those that tie everywhere move without effect.

    Args:
        order: of the settings.
        x: (stratum, setting) descriptor.
        y: (stratum, setting) outcome.
    """
    same = max(orders_without_effect(centred_ranks(values)) for values in (x, y))
    return max(same / factorial(x.shape[1]), order.least_p)
