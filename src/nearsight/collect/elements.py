"""Strength of interactions by element and by pair of elements, at equal distance."""

import numpy as np
import xarray as xr
from ase.data import chemical_symbols

from nearsight import units
from nearsight.collect.decay.bins import bin_index
from nearsight.collect.intervals import bootstrap_weights, student_bounds
from nearsight.config import Statistics
from nearsight.labels import banded, variable

Band = tuple[np.ndarray, np.ndarray, np.ndarray]


def element_strength(relevance: xr.Dataset, settings: Statistics) -> xr.Dataset:
    """``element_relevance(element)`` with bounds: |one-body relevance| over that of all atoms.

    Args:
        relevance: table with the constant walks over ``site``.
        settings: of the bootstrap.
    """
    if "site_relevance" not in relevance:
        return xr.Dataset()
    structure = relevance.variables["site_structure"].values
    size = np.abs(relevance["site_relevance"].to_numpy())
    symbols = np.array([chemical_symbols[z] for z in relevance["site_atomic_number"].to_numpy()])
    names = np.unique(symbols)
    everything = _sums(size, structure, np.ones(len(size), dtype=bool))
    own = [_sums(size, structure, symbols == name) for name in names]
    weights = _weights(everything[0], settings)
    value, samples = zip(*(_ratios(one, everything, weights) for one in own), strict=True)
    band = _bounds(np.array(value), np.stack(samples, axis=1), len(weights[0]), settings)
    text = "|one-body relevance| of an element over that of all atoms"
    return xr.Dataset(
        banded("element_relevance", band, units.ONE, text, "element"),
        coords={"element": variable("element", names, "", "element")},
    )


def pair_strength(
    table: xr.Dataset, name: str, result: str, edges: np.ndarray, window: np.ndarray,
    settings: Statistics,
) -> xr.Dataset:  # fmt: skip
    """Strength of pairs of elements at equal distance, with bounds.

    In each bin the mean magnitude of a pair of elements is divided by that of all pairs; the
    result is the geometric mean over the bins that have both.

    Args:
        table: over ``pair`` with distance, elements and the variable ``name``.
        name: what to compare.
        result: name of the result, over ``element_pair``.
        edges: (bin + 1,) Å.
        window: (bin,) bins to compare in.
        settings: of the bootstrap.
    """
    if name not in table or "atomic_number" not in table or not window.any():
        return xr.Dataset()
    labels = _pair_labels(table)
    names = np.unique(labels)
    structure = table.variables["structure"].values
    size, index = np.abs(table[name].to_numpy()), bin_index(table["distance"].to_numpy(), edges)
    bins = np.flatnonzero(window)
    everything = _binned(size, structure, index, np.ones(len(size), dtype=bool), bins)
    weights = _weights(everything[0], settings)
    value, samples = [], []
    for label in names:
        own = _binned(size, structure, index, labels == label, bins)
        ones = np.ones((1, len(own[0])))
        value.append(_geometric(own, everything, ones)[0])
        samples.append(_geometric(own, everything, weights))
    band = _bounds(np.array(value), np.stack(samples, axis=1), len(weights[0]), settings)
    text = f"{name.replace('_', ' ')} of a pair of elements over that of all pairs, equal distance"
    return xr.Dataset(
        banded(result, band, units.ONE, text, "element_pair"),
        coords={"element_pair": variable("element_pair", names, "", "pair of elements")},
    )


def _pair_labels(table: xr.Dataset) -> np.ndarray:
    """(pair,) for example ``C-H``, in alphabetical order."""
    first, second = (
        [chemical_symbols[z] for z in table[name].to_numpy()]
        for name in ("atomic_number", "atomic_number_other")
    )
    return np.array(["-".join(sorted(pair)) for pair in zip(first, second, strict=True)])


def _sums(
    size: np.ndarray, structure: np.ndarray, chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(structure,) sum and count of the chosen rows."""
    n = int(structure.max()) + 1
    rows = structure[chosen]
    return np.bincount(rows, size[chosen], n), np.bincount(rows, minlength=n)


def _binned(
    size: np.ndarray, structure: np.ndarray, index: np.ndarray, chosen: np.ndarray, bins: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(structure, bin) sum and count of the chosen rows."""
    columns = [_sums(size, structure, chosen & (index == k)) for k in bins]
    sums, counts = zip(*columns, strict=True)
    return np.stack(sums, axis=1), np.stack(counts, axis=1)


def _weights(by_structure: np.ndarray, settings: Statistics) -> np.ndarray:
    return bootstrap_weights(len(by_structure), settings.n_bootstrap, settings.seed)


def _ratios(
    own: tuple[np.ndarray, np.ndarray], every: tuple[np.ndarray, np.ndarray], weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Ratio of two means and its bootstrap samples."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, mean_all = ((weights @ sums) / (weights @ counts) for sums, counts in (own, every))
        value = (own[0].sum() / own[1].sum()) / (every[0].sum() / every[1].sum())
        return float(value), mean / mean_all


def _geometric(
    own: tuple[np.ndarray, np.ndarray], every: tuple[np.ndarray, np.ndarray], weights: np.ndarray
) -> np.ndarray:
    """(sample,) geometric mean over bins of the ratio of means."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, mean_all = ((weights @ sums) / (weights @ counts) for sums, counts in (own, every))
        logs = np.log(mean / mean_all)
    known = np.isfinite(logs)
    count = known.sum(axis=1)
    total = np.where(known, logs, 0.0).sum(axis=1)
    return np.where(count > 0, np.exp(total / np.maximum(count, 1)), np.nan)


def _bounds(
    value: np.ndarray, samples: np.ndarray, n_structures: int, settings: Statistics
) -> Band:
    """Value and bounds of positive ratios, from their logarithms."""
    with np.errstate(invalid="ignore", divide="ignore"):
        logs, log_samples = np.log(value), np.log(samples)
    finite = np.where(np.isfinite(log_samples), log_samples, np.nan)
    low, high = student_bounds(logs, finite, n_structures, settings.confidence)
    return value, np.exp(low), np.exp(high)
