"""Intervals by resampling replicas."""

from collections.abc import Callable
from typing import TypedDict

import numpy as np
from scipy.stats import norm

from nearsight.md.analysis.binomial import Interval

Reduction = Callable[..., np.ndarray]
"""As ``numpy.mean`` or ``numpy.median``: reduces the axis named by ``axis``."""


class Resampling(TypedDict):
    """Level of the intervals, number of resamples and their seed, passed on as keywords."""

    confidence: float
    n_bootstrap: int
    seed: int


def bootstrap(
    values: np.ndarray, statistic: Reduction, *, confidence: float, n_bootstrap: int, seed: int
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


def resampled_ratio(
    sums: np.ndarray, sizes: np.ndarray, *, n_bootstrap: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Mean over everything that all replicas contributed, and the same of resampled replicas.

    Replicas that ended early contributed less and weigh less, as in a mean over all their frames.

    Args:
        sums: (replica, bin) sum of what each replica contributed.
        sizes: (replica,) how many terms that sum has; some of them positive.
        n_bootstrap: number of resamples.
        seed: seed of the resampling.

    Returns:
        Ratio (bin,) of sums to sizes, and (sample, bin) those of the resamples that have any size;
        the latter NaN where a single replica has any, which tells no spread.
    """
    n_replicas = len(sizes)
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_replicas, np.full(n_replicas, 1 / n_replicas), n_bootstrap)
    weights = weights[weights @ sizes > 0]
    samples = (weights @ sums) / (weights @ sizes)[:, None]
    if (sizes > 0).sum() == 1:
        samples = np.full_like(samples, np.nan)
    return sums.sum(axis=0) / sizes.sum(), samples


def percentile_band(
    value: np.ndarray, samples: np.ndarray, confidence: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A value with percentile bounds.

    Args:
        value: (bin,).
        samples: (sample, bin) the same of resampled replicas.
        confidence: level of the interval.

    Returns:
        Value, lower and upper bound, (bin,) each.
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail], axis=0)
    return value, low, high


def normal_interval(
    value: float, samples: np.ndarray, confidence: float, largest: float
) -> Interval:
    """Value plus and minus a multiple of its bootstrap standard error, cut to [0, largest].

    For distances between distributions, which resampling only ever lengthens: percentiles of the
    samples would lie above the value itself.

    Args:
        value: the distance.
        samples: (sample,) the same of resampled replicas.
        confidence: level of the interval.
        largest: what the distance can be at most.
    """
    width = float(norm.ppf(0.5 + confidence / 2) * samples.std(ddof=1))
    low, high = np.clip([value - width, value + width], 0, largest)
    return value, float(low), float(high)
