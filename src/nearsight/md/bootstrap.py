"""Intervals by resampling replicas."""

from collections.abc import Callable

import numpy as np

from nearsight.md.survival import Interval

Statistic = Callable[..., np.ndarray]
"""As ``numpy.mean`` or ``numpy.median``: reduces the axis named by ``axis``."""


def bootstrap(
    values: np.ndarray, statistic: Statistic, *, confidence: float, n_bootstrap: int, seed: int
) -> Interval:
    """A statistic over replicas with its percentile interval (Efron, Ann. Stat. 7, 1, 1979).

    Args:
        values: (replica,); NaN where a replica has none, which is left out.
        statistic: ``numpy.mean``, ``numpy.median`` or alike.
        confidence: level of the interval.
        n_bootstrap: number of resamples.
        seed: seed of the resampling.

    Returns:
        Value and bounds; all NaN without a replica, bounds NaN with a single one.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return np.nan, np.nan, np.nan
    value = float(statistic(known, axis=0))
    if len(known) == 1:
        return value, np.nan, np.nan
    draws = np.random.default_rng(seed).integers(len(known), size=(n_bootstrap, len(known)))
    tail = (1 - confidence) / 2
    low, high = np.quantile(statistic(known[draws], axis=1), [tail, 1 - tail])
    return value, float(low), float(high)
