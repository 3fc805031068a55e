"""Rank correlation of two maps over pairs, with and without what distance alone explains."""

import numpy as np
from scipy.stats import rankdata

FEWEST = 5
"""Pairs below which a rank correlation is not given."""


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's rank correlation; NaN for fewer than five pairs or a constant.

    Args:
        x: (pair,).
        y: (pair,).
    """
    if len(x) < FEWEST:
        return np.nan
    return _pearson(rankdata(x), rankdata(y))


def partial_spearman(x: np.ndarray, y: np.ndarray, given: np.ndarray) -> float:
    """Spearman's correlation of x and y once the ranks of a third variable are taken out of both.

    The correlation of the residuals of the ranks after linear regression on the ranks of
    ``given``: (r_xy - r_xz r_yz) / sqrt((1 - r_xz²)(1 - r_yz²)).

    Args:
        x: (pair,).
        y: (pair,).
        given: (pair,) what is held fixed.
    """
    if len(x) < FEWEST:
        return np.nan
    z = _centred(rankdata(given))
    residuals = [_residual(_centred(rankdata(values)), z) for values in (x, y)]
    # What is left of a rank that the third determines is rounding.
    if min(np.square(r).sum() for r in residuals) < 1e-9 * len(x) ** 3:
        return np.nan
    return _pearson(*residuals)


def _residual(values: np.ndarray, z: np.ndarray) -> np.ndarray:
    square = z @ z
    return values - (values @ z / square) * z if square else values


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean()


def _pearson(x: np.ndarray, y: np.ndarray) -> float:
    x, y = _centred(x), _centred(y)
    norm = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / norm) if norm > 0 else np.nan
