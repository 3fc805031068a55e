"""The response at fixed distances over the reference's: no law, no window, no fit."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from nearsight.collect.decay.bins import DistanceBins, bin_pairs
from nearsight.collect.intervals import NOTHING, Interval, bootstrap_weights, student_bounds
from nearsight.config import Statistics

DISTANCES = (3, 5, 7, 9)
"""Å at which the response is compared."""
HALF_WIDTH = 0.5
"""Å to either side: what a cutoff there makes jump is smoothed over twice as much."""

Told = tuple[Interval, str]
"""A number with its interval; why it is not known, else empty."""


def response_ratios(
    model: xr.Dataset, reference: xr.Dataset, settings: Statistics
) -> Mapping[str, Told]:
    """``response_ratio_3`` and so on: mean response near a distance over the reference's there.

    Args:
        model: response of a variant, over ``pair``.
        reference: the reference's response, of the same structures.
        settings: least number of pairs, level of the intervals.
    """
    return {
        f"response_ratio_{distance}": response_ratio(
            near(model, "norm", distance),
            near(reference, "norm", distance),
            near(reference, "asymmetry", distance),
            distance,
            settings,
        )
        for distance in DISTANCES
    }


def response_ratio(
    model: DistanceBins,
    reference: DistanceBins,
    noise: DistanceBins,
    distance: float,
    settings: Statistics,
) -> Told:
    """Ratio of means over pairs in one bin about a distance (Å), bounds from its logarithm.

    A model that is lost in the reference's noise there has the noise instead of its own response:
    the ratio is then an upper limit.

    Args:
        model: one bin of the variant's response.
        reference: the same bin of the reference's.
        noise: the same bin of its noise.
        distance: of the bin, Å; for the reason.
        settings: least number of pairs, level of the interval.
    """
    count = int(reference.count.sum())
    where = f"within {HALF_WIDTH:g} Å of {distance:g} Å"
    if count < settings.least_pairs:
        return NOTHING, f"{count} pairs {where}, {settings.least_pairs} are needed"
    ones = np.ones((1, len(reference.sums)))
    weights = bootstrap_weights(len(reference.sums), settings.n_bootstrap, settings.seed)
    value, level = _log_ratio(model, reference, noise, ones)
    if not level[0] > np.log(settings.noise_factor):
        return NOTHING, f"the reference is lost in its noise {where}"
    samples, _ = _log_ratio(model, reference, noise, weights)
    low, high = student_bounds(value[0], samples, len(reference.sums), settings.confidence)
    return (float(np.exp(value[0])), float(np.exp(low)), float(np.exp(high))), ""


def _log_ratio(
    model: DistanceBins, reference: DistanceBins, noise: DistanceBins, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(sample,) log of the ratio, and of the reference over its noise."""
    own, physics, floor = (bins.binned(weights).mean[:, 0] for bins in (model, reference, noise))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(np.fmax(own, floor) / physics)
        level = np.log(physics / floor)
    return np.where(np.isfinite(ratio), ratio, np.nan), level


def near(table: xr.Dataset, name: str, distance: float) -> DistanceBins:
    """One bin about a distance.

    Args:
        table: over ``pair``, with ``distance`` (Å) and ``structure``.
        name: of the variable.
        distance: centre of the bin, Å.
    """
    edges = np.array([distance - HALF_WIDTH, distance + HALF_WIDTH])
    return bin_pairs(
        np.abs(table[name].to_numpy()),
        table["distance"].to_numpy(),
        table.variables["structure"].values,
        edges,
    )
