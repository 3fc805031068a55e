"""A binned curve with its bootstrap over structures."""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from nearsight.collect.decay.bins import Binned, DistanceBins, bin_pairs
from nearsight.collect.intervals import bootstrap_weights, student_bounds
from nearsight.config import Statistics


@dataclass(frozen=True)
class Curve:
    """A binned curve: means and bounds by bin, and the resampled curves behind them.

    Attributes:
        bins: sums by structure.
        value: (bin,) of all structures.
        samples: (sample, bin) of resampled structures.
        low: (bin,) lower bound of the mean.
        high: (bin,) upper bound of the mean.
    """

    bins: DistanceBins
    value: Binned
    samples: Binned
    low: np.ndarray
    high: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """(bin,) mean; NaN where there is no pair."""
        return self.value.mean

    @property
    def n_structures(self) -> int:
        """Number of structures behind it."""
        return len(self.bins.sums)


def curve(dataset: xr.Dataset, name: str, edges: np.ndarray, settings: Statistics) -> Curve:
    """Mean of the magnitude of a pair variable by distance, bootstrapped over structures.

    Args:
        dataset: over ``pair``, with ``distance`` (Å) and ``structure``.
        name: of the variable.
        edges: (bin + 1,) Å.
        settings: of the bootstrap.
    """
    bins = bin_pairs(
        np.abs(dataset[name].to_numpy()),
        dataset["distance"].to_numpy(),
        dataset.variables["structure"].values,
        edges,
    )
    return curve_of(bins, settings)


def curve_of(bins: DistanceBins, settings: Statistics) -> Curve:
    """The curve of bins; the same settings and number of structures give the same draws."""
    n_structures = len(bins.sums)
    weights = bootstrap_weights(n_structures, settings.n_bootstrap, settings.seed)
    samples = bins.binned(weights)
    # Of logarithms: magnitudes are positive, and so shall be their bounds.
    with np.errstate(divide="ignore"):
        low, high = student_bounds(
            np.log(bins.mean), _finite(np.log(samples.mean)), n_structures, settings.confidence
        )
    value = bins.binned(np.ones(n_structures))
    return Curve(bins, value, samples, np.exp(low), np.exp(high))


def floored(shown: Curve, noise: Curve) -> Curve:
    """The curve with its means lifted to the noise: nothing below can be told from zero."""
    value = np.fmax(shown.value.mean, noise.value.mean)
    samples = np.fmax(shown.samples.mean, noise.samples.mean)
    return replace(
        shown,
        value=replace(shown.value, mean=value),
        samples=replace(shown.samples, mean=samples),
    )


def _finite(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)
