"""Shares of relevance: by body order, far away, in constants."""

import numpy as np
import xarray as xr

from nearsight.collect.decay.curve import Curve
from nearsight.collect.intervals import (
    NOTHING,
    Interval,
    bootstrap_weights,
    student_bounds,
    student_interval,
)
from nearsight.config import Statistics

CONSTANTS = ("bias", "vector", "readout_bias", "leak")


def body_order_share(relevance: xr.Dataset, settings: Statistics) -> np.ndarray:
    """(n_atoms, 3) share of |relevance| by number of distinct atoms, with bounds."""
    sums = relevance["absolute_bodies"].to_numpy()
    samples = _weights(sums, settings) @ sums
    value = sums.sum(axis=0) / sums.sum()
    low, high = student_bounds(
        value, samples / samples.sum(axis=1, keepdims=True), len(sums), settings.confidence
    )
    return np.stack([value, np.maximum(low, 0), np.minimum(high, 1)], axis=1)


def effective_body_order(absolute_bodies: np.ndarray, settings: Statistics) -> Interval:
    """Mean number of distinct atoms on a walk, weighted by |relevance|.

    Args:
        absolute_bodies: (structure, n_atoms) sums of |relevance|; NaN where unknown.
        settings: of the bootstrap.
    """
    known = absolute_bodies[np.isfinite(absolute_bodies).all(axis=1)]
    if not len(known):
        return NOTHING
    orders = np.arange(1, known.shape[1] + 1)
    return ratio_interval(known @ orders, known.sum(axis=1), settings, least=1.0)


def tail_share(shown: Curve, settings: Statistics) -> Interval:
    """Share of two-body |relevance| beyond ``far_field``."""
    far = shown.bins.edges[:-1] >= settings.far_field
    sums = shown.bins.sums
    return ratio_interval(sums[:, far].sum(axis=1), sums.sum(axis=1), settings, most=1.0)


def constants_shares(relevance: xr.Dataset, settings: Statistics) -> dict[str, Interval]:
    """|constants| beside the walks, in two ways that differ by orders of magnitude.

    ``constants_share_after_cancellation``: in |sum of walks| + |constants|. Walks of both signs
    cancel by a factor of ten to a hundred, constants of a kind do not: this is no share of the
    relevance. ``constants_share_of_sizes``: in sum |walk| + |constants|, size beside size. (The
    output itself would be a divisor near zero.)
    """
    constants = np.sum([np.abs(relevance[name].to_numpy()) for name in CONSTANTS], axis=0)
    net = np.abs(relevance["walks"].to_numpy())
    sizes = relevance["absolute_bodies"].transpose(..., "n_atoms").to_numpy().sum(axis=-1)
    return {
        f"constants_share_{name}": ratio_interval(constants, walks + constants, settings, most=1.0)
        for name, walks in (("after_cancellation", net), ("of_sizes", sizes))
    }


def ratio_interval(
    part: np.ndarray,
    whole: np.ndarray,
    settings: Statistics,
    *,
    least: float = 0.0,
    most: float = np.inf,
) -> Interval:
    """Ratio of two sums over structures (structure,) each, with its interval.

    Args:
        part: (structure,) of the numerator.
        whole: (structure,) of the denominator.
        settings: level of the interval, bootstrap.
        least: the smallest value it can have.
        most: the largest value it can have.
    """
    if not whole.sum():
        return NOTHING
    weights = _weights(whole, settings)
    divisor = weights @ whole
    samples = np.divide(
        weights @ part, divisor, out=np.full(len(weights), np.nan), where=divisor != 0
    )
    value = float(part.sum() / whole.sum())
    return student_interval(value, samples, len(whole), settings.confidence, least=least, most=most)


def _weights(values: np.ndarray, settings: Statistics) -> np.ndarray:
    return bootstrap_weights(len(values), settings.n_bootstrap, settings.seed)
