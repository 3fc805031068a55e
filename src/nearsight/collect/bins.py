"""Bins of distance with bootstrap over structures: pairs of one structure are not independent."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class DistanceBins:
    """Sums and counts of a pair quantity by structure and distance bin.

    Attributes:
        edges: (bin + 1,) Å.
        sums: (structure, bin) sum of the quantity over the pairs of a bin.
        counts: (structure, bin) number of those pairs.
    """

    edges: np.ndarray
    sums: np.ndarray
    counts: np.ndarray

    @property
    def centres(self) -> np.ndarray:
        """(bin,) Å."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def count(self) -> np.ndarray:
        """(bin,) pairs over all structures."""
        return self.counts.sum(axis=0)

    @property
    def mean(self) -> np.ndarray:
        """(bin,) mean over pairs; NaN where a bin is empty."""
        return _ratio(self.sums.sum(axis=0), self.count)

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
    index = np.searchsorted(edges, distance, side="right") - 1
    inside = (index >= 0) & (index < n_bins)
    flat = structure[inside] * n_bins + index[inside]
    sums = np.bincount(flat, weights=values[inside], minlength=n_structures * n_bins)
    counts = np.bincount(flat, minlength=n_structures * n_bins)
    shape = (n_structures, n_bins)
    return DistanceBins(edges, sums.reshape(shape), counts.reshape(shape))


def bin_edges(width: float, largest: float) -> np.ndarray:
    """Edges from 0 in steps of ``width`` (Å) that cover ``largest``."""
    return width * np.arange(int(np.floor(largest / width)) + 2)


def bootstrap_weights(n_structures: int, n_bootstrap: int, seed: int) -> np.ndarray:
    """(sample, structure) how often each structure is drawn in each bootstrap sample."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_structures, np.full(n_structures, 1 / n_structures), n_bootstrap)


def percentile_interval(samples: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentile bounds along the first axis; NaN where fewer than half of the samples exist."""
    tail = 50 * (1 - confidence)
    enough = np.isfinite(samples).mean(axis=0) >= 0.5
    filled = np.where(enough, samples, 0.0)
    low, high = np.nanpercentile(filled, [tail, 100 - tail], axis=0)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def _ratio(sums: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
