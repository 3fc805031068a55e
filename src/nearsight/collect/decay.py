"""Decay of one case: binned curves, fits and deviation, each with an interval over structures."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight.collect.bins import DistanceBins, bin_index, bin_pairs
from nearsight.collect.deviation import deviation, log_ratio, shape_deviation, signed_deviation
from nearsight.collect.fits import DecayFit, fit_decay, fit_many
from nearsight.collect.intervals import (
    NOTHING,
    Interval,
    bootstrap_weights,
    student_bounds,
    student_interval,
)
from nearsight.config import Statistics


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

    @property
    def n_structures(self) -> int:
        """Number of structures behind it."""
        return len(self.bins.sums)


def curve(dataset: xr.Dataset, name: str, edges: np.ndarray, settings: Statistics) -> Curve:
    """Mean of the magnitude of a pair variable by distance, bootstrapped over structures."""
    bins = bin_pairs(
        np.abs(dataset[name].to_numpy()),
        dataset["distance"].to_numpy(),
        dataset.variables["structure"].values,
        edges,
    )
    n_structures = len(bins.sums)
    weights = bootstrap_weights(n_structures, settings.n_bootstrap, settings.seed)
    samples = bins.resampled_means(weights)
    # Of logarithms: magnitudes are positive, and so shall be their bounds.
    with np.errstate(divide="ignore"):
        low, high = student_bounds(
            np.log(bins.mean), _finite(np.log(samples)), n_structures, settings.confidence
        )
    return Curve(bins, samples, np.exp(low), np.exp(high))


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)


def fit_curve(
    shown: Curve, window: np.ndarray, settings: Statistics
) -> tuple[DecayFit, Interval, Interval]:
    """Fit of a curve inside a window of bins, with intervals of exponent (1) and length (Å)."""
    distance = shown.bins.distance[window]
    fit = fit_decay(distance, shown.mean[window])
    if fit.reason:
        return fit, NOTHING, NOTHING
    exponents, lengths = fit_many(distance, shown.samples[:, window])
    level = shown.n_structures, settings.confidence
    return (
        fit,
        student_interval(fit.exponent, exponents, *level),
        student_interval(fit.length, lengths, *level, least=0.0),
    )


def relevance_window(edges: np.ndarray, cutoff: float, settings: Statistics) -> np.ndarray:
    """Bins beyond the first shell and short of where the cutoff imposes the tail."""
    return (edges[:-1] >= settings.first_shell) & (edges[1:] <= settings.fit_fraction * cutoff)


def response_window(shown: Curve, noise: np.ndarray, settings: Statistics) -> np.ndarray:
    """Bins from the first shell up to the first one whose median block is lost in the noise.

    Of the reference's own curve these are the bins it is compared in; of a model's, those it is
    fitted in: beyond its receptive field a model's response is zero.

    Args:
        shown: a response.
        noise: (bin,) the reference's, eV/Å².
        settings: first shell and how far above the noise a median must stand.
    """
    beyond = shown.bins.edges[:-1] >= settings.first_shell
    with np.errstate(invalid="ignore"):
        clear = shown.bins.median > settings.noise_factor * noise
    # Empty bins neither help nor end the window.
    passable = clear | ~beyond | (shown.bins.count == 0)
    return beyond & clear & np.logical_and.accumulate(passable)


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
    level = min(model.n_structures, reference.n_structures), confidence
    return (
        student_interval(float(deviation(ratio)), deviation(samples), *level, least=0.0),
        student_interval(float(signed_deviation(ratio)), signed_deviation(samples), *level),
    )


def compare_shapes(
    relevance: Curve, reference: Curve, window: np.ndarray, confidence: float
) -> Interval:
    """Deviation of the relevance's decay from the reference's response, heights aligned (decades).

    Relevance is no energy and no force constant: only how it falls can be compared.
    """
    if window.sum() < 2:
        return NOTHING
    ratio = log_ratio(relevance.mean[window], reference.mean[window])
    samples = log_ratio(relevance.samples[:, window], reference.samples[:, window])
    level = min(relevance.n_structures, reference.n_structures), confidence
    value = float(shape_deviation(ratio))
    return student_interval(value, shape_deviation(samples), *level, least=0.0)


def noise_floor(reference: xr.Dataset, edges: np.ndarray) -> np.ndarray:
    """(bin,) median asymmetry of the reference's Hessian blocks in eV/Å²; NaN where empty."""
    index = bin_index(reference["distance"].to_numpy(), edges)
    asymmetry = reference["asymmetry"].to_numpy()
    medians = [
        np.median(asymmetry[index == k]) if (index == k).any() else np.nan
        for k in range(len(edges) - 1)
    ]
    return np.array(medians)
