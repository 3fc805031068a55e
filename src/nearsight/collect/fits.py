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
    good = np.isfinite(value) & (value > 0)
    r, log_value = distance[good], np.log(value[good])
    if len(r) < MIN_BINS:
        reason = f"{len(r)} bins in the window of the fit, {MIN_BINS} are needed"
        return DecayFit(np.nan, np.nan, np.nan, len(r), reason)
    exponent, power_rss = _line(np.log(r), log_value)
    slope, exponential_rss = _line(r, log_value)
    tiny = np.finfo(float).tiny
    evidence = len(r) / 2 * (np.log(exponential_rss + tiny) - np.log(power_rss + tiny))
    weight = 1 / (1 + np.exp(-np.clip(evidence, -500, 500)))
    length = -1 / slope if slope < 0 else np.nan
    return DecayFit(float(exponent), float(length), float(weight), len(r))


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope and residual sum of squares of the least-squares line."""
    x, y = x - x.mean(), y - y.mean()
    slope = float(x @ y / (x @ x))
    return slope, float(np.square(y - slope * x).sum())
