"""Numbers of relevance with intervals over structures."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.decay.bins import bin_edges
from nearsight.collect.decay.curve import Curve, curve
from nearsight.collect.decay.result import Decay, decay_of
from nearsight.collect.decay.windows import relevance_windows
from nearsight.collect.intervals import NOTHING, Interval, mean_interval
from nearsight.collect.ranks import partial_spearman
from nearsight.collect.shares import body_order_share, constants_shares, effective_body_order
from nearsight.config import Statistics
from nearsight.labels import banded, variable

SETTINGS = Statistics()
SHARE = 0.9
"""Of the relevance of pairs that the reach holds, as ``relevance_range_90`` of a study."""


@dataclass(frozen=True)
class Measures:
    """What is told of the relevance of a model.

    Attributes:
        conservation: error of the sum of everything, over the sizes that are summed.
        reach: Å within which pairs hold ``SHARE`` of their relevance, with bounds.
        decay: of the relevance of pairs over distance.
        body_order: mean number of distinct atoms on a walk by |relevance|, with bounds.
        constants: |constants| in |walks| + |constants|, with bounds.
        agreement: rank correlation with the response at equal distance, with bounds.
        curves: binned relevance, and shares by body order.
    """

    conservation: float
    reach: Interval
    decay: Decay
    body_order: Interval
    constants: Interval
    agreement: Interval
    curves: xr.Dataset


def measures_of(table: xr.Dataset, response: np.ndarray, cutoff: float) -> Measures:
    """All of them.

    Args:
        table: relevance of the structures.
        response: (pair,) eV/Å² of the same pairs.
        cutoff: of the model in Å, infinite where it has none.
    """
    confidence = SETTINGS.confidence
    edges = bin_edges(SETTINGS.bin_width, float(table["distance"].max()))
    shown = curve(table, "relevance", edges, SETTINGS)
    decay = decay_of(shown, relevance_windows(shown, cutoff, SETTINGS), SETTINGS)
    known = bool(np.isfinite(table["absolute_bodies"]).all())
    return Measures(
        conservation=conservation(table),
        reach=mean_interval(
            np.array([reach(*pairs[:2]) for pairs in by_structure(table, response)]),
            confidence=confidence,
            least=0.0,
        ),
        decay=decay,
        body_order=effective_body_order(table["absolute_bodies"].to_numpy(), SETTINGS),
        constants=constants_shares(table, SETTINGS)["constants_share_of_sizes"]
        if known
        else NOTHING,
        agreement=mean_interval(
            np.array([agreement(*pairs) for pairs in by_structure(table, response)]),
            confidence=confidence,
            least=-1.0,
            most=1.0,
        ),
        curves=_curves(table, shown, known),
    )


def conservation(table: xr.Dataset) -> float:
    """Largest error of the sum of walks and constants, over the sizes that are summed."""
    parts = ("walks", "bias", "vector", "readout_bias", "leak", "output")
    sizes = sum(np.abs(table[name].to_numpy()) for name in parts)
    error = table["conservation_error"].to_numpy()
    return float(np.max(error / np.maximum(sizes, np.finfo(float).tiny)))


def by_structure(
    table: xr.Dataset, response: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Distance (Å), size of the relevance and response of the pairs of each structure.

    Args:
        table: relevance of the structures.
        response: (pair,) eV/Å² of the same pairs.
    """
    own = table.variables["structure"].values
    distance, size = table["distance"].to_numpy(), np.abs(table["relevance"].to_numpy())
    for k in range(int(own.max()) + 1):
        yield distance[own == k], size[own == k], response[own == k]


def reach(distance: np.ndarray, size: np.ndarray) -> float:
    """Å within which pairs hold ``SHARE`` of the sum of sizes; NaN where there is nothing.

    Args:
        distance: (pair,) Å.
        size: (pair,) of the relevance.
    """
    order = np.argsort(distance)
    total = np.cumsum(size[order])
    if not len(total) or not total[-1] > 0:
        return np.nan
    return float(distance[order][np.searchsorted(total, SHARE * total[-1])])


def agreement(distance: np.ndarray, size: np.ndarray, response: np.ndarray) -> float:
    """Rank correlation of relevance and response once the distance is held fixed.

    Args:
        distance: (pair,) Å.
        size: (pair,) of the relevance; pairs that no walk connects are left out.
        response: (pair,) eV/Å².
    """
    known = (size > 0) & np.isfinite(response)
    return partial_spearman(size[known], response[known], distance[known])


def _curves(table: xr.Dataset, shown: Curve, known: bool) -> xr.Dataset:
    edges, unit = shown.bins.edges, str(table["relevance"].attrs["units"])
    band = np.stack([shown.mean, shown.low, shown.high])
    found = {
        "bin_distance": variable(
            "bin", (edges[1:] + edges[:-1]) / 2, units.LENGTH, "middle of a bin of distance"
        ),
        **banded("bin_relevance", band, unit, "mean |relevance| of the pairs of a bin", "bin"),
    }
    if known:
        shares = body_order_share(table, SETTINGS)
        found |= banded(
            "body_order_share", shares.T, units.ONE, "share of |relevance| by body order", "n_atoms"
        )
    return xr.Dataset(found)
