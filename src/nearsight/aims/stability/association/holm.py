"""Holm's correction for several tests (Scand. J. Stat. 6, 65 (1979))."""

import numpy as np


def holm(p_value: np.ndarray) -> np.ndarray:
    """(test,) adjusted p-values; NaN tests are not counted.

    Args:
        p_value: (test,).
    """
    result = np.full(len(p_value), np.nan)
    known = np.flatnonzero(np.isfinite(p_value))
    order = known[np.argsort(p_value[known], kind="stable")]
    steps = (len(order) - np.arange(len(order))) * p_value[order]
    result[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return result
