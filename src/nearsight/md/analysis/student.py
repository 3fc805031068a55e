"""Means with Student's interval, which holds its level for three values too."""

import numpy as np
from scipy.stats import t

FEWEST = 2
"""One replica alone has no spread."""


def mean_band(values: np.ndarray, confidence: float) -> np.ndarray:
    """Mean over replicas, or structures, with Student's interval of it, column by column.

    Percentiles of a bootstrap over 3 replicas, as few as a reference engine often has, hold the
    truth in about 70 % of cases where they promise 95 %; these do in 95 % for normal values.

    Args:
        values: (replica, ...); NaN where a replica has none, which is left out.
        confidence: level of the interval.

    Returns:
        (3, ...) mean, lower and upper bound; NaN without a replica, bounds NaN with a single one.
    """
    known = np.isfinite(values)
    count = known.sum(axis=0)
    some, several = np.maximum(count, 1), np.maximum(count - 1, 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / some
    square = np.where(known, (values - mean) ** 2, 0.0).sum(axis=0)
    width = t.ppf((1 + confidence) / 2, several) * np.sqrt(square / several / some)
    width = np.where(count >= FEWEST, width, np.nan)
    return np.stack([np.where(count > 0, mean, np.nan), mean - width, mean + width])
