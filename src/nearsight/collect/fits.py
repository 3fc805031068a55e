"""Power law against exponential: straight lines through the logarithm of binned means."""

from dataclasses import dataclass

import numpy as np

MIN_BINS = 4


@dataclass(frozen=True)
class DecayFit:
    """Fits of A r^n and A exp(-r / length) to the same bins.

    Attributes:
        exponent: n of the power law (negative for a decay).
        length: decay length of the exponential in Å (NaN if it does not fall).
        power_law_weight: Akaike weight (AICc) of the power law against the exponential.
        n_bins: bins used.
        reason: why there is no fit; empty if there is one.
    """

    exponent: float
    length: float
    power_law_weight: float
    n_bins: int
    reason: str = ""


def fit_decay(distance: np.ndarray, value: np.ndarray) -> DecayFit:
    """Least squares of log(value) against log(distance) and against distance.

    Both models have two parameters, so their AICc differ only through the residual sums of squares
    (Burnham and Anderson, Model Selection and Multimodel Inference, 2002, section 2.4).

    Args:
        distance: (bin,) Å, inside the window of the fit.
        value: (bin,) positive; bins that are not positive or not finite are left out.
    """
    n_bins = int(_usable(distance, value).sum())
    if n_bins < MIN_BINS:
        reason = f"{n_bins} bins in the window of the fit, {MIN_BINS} are needed"
        return DecayFit(np.nan, np.nan, np.nan, n_bins, reason)
    exponent, power_rss = _lines(np.log(distance), distance, value[None])
    slope, exponential_rss = _lines(distance, distance, value[None])
    tiny = np.finfo(float).tiny
    evidence = n_bins / 2 * (np.log(exponential_rss[0] + tiny) - np.log(power_rss[0] + tiny))
    weight = 1 / (1 + np.exp(-np.clip(evidence, -500, 500)))
    return DecayFit(float(exponent[0]), float(_length(slope)[0]), float(weight), n_bins)


def fit_many(distance: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Exponents and lengths (Å) of many curves at once, without weights.

    Args:
        distance: (bin,) Å.
        values: (curve, bin).

    Returns:
        (curve,) each; NaN for a curve with fewer than ``MIN_BINS`` bins.
    """
    enough = _usable(distance, values).sum(axis=1) >= MIN_BINS
    exponent, _ = _lines(np.log(distance), distance, values)
    slope, _ = _lines(distance, distance, values)
    return np.where(enough, exponent, np.nan), np.where(enough, _length(slope), np.nan)


def _usable(distance: np.ndarray, value: np.ndarray) -> np.ndarray:
    return np.isfinite(distance) & np.isfinite(value) & (value > 0)


def _length(slope: np.ndarray) -> np.ndarray:
    return np.divide(-1.0, slope, out=np.full(slope.shape, np.nan), where=slope < 0)


def _lines(
    x: np.ndarray, distance: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and residual sums of squares (curve,) of lines through log(values) (curve, bin)."""
    good = _usable(distance, values)
    y = np.log(np.where(good, values, 1.0))
    x = np.where(good, x, 0.0)
    count = np.maximum(good.sum(axis=1, keepdims=True), 1)
    x = np.where(good, x - x.sum(axis=1, keepdims=True) / count, 0.0)
    y = np.where(good, y - y.sum(axis=1, keepdims=True) / count, 0.0)
    square = np.square(x).sum(axis=1)
    slope = np.divide(
        (x * y).sum(axis=1), square, out=np.full(len(square), np.nan), where=square > 0
    )
    return slope, np.square(y - slope[:, None] * x).sum(axis=1)
