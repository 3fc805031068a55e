"""Intervals and the exact one of a share."""

from functools import lru_cache

from scipy.stats import binomtest

Interval = tuple[float, float, float]
"""Value, lower bound, upper bound."""
UNKNOWN: Interval = (float("nan"), float("nan"), float("nan"))


# Curves ask for the same few counts at every time.
@lru_cache(maxsize=4096)
def clopper_pearson(k: int, n: int, confidence: float) -> tuple[float, float]:
    """Exact bounds of the probability behind k of n (Clopper, Pearson, Biometrika 26, 404, 1934).

    Args:
        k: how often it happened.
        n: how often it could have; of nothing, n = 0, the bounds are 0 and 1.
        confidence: level of the interval.
    """
    if n == 0:
        return 0.0, 1.0
    bounds = binomtest(k, n).proportion_ci(confidence, method="exact")
    return float(bounds.low), float(bounds.high)
