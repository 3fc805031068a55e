"""Decay of one case: binned curves, fits and deviation, each with a bootstrap interval."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight.collect.bins import (
    DistanceBins,
    bin_pairs,
    bootstrap_weights,
    percentile_interval,
)
from nearsight.collect.deviation import deviation, log_ratio, signed_deviation
from nearsight.collect.fits import DecayFit, fit_decay
from nearsight.config import Statistics

Interval = tuple[float, float, float]
"""Value, lower and upper bound."""
NOTHING: Interval = (np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Curve:
    """A binned curve: mean and bounds by bin, and the bootstrap samples behind them."""

    bins: DistanceBins
    samples: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(bin,) mean; NaN where there is no pair."""
        return self.bins.mean


def curve(dataset: xr.Dataset, variable: str, edges: np.ndarray, settings: Statistics) -> Curve:
    """Mean of the magnitude of a pair variable by distance, bootstrapped over structures."""
    bins = bin_pairs(
        np.abs(dataset[variable].to_numpy()),
        dataset["distance"].to_numpy(),
        dataset["structure"].to_numpy(),
        edges,
    )
    weights = bootstrap_weights(len(bins.sums), settings.n_bootstrap, settings.seed)
    samples = bins.resampled_means(weights)
    low, high = percentile_interval(samples, settings.confidence)
    return Curve(bins, samples, low, high)


def fit_curve(
    shown: Curve, window: np.ndarray, settings: Statistics
) -> tuple[DecayFit, Interval, Interval]:
    """Fit of a curve inside a window of bins, with intervals of exponent (1) and length (Å)."""
    distance = shown.bins.centres[window]
    fit = fit_decay(distance, shown.mean[window])
    if fit.reason:
        return fit, NOTHING, NOTHING
    fits = [fit_decay(distance, sample[window]) for sample in shown.samples]
    low, high = percentile_interval(
        np.array([(one.exponent, one.length) for one in fits]), settings.confidence
    )
    exponent = (fit.exponent, float(low[0]), float(high[0]))
    return fit, exponent, (fit.length, float(low[1]), float(high[1]))


def relevance_window(edges: np.ndarray, cutoff: float, settings: Statistics) -> np.ndarray:
    """Bins beyond the first shell and short of where the cutoff imposes the tail."""
    return (edges[:-1] >= settings.first_shell) & (edges[1:] <= settings.fit_fraction * cutoff)


def response_window(shown: Curve, noise: np.ndarray, settings: Statistics) -> np.ndarray:
    """Bins beyond the first shell where a response stands out of the reference's noise.

    Of the reference's own curve these are the bins it is compared in; of a model's, those it is
    fitted in: beyond its receptive field a model's response is rounding error.
    """
    beyond = shown.bins.edges[:-1] >= settings.first_shell
    with np.errstate(invalid="ignore"):
        return beyond & (shown.mean > settings.noise_factor * noise)


def compare(
    model: Curve, reference: Curve, noise: np.ndarray, window: np.ndarray, confidence: float
) -> tuple[Interval, Interval]:
    """Response deviation and its signed form (both in decades) over a window of bins.

    A model cannot be told from zero below the reference's noise: it is floored there, so that
    strict locality counts as a large but finite deviation. Both curves were bootstrapped with the
    same draws of the same structures, hence the interval is a paired one.
    """
    if not window.any():
        return NOTHING, NOTHING
    floor = noise[window]
    ratio = log_ratio(np.maximum(model.mean[window], floor), reference.mean[window])
    samples = log_ratio(np.maximum(model.samples[:, window], floor), reference.samples[:, window])
    result = []
    for measure in (deviation, signed_deviation):
        low, high = percentile_interval(measure(samples), confidence)
        result.append((float(measure(ratio)), float(low), float(high)))
    return result[0], result[1]


def noise_floor(reference: xr.Dataset, edges: np.ndarray) -> np.ndarray:
    """(bin,) median asymmetry of the reference's Hessian blocks in eV/Å²; NaN where empty."""
    index = np.searchsorted(edges, reference["distance"].to_numpy(), side="right") - 1
    asymmetry = reference["asymmetry"].to_numpy()
    medians = [
        np.median(asymmetry[index == k]) if (index == k).any() else np.nan
        for k in range(len(edges) - 1)
    ]
    return np.array(medians)
