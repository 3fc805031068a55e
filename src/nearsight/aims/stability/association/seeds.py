"""How far settings explain the outcome at all: the ceiling of any association."""

from itertools import combinations

import numpy as np

from nearsight.aims.stability.association.spearman import centred_ranks, correlation

FEWEST = 4
"""Settings that two seeds must share."""


def between_seeds(y: np.ndarray) -> float:
    """How well the outcome under one seed predicts that under another, over settings.

    Mean over pairs of seeds and strata of Spearman's correlation over the settings that both have.

    Args:
        y: (stratum, setting, seed) outcome; NaN where there is no model.

    Returns:
        NaN with one seed, or where the outcome does not vary.
    """
    found = []
    for stratum in y:
        pairs = [_agreement(stratum[:, [i, j]]) for i, j in combinations(range(y.shape[2]), 2)]
        known = [value for value in pairs if np.isfinite(value)]
        if known:
            found.append(np.mean(known))
    return float(np.mean(found)) if found else np.nan


def _agreement(pair: np.ndarray) -> float:
    both = pair[np.isfinite(pair).all(axis=1)]
    if len(both) < FEWEST:
        return np.nan
    return float(correlation(centred_ranks(both[:, 0]), centred_ranks(both[:, 1])))


def ceiling(agreement: float, n_seeds: float) -> float:
    """Largest |rho| that a descriptor without error could have with means over seeds.

    The square root of the reliability of such a mean (Spearman and Brown).

    Args:
        agreement: of :func:`between_seeds`.
        n_seeds: in a mean.
    """
    if not np.isfinite(agreement):
        return np.nan
    one = max(agreement, 0.0)
    return float(np.sqrt(n_seeds * one / (1 + (n_seeds - 1) * one)))
