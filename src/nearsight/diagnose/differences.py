"""Derivatives along lines by central differences of eighth order, and what rounding does to them.

f'(0) ≈ Σ_k c_k [f(kh) - f(-kh)] / h with c = 4/5, -1/5, 4/105, -1/280: an error of h⁸ f⁽⁹⁾ / 630
(B. Fornberg, Math. Comp. 51, 699 (1988)). The eighth difference of a smooth function on the same
nine points is h⁸ f⁽⁸⁾, next to nothing: what is left of it is noise.
"""

from math import comb

import numpy as np

STEPS = (0.01, 0.002)
"""Å between points of a line: the longer step against noise, the shorter one for where a network
bends sharply (PaiNN takes norms of vectors, and those bend where a vector vanishes)."""
REACH = 4
POINTS = 2 * REACH + 1
_WEIGHTS = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
_AMPLIFIED = float(np.sqrt(2 * np.sum(_WEIGHTS**2)))
_MEDIAN_OF_NORMAL = 0.6745
SIGMAS = 4.0
"""Standard deviations that noise is allowed: one value in 16,000 is beyond."""


def offsets(step: float) -> np.ndarray:
    """(point,) Å: places on a line, the middle one at zero."""
    return step * np.arange(-REACH, REACH + 1)


def slopes(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First derivatives at the middle of lines, and what noise alone may make of their errors.

    The longer step is believed where the shorter one, whose noise is larger, does not contradict.

    Args:
        values: (line, step, 9) points of each line at every step.

    Returns:
        (line,) slope and (line,) its allowed error, per Å in the unit of the values.
    """
    sigma = noise(values[:, -1])
    long, short = (_slope(values[:, k], step) for k, step in enumerate(STEPS))
    of_long, of_short = (SIGMAS * _AMPLIFIED * sigma / step for step in STEPS)
    agree = np.abs(long - short) <= of_long + of_short
    return np.where(agree, long, short), np.where(agree, of_long, of_short)


def _slope(values: np.ndarray, step: float) -> np.ndarray:
    differences = [values[:, REACH + k] - values[:, REACH - k] for k in range(1, REACH + 1)]
    return np.asarray(np.tensordot(_WEIGHTS, differences, axes=1) / step)


def noise(values: np.ndarray) -> float:
    """Standard deviation of the noise of points on lines, from their eighth differences.

    The median over lines: a line that crosses a true jump does not pass for noise.

    Args:
        values: (..., point) equally spaced, nine or more on each line.

    Returns:
        In the unit of the values; NaN where no line is whole.
    """
    rest = np.diff(values, n=2 * REACH, axis=-1)
    finite = np.abs(rest[np.isfinite(rest)])
    if not len(finite):
        return float("nan")
    return float(np.median(finite) / _MEDIAN_OF_NORMAL / np.sqrt(comb(4 * REACH, 2 * REACH)))
