"""Bins of distance: sums by structure, which are resampled, and quantiles over all pairs."""

from dataclasses import dataclass

import numpy as np

QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class DistanceBins:
    """Sums and counts of a pair quantity by structure and distance bin.

    Attributes:
        edges: (bin + 1,) Å.
        sums: (structure, bin) sum of the quantity over the pairs of a bin.
        counts: (structure, bin) number of those pairs.
        distance: (bin,) mean distance of those pairs in Å, where a fit puts the bin: pairs do not
            lie evenly in a bin. NaN where it is empty.
        quantiles: (3, bin) 10, 50 and 90 % of the quantity over the pairs of all structures.
    """

    edges: np.ndarray
    sums: np.ndarray
    counts: np.ndarray
    distance: np.ndarray
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

    def resampled_means(self, weights: np.ndarray) -> np.ndarray:
        """(sample, bin) means when structure s counts ``weights[sample, s]`` times."""
        return _ratio(weights @ self.sums, weights @ self.counts)


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
    sums = np.bincount(flat, weights=values, minlength=n_structures * n_bins)
    counts = np.bincount(flat, minlength=n_structures * n_bins)
    shape = (n_structures, n_bins)
    placed = np.bincount(index, weights=distance, minlength=n_bins)
    return DistanceBins(
        edges,
        sums.reshape(shape),
        counts.reshape(shape),
        _ratio(placed, np.bincount(index, minlength=n_bins)),
        _quantiles(values, index, n_bins),
    )


def bin_index(distance: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(pair,) bin of each distance; -1 outside all."""
    index = np.searchsorted(edges, distance, side="right") - 1
    return np.where(index < len(edges) - 1, index, -1)


def bin_edges(width: float, largest: float) -> np.ndarray:
    """Edges from 0 in steps of ``width`` (Å) that cover ``largest``."""
    return width * np.arange(int(np.floor(largest / width)) + 2)


def _quantiles(values: np.ndarray, index: np.ndarray, n_bins: int) -> np.ndarray:
    found = np.full((len(QUANTILES), n_bins), np.nan)
    for k in np.unique(index):
        found[:, k] = np.quantile(values[index == k], QUANTILES)
    return found


def _ratio(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
