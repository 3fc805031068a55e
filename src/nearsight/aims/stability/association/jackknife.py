"""Intervals from leaving out one setting at a time, with all its seeds in all families.

Tukey's jackknife on Fisher's scale with Student's t: unlike percentiles of a bootstrap it always
holds its estimate, which they need not where ranks tie in every resample.
"""

from collections.abc import Callable

import numpy as np
from scipy.stats import t

MOST_TIED = 1 / 3
"""Share of tied settings above which there is no interval."""
FEWEST = 4
"""Settings below which there is none."""
_NARROWEST = 1e-6

Statistic = Callable[..., np.ndarray]


def rho_interval(
    statistic: Statistic, *arrays: np.ndarray, confidence: float
) -> tuple[float, float]:
    """Bounds of a correlation; NaN where it is perfect, or where more than a third tie.

    Args:
        statistic: of arrays (..., stratum, setting).
        arrays: (stratum, setting) descriptor, outcome, and what is held fixed.
        confidence: level.
    """
    n_settings = arrays[0].shape[1]
    if n_settings < FEWEST or tied_share(*arrays[:2]) > MOST_TIED:
        return np.nan, np.nan
    keep = np.array([np.delete(np.arange(n_settings), k) for k in range(n_settings)])
    less = statistic(*(np.moveaxis(values[:, keep], 0, 1) for values in arrays))
    value = float(statistic(*arrays))
    # A perfect order has no end on Fisher's scale.
    if not (np.isfinite(less).all() and abs(value) < 1 - _NARROWEST):
        return np.nan, np.nan
    most = _half_a_step_from_perfect(n_settings - 1)
    low, high = np.tanh(
        bounds(np.arctanh(value), np.arctanh(np.clip(less, -most, most)), 1, confidence)
    )
    return (float(low), float(high)) if high - low > _NARROWEST else (np.nan, np.nan)


def bounds(
    value: float, less: np.ndarray, n_parameters: int, confidence: float
) -> tuple[float, float]:
    """A number plus and minus Student's t times its jackknife error.

    Args:
        value: of all settings.
        less: (setting,) the same without one of them.
        n_parameters: estimated together; they cost degrees of freedom.
        confidence: level.
    """
    n = len(less)
    error = np.sqrt((n - 1) / n * np.square(less - less.mean()).sum())
    width = float(t.ppf((1 + confidence) / 2, max(n - n_parameters, 1)) * error)
    return value - width, value + width


def _half_a_step_from_perfect(n_settings: int) -> float:
    """What a perfect order counts as; two neighbours exchanged cost twice as much."""
    return 1 - 6 / (n_settings**3 - n_settings)


def tied_share(x: np.ndarray, y: np.ndarray) -> float:
    """Share of settings that share their descriptor, or their outcome, with another.

    The larger of the two; strata in which one does not vary have no correlation, and do not count.

    Args:
        x: (stratum, setting) descriptor; NaN where a stratum lacks a setting.
        y: (stratum, setting) outcome.
    """
    tied, count = np.zeros(2), 0
    for pair in zip(x, y, strict=True):
        known = [values[np.isfinite(values)] for values in pair]
        if min(len(np.unique(values)) for values in known) < 2:
            continue
        count += len(known[0])
        tied += [_tied(values) for values in known]
    return float(tied.max() / count) if count else 1.0


def _tied(values: np.ndarray) -> int:
    counts = np.unique(values, return_counts=True)[1]
    return int(counts[counts > 1].sum())
