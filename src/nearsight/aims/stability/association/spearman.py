"""Spearman's correlation over settings, within each stratum and averaged over strata.

A stratum is a family on a data set: what differs between families, or between
molecules, is no evidence on decay.
"""

import numpy as np
from scipy.stats import rankdata

_ROUNDING = 1e-9


def centred_ranks(values: np.ndarray) -> np.ndarray:
    """(..., setting) ranks with mean 0, ties shared; 0 where there is no setting (NaN).

    Args:
        values: (..., setting).
    """
    known = np.isfinite(values)
    ranks = rankdata(np.where(known, values, np.inf), axis=-1) if values.size else values
    total = np.where(known, ranks, 0.0).sum(axis=-1, keepdims=True)
    mean = total / np.maximum(known.sum(axis=-1, keepdims=True), 1)
    return np.where(known, ranks - mean, 0.0)


def without(values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """(..., setting) what is left of centred ranks once others are taken out by least squares.

    Args:
        values: (..., setting) centred.
        given: (..., setting) centred; where it is 0 throughout, nothing is taken out.
    """
    square = (given * given).sum(axis=-1, keepdims=True)
    slope = (values * given).sum(axis=-1, keepdims=True) / np.where(square > 0, square, 1.0)
    return values - slope * given


def correlation(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(...) correlation of centred ranks, or of what is left of them; NaN where one is constant.

    Args:
        x: (..., setting) centred.
        y: (..., setting) centred.
    """
    norm = np.sqrt((x * x).sum(axis=-1) * (y * y).sum(axis=-1))
    # What a given variable determines leaves rounding.
    varies = norm > _ROUNDING * max(x.shape[-1], 1)
    return np.where(varies, (x * y).sum(axis=-1) / np.where(varies, norm, 1.0), np.nan)


def over_strata(values: np.ndarray) -> np.ndarray:
    """(...) mean over strata that have a value; NaN where none has.

    Args:
        values: (..., stratum).
    """
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def rho(x: np.ndarray, y: np.ndarray, given: np.ndarray | None = None) -> np.ndarray:
    """(...) Spearman's correlation, averaged over strata.

    Args:
        x: (..., stratum, setting) descriptor; NaN where a stratum lacks a setting.
        y: (..., stratum, setting) outcome.
        given: (..., stratum, setting) whose ranks are taken out of both.
    """
    ranks = [centred_ranks(values) for values in (x, y)]
    if given is not None:
        held = centred_ranks(given)
        ranks = [without(values, held) for values in ranks]
    return over_strata(correlation(*ranks))
