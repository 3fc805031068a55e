r"""Does a run heat up? Kinetic temperature and potential energy against the start.

The start is the frame at time 0: a geometry of the data, velocities drawn. Its kinetic temperature
is exactly that of the settings in every replica, its potential energy the force field's own of that
geometry. At conserved energy one falls as the other rises,

.. math:: \Delta U = -\tfrac{f}{2} k_B \, \Delta T

with f vibrational degrees of freedom: they are one measure in two units, and where they differ
energy is not conserved.
"""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import banded, variable
from nearsight.md.analysis.student import FEWEST, mean_band

FINAL = 100.0
"""fs before an end over which its last values are averaged: about ten periods of a bond to
hydrogen, one of a slow bend."""
BLOCK = 50.0
"""fs over which curves are averaged; longer where a run would have more than ``MOST_BLOCKS``."""
MOST_BLOCKS = 100

_NUMBERS = {
    "heating": (units.TEMPERATURE, "change of the kinetic temperature over the run"),
    "potential_energy_change": (units.ENERGY, "change of the potential energy over the run"),
    "heating_at_end": (units.TEMPERATURE, "the same over the last frames before each end"),
    "potential_energy_change_at_end": (units.ENERGY, "the same over the last frames"),
}
_CURVES = {
    "temperature": (units.TEMPERATURE, "kinetic temperature of the replicas that run"),
    "potential_energy_change": (
        units.ENERGY,
        "potential energy against the start of the replicas that run",
    ),
}


def heating(record: xr.Dataset, confidence: float) -> dict[str, xr.Variable]:
    """Heat of a run: numbers with intervals over replicas, and curves over ``block_time`` (ps).

    Every replica counts once, with the mean over its own frames after the start and before its end:
    one that ended early tells of a shorter time. Curves are means over those that still run,
    ``n_running`` of them; replicas that end are often the hottest, so a curve can fall because of
    who is left. Of each replica the blocks are kept that it ran through as a whole: pairs of
    replicas from one start are compared over the same time.

    Args:
        record: of ``nearsight md``.
        confidence: level of every interval.
    """
    temperature, change = changes(record)
    found = {
        "heating": _over_run(temperature),
        "potential_energy_change": _over_run(change),
        "heating_at_end": _before_end(temperature, record),
        "potential_energy_change_at_end": _before_end(change, record),
    }
    numbers: dict[str, xr.Variable] = {}
    for name, (unit, text) in _NUMBERS.items():
        numbers |= banded(name, mean_band(found[name], confidence), unit, text)
    known = int(np.isfinite(found["heating"]).sum())
    plural = "replica has" if known == 1 else "replicas have"
    reason = "" if known >= FEWEST else f"{known} {plural} a frame after the start, needs {FEWEST}"
    return {
        **numbers,
        "heating_reason": variable((), reason, "", "why heating has no interval"),
        **_curves(record, temperature, change, confidence),
        "replica_start_frame": variable(
            "replica", _start_frames(record), units.ONE, "start geometry among the held-out frames"
        ),
    }


def changes(record: xr.Dataset) -> tuple[np.ndarray, np.ndarray]:
    """(replica, time) kinetic temperature (K) and potential energy (eV) against the start."""
    series = ("replica", "time")
    temperature, energy = (
        record[name].transpose(*series).to_numpy() for name in ("temperature", "potential_energy")
    )
    return temperature - temperature[:, :1], energy - energy[:, :1]


def _over_run(change: np.ndarray) -> np.ndarray:
    """(replica,) mean over the frames after the start and before the end."""
    return _mean(change[:, 1:])


def _before_end(change: np.ndarray, record: xr.Dataset) -> np.ndarray:
    """(replica,) mean over the frames of the last ``FINAL`` fs before the end, the start not."""
    time = record["time"].to_numpy()
    last = np.where(np.isfinite(change), time, -np.inf).max(axis=1)
    late = (time > last[:, None] - FINAL) & (time > 0)
    return _mean(np.where(late, change, np.nan))


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean of the known values of each row; NaN where there is none."""
    known = np.isfinite(values)
    total, count = np.where(known, values, 0.0).sum(axis=-1), known.sum(axis=-1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _curves(
    record: xr.Dataset, heat: np.ndarray, change: np.ndarray, confidence: float
) -> dict[str, xr.Variable]:
    """Both changes in blocks of time, of each replica and over those that run."""
    time = record["time"].to_numpy()
    edges = block_edges(time)
    start = record["temperature"].transpose("replica", "time").to_numpy()[:, :1]
    blocks = {"temperature": heat + start, "potential_energy_change": change}
    found: dict[str, xr.Variable] = {
        "block_time": variable(
            "block_time", _in_blocks(time[None], edges)[0] / units.FS_PER_PS, units.PICOSECOND,
            "middle of a block of frames; the first is the start",
        )
    }  # fmt: skip
    running: np.ndarray = np.zeros(0)
    for name, values in blocks.items():
        unit, text = _CURVES[name]
        own = _in_blocks(values, edges)
        running = np.isfinite(own).sum(axis=0)
        found |= banded(f"block_{name}", mean_band(own, confidence), unit, text, "block_time")
        found[f"replica_{name}"] = variable(("replica", "block_time"), own, unit, f"{text}, each")
    found["n_running"] = variable(
        "block_time", running, units.ONE, "replicas that run through the whole block"
    )
    return found


def block_edges(time: np.ndarray) -> np.ndarray:
    """(block + 1,) indices of frames where blocks begin: the start alone, then equal numbers."""
    n_frames = len(time)
    interval = float(time[1] - time[0]) if n_frames > 1 else BLOCK
    length = max(round(BLOCK / interval), -(-(n_frames - 1) // MOST_BLOCKS), 1)
    return np.unique([0, *range(1, n_frames, length), n_frames])


def _in_blocks(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(replica, block) means; NaN in blocks of which any frame is missing."""
    return np.add.reduceat(values, edges[:-1], axis=1) / np.diff(edges)


def _start_frames(record: xr.Dataset) -> np.ndarray:
    """(replica,) as the record has it; -1 in one that does not."""
    if "start_frame" in record:
        return record["start_frame"].to_numpy()
    return np.full(record.sizes["replica"], -1)
