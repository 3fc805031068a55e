"""How much more a network's dynamics heats up than the reference engine's, start by start."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.md.analysis.student import FEWEST, mean_band

EXCESS: Final[dict[str, tuple[str, str]]] = {
    "heating_excess": (
        units.TEMPERATURE,
        "kinetic temperature above the reference engine's from the same starts, same time",
    ),
    "potential_energy_excess": (
        units.ENERGY,
        "change of the potential energy beyond the reference engine's, same starts, same time",
    ),
}
"""Columns of the study table with their bounds."""
PAIRS: Final = "heating_pairs"
_SERIES = ("temperature", "potential_energy_change")


@dataclass(frozen=True)
class Excess:
    """Heat beyond the reference engine's.

    Attributes:
        columns: value and bounds of each of ``EXCESS``.
        n_pairs: pairs of replicas from one start.
        reason: why there is no interval; empty where there is.
    """

    columns: dict[str, tuple[float, float, float]]
    n_pairs: int
    reason: str


def heating_excess(own: xr.Dataset, reference: xr.Dataset) -> Excess:
    """Compare replicas from the same geometry and velocities over the blocks that both ran through.

    What a start brings along (a strained geometry heats any force field) is the same in both and
    drops out: each pair counts once, over the time until the first of the two ended.

    Args:
        own: stability file of a variant.
        reference: that of the reference engine on the same data set.
    """
    names = [f"replica_{name}" for name in _SERIES]
    if any(name not in file for file in (own, reference) for name in names):
        return _nothing("the dynamics of the network or of the reference engine is not there")
    rows = _pairs(own, reference)
    times = np.intersect1d(own["block_time"], reference["block_time"])
    # The first block is the start, where both have the same temperature.
    files = [file.sel(block_time=times[times > 0], replica=rows) for file in (own, reference)]
    confidence = float(own.attrs.get("confidence", 0.95))
    columns, known = {}, 0
    for column, name in zip(EXCESS, names, strict=True):
        mine, theirs = (f[name].transpose("replica", "block_time").to_numpy() for f in files)
        pairs = _paired_means(mine - theirs)
        known = int(np.isfinite(pairs).sum())
        value, low, high = mean_band(pairs, confidence)
        columns[column] = float(value), float(low), float(high)
    reason = "" if known >= FEWEST else f"{known} replicas of both from one start, needs {FEWEST}"
    return Excess(columns, known, reason)


def _pairs(own: xr.Dataset, reference: xr.Dataset) -> np.ndarray:
    """Numbers of the replicas that began from one frame in both; their velocities are one seed's.

    The engine runs the first of the starts that the networks run.
    """
    n = min(file.sizes["replica"] for file in (own, reference))
    starts = [file["replica_start_frame"].to_numpy()[:n] for file in (own, reference)]
    return np.flatnonzero((starts[0] == starts[1]) & (starts[0] >= 0))


def _paired_means(difference: np.ndarray) -> np.ndarray:
    """(pair,) mean over the blocks (pair, block) that both have; NaN where none is."""
    known = np.isfinite(difference)
    count = known.sum(axis=1)
    total = np.where(known, difference, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _nothing(reason: str) -> Excess:
    return Excess(dict.fromkeys(EXCESS, (np.nan, np.nan, np.nan)), 0, reason)
