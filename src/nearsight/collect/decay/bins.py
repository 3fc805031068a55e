"""Bins of distance: sums by structure, which are resampled, and quantiles over all pairs."""

from dataclasses import dataclass, replace

import numpy as np

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Binned:
    """Means by bin, of a sample or of many resampled ones (leading dimensions).

    Attributes:
        mean: (..., bin) mean of the quantity over pairs; NaN where a bin is empty.
        count: (..., bin) pairs.
        log_distance: (..., bin) mean of log r (r in Å).
        log_variance: (..., bin) variance of log r within the bin.
        distance: (..., bin) mean of r in Å.
        variance: (..., bin) variance of r within the bin in Å².
    """

    mean: np.ndarray
    count: np.ndarray
    log_distance: np.ndarray
    log_variance: np.ndarray
    distance: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class DistanceBins:
    """Sums and counts of a pair quantity by structure and distance bin.

    Attributes:
        edges: (bin + 1,) Å.
        sums: (structure, bin) sum of the quantity over the pairs of a bin.
        counts: (structure, bin) number of those pairs.
        moments: (4, structure, bin) sums of log r, (log r)², r and r² over those pairs: where in
            its bin a pair lies decides what the mean over a steep law is.
        quantiles: (3, bin) 10, 50 and 90 % of the quantity over the pairs of all structures.
    """

    edges: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    moments: np.ndarray
    quantiles: np.ndarray

    @property
    def count(self) -> np.ndarray:
        """(bin,) pairs over all structures."""
        return self.counts.sum(axis=0)

    @property
    def mean(self) -> np.ndarray:
        """(bin,) mean over pairs; NaN where a bin is empty."""
        return _ratio(self.sums.sum(axis=0), self.count)

    @property
    def median(self) -> np.ndarray:
        """(bin,) median over pairs; NaN where a bin is empty."""
        return self.quantiles[QUANTILES.index(0.5)]

    def pooled(self, merged: np.ndarray) -> "DistanceBins":
        """The same with each of the merged bins (bin,) holding the pairs of all of them."""

        def spread(values: np.ndarray) -> np.ndarray:
            together = values[..., merged].sum(axis=-1, keepdims=True)
            return np.where(merged, together, values)

        return replace(
            self,
            sums=spread(self.sums),
            counts=spread(self.counts),
            moments=spread(self.moments),
        )

    def binned(self, weights: np.ndarray) -> Binned:
        """(sample, bin) means when structure s counts ``weights[sample, s]`` times."""
        count = weights @ self.counts
        log, log_square, plain, square = (_ratio(weights @ m, count) for m in self.moments)
        return Binned(
            _ratio(weights @ self.sums, count),
            count,
            log,
            np.maximum(log_square - np.square(log), 0.0),
            plain,
            np.maximum(square - np.square(plain), 0.0),
        )


def bin_pairs(
    values: np.ndarray, distance: np.ndarray, structure: np.ndarray, edges: np.ndarray
) -> DistanceBins:
    """Sort pairs into bins [edge, next edge); pairs outside all bins are left out.

    Args:
        values: (pair,) quantity.
        distance: (pair,) Å.
        structure: (pair,) index of the structure, from 0 without gaps.
        edges: (bin + 1,) Å, increasing.
    """
    n_structures, n_bins = int(structure.max()) + 1, len(edges) - 1
    index = bin_index(distance, edges)
    inside = index >= 0
    index, values, distance = index[inside], values[inside], distance[inside]
    flat = structure[inside] * n_bins + index

    def by_bin(weights: np.ndarray | None) -> np.ndarray:
        found = np.bincount(flat, weights=weights, minlength=n_structures * n_bins)
        return found.reshape(n_structures, n_bins)

    log = np.log(np.where(distance > 0, distance, 1.0))
    moments = [by_bin(x) for x in (log, np.square(log), distance, np.square(distance))]
    return DistanceBins(
        edges,
        by_bin(values),
        by_bin(None),
        np.stack(moments),
        _quantiles(values, index, n_bins),
    )


def bin_index(distance: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(pair,) bin of each distance; -1 outside all."""
    index = np.searchsorted(edges, distance, side="right") - 1
    return np.where(index < len(edges) - 1, index, -1)


def bin_edges(width: float, largest: float) -> np.ndarray:
    """(bin + 1,) edges from 0 in steps of ``width`` (Å) that cover ``largest``.

    Args:
        width: of a bin, Å.
        largest: distance that must lie in a bin, Å.
    """
    return width * np.arange(int(np.floor(largest / width)) + 2)


def _quantiles(values: np.ndarray, index: np.ndarray, n_bins: int) -> np.ndarray:
    found = np.full((len(QUANTILES), n_bins), np.nan)
    for k in np.unique(index):
        found[:, k] = np.quantile(values[index == k], QUANTILES)
    return found


def _ratio(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
