"""How far relevance goes: shares by range and reach, and the range that holds most of it."""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.intervals import NOTHING, Interval, bootstrap_weights, student_interval
from nearsight.config import Statistics
from nearsight.labels import variable

HELD = (50, 90, 99)
"""Percent of |relevance| that a range holds."""


def range_holding(relevance: xr.Dataset, settings: Statistics) -> dict[str, Interval]:
    """Ranges (Å) of the walks that hold 50, 90 and 99 % of |relevance|, by name.

    Inside a bin relevance is taken to lie evenly.
    """
    names = [f"relevance_range_{percent}" for percent in HELD]
    sums = _by_range(relevance)
    if sums is None:
        return dict.fromkeys(names, NOTHING)
    upper = relevance["range"].to_numpy()
    edges = np.concatenate([[2 * upper[0] - upper[1] if len(upper) > 1 else 0.0], upper])
    weights = bootstrap_weights(len(sums), settings.n_bootstrap, settings.seed)
    samples = weights @ sums
    return {
        name: student_interval(
            _holding(sums.sum(axis=0), edges, percent / 100),
            np.array([_holding(sample, edges, percent / 100) for sample in samples]),
            len(sums),
            settings.confidence,
            least=0.0,
        )
        for name, percent in zip(names, HELD, strict=True)
    }


def range_shares(relevance: xr.Dataset) -> xr.Dataset:
    """``range_share(n_atoms, range)`` and ``reach_share(reach)`` of the sum of |relevance|."""
    if _by_range(relevance) is None:
        return xr.Dataset()
    by_range = relevance["absolute_range"].sum("structure")
    by_reach = relevance["absolute_reach"].sum("structure")
    return xr.Dataset(
        {
            "range_share": variable(
                ("n_atoms", "range"),
                (by_range / by_range.sum()).to_numpy(),
                units.ONE,
                "share of |relevance| by body order and range of the walk",
            ),
            "reach_share": variable(
                ("reach",),
                (by_reach / by_reach.sum()).to_numpy(),
                units.ONE,
                "share of |relevance| by reach of the walk",
            ),
        },
        coords={name: relevance[name].variable for name in ("n_atoms", "range", "reach")},
    )


def _by_range(relevance: xr.Dataset) -> np.ndarray | None:
    """(structure, range) sums of |relevance|; None where they are not known."""
    if "absolute_range" not in relevance:
        return None
    sums = relevance["absolute_range"].sum("n_atoms", skipna=False).to_numpy()
    return sums if np.isfinite(sums).all() and sums.sum() > 0 else None


def _holding(sums: np.ndarray, edges: np.ndarray, share: float) -> float:
    cumulative = np.concatenate([[0.0], np.cumsum(sums)])
    return float(np.interp(share * cumulative[-1], cumulative, edges))
