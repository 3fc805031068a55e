"""Power law against exponential: both integrated over the distances of the pairs in each bin."""

from dataclasses import dataclass

import numpy as np

from nearsight.collect.decay.bins import Binned

MIN_BINS = 4
SUPPORTED = 0.9
"""Akaike weight from which on a law is named."""
POWER_LAW, EXPONENTIAL, UNDECIDED = "power law", "exponential", "undecided"
_STEPS, _SETTLED = 30, 1e-10
"""The correction changes by less than a tenth from step to step on bins of any sensible width."""


@dataclass(frozen=True)
class DecayFit:
    """Fits of A r^n and A exp(-r / length) to the same bins.

    Attributes:
        exponent: n of the power law (negative for a decay).
        length: decay length of the exponential in Å (NaN if it does not fall).
        power_law_weight: Akaike weight (AICc) of the power law against the exponential.
        n_bins: bins used.
        start: where the bins of the fit begin, Å.
        end: where they end, Å.
        reason: why there is no fit; empty if there is one.
    """

    exponent: float = np.nan
    length: float = np.nan
    power_law_weight: float = np.nan
    n_bins: int = 0
    start: float = np.nan
    end: float = np.nan
    reason: str = ""

    @property
    def exponential_weight(self) -> float:
        """Akaike weight (AICc) of the exponential against the power law."""
        return 1.0 - self.power_law_weight

    @property
    def law(self) -> str:
        """Which law the weights support; empty without a fit."""
        return law_of(self.power_law_weight)


@dataclass(frozen=True)
class Fits:
    """Fits of many curves: (...) exponent, length (Å), weight of the power law, bins."""

    exponent: np.ndarray
    length: np.ndarray
    power_law_weight: np.ndarray
    n_bins: np.ndarray


def law_of(power_law_weight: float) -> str:
    """``power law``, ``exponential`` or ``undecided`` by its weight; empty where that is NaN."""
    if np.isnan(power_law_weight):
        return ""
    if power_law_weight >= SUPPORTED:
        return POWER_LAW
    return EXPONENTIAL if power_law_weight <= 1 - SUPPORTED else UNDECIDED


def fit_laws(binned: Binned, window: np.ndarray) -> Fits:
    """Weighted least squares of the logarithm of bin means; a bin weighs as many as its pairs.

    The mean over a bin of A r^n is not A times a power of the mean distance. With mean m and
    variance v of log r over the pairs of the bin it is A exp(n m + n² v / 2), but for terms of
    third order in n times the bin's width over r (second-order cumulant expansion), and likewise
    with r itself for the exponential. The slope is found by fixed-point iteration.

    Both laws have two parameters, so their AICc differ only through the residual sums of squares
    (Burnham and Anderson, Model Selection and Multimodel Inference, 2002, section 2.4).

    Args:
        binned: (..., bin) curves.
        window: (..., bin) bins to use; those that are not positive are left out.

    Returns:
        NaN for a curve with fewer than ``MIN_BINS`` bins.
    """
    weight, y = _usable(binned, window)
    n_bins = (weight > 0).sum(axis=-1)
    exponent, power_rss = _line(binned.log_distance, binned.log_variance, y, weight)
    slope, exponential_rss = _line(binned.distance, binned.variance, y, weight)
    tiny = np.finfo(float).tiny
    evidence = n_bins / 2 * (np.log(exponential_rss + tiny) - np.log(power_rss + tiny))
    enough = n_bins >= MIN_BINS
    length = np.divide(-1.0, slope, out=np.full(slope.shape, np.nan), where=slope < 0)
    return Fits(
        np.where(enough, exponent, np.nan),
        np.where(enough, length, np.nan),
        np.where(enough, 1 / (1 + np.exp(-np.clip(evidence, -500, 500))), np.nan),
        n_bins,
    )


def power_slope(binned: Binned, window: np.ndarray) -> np.ndarray:
    """(...) exponent of the power law alone, of however many bins (two at least)."""
    weight, y = _usable(binned, window)
    slope, _ = _line(binned.log_distance, binned.log_variance, y, weight)
    return np.where((weight > 0).sum(axis=-1) >= 2, slope, np.nan)


def _usable(binned: Binned, window: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(..., bin) weights, zero where a bin is not used, and logarithms of means."""
    with np.errstate(invalid="ignore"):
        good = window & np.isfinite(binned.mean) & (binned.mean > 0)
    return np.where(good, binned.count, 0.0), np.log(np.where(good, binned.mean, 1.0))


def _line(
    x: np.ndarray, variance: np.ndarray, y: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and weighted residual sums of squares (...) of y = a + s x + s² variance / 2."""
    total = np.maximum(weight.sum(axis=-1, keepdims=True), 1e-300)

    def centred(values: np.ndarray) -> np.ndarray:
        values = np.where(weight > 0, values, 0.0)
        return values - (weight * values).sum(axis=-1, keepdims=True) / total

    x, curvature, y = centred(x), centred(variance / 2), centred(y)
    square = (weight * x * x).sum(axis=-1)

    def slope_of(values: np.ndarray) -> np.ndarray:
        product = (weight * x * values).sum(axis=-1)
        return np.divide(product, square, out=np.full(square.shape, np.nan), where=square > 0)

    slope = slope_of(y)
    for _ in range(_STEPS):
        before, slope = slope, slope_of(y - np.square(slope)[..., None] * curvature)
        if not (np.abs(slope - before) > _SETTLED).any():
            break
    rest = y - slope[..., None] * x - np.square(slope)[..., None] * curvature
    return slope, (weight * np.square(rest)).sum(axis=-1)
