"""The last good frame of a replica: as far from every rule as half of what the rule allows."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import xarray as xr
from MDAnalysis import Universe

from nearsight.md.record.reopened import frames_before_end, open_replicas
from nearsight.md.rules.guards import Guards
from nearsight.md.rules.positions import distances

MARGIN = 0.5
"""Share of what a rule allows that a good frame may use up."""
_AT_ONCE = 100


@dataclass(frozen=True, eq=False)
class Good:
    """Last good frames.

    Attributes:
        frame: (failure,) number of the frame in the trajectory and in the record.
        position: (failure, atom, 3) Å, of single precision.
        kept: (failure,) whether it keeps the margin; the start does not where it is all there is.
    """

    frame: np.ndarray
    position: np.ndarray
    kept: np.ndarray


def last_good(
    record: xr.Dataset, trajectories: Path, replica: np.ndarray, guards: Guards, nearest: np.ndarray
) -> Good:
    """The last frame before each end that uses up at most half of what the rules allow.

    Bonds are off their mean length by at most half of the limit. Atoms that are not bonded are at
    least halfway between the limit of a contact or a new bond and the closest that they are in the
    training data. The total energy is off by at most half of its limit, the temperature at most
    half of its own. Where no frame is so, it is the start, which is a frame of the data.

    Args:
        record: of the run.
        trajectories: folder of the same run.
        replica: (failure,) which replicas.
        guards: the rules of the run.
        nearest: (atom, atom) smallest distances in the training data in Å.

    Raises:
        MissingFileError, CorruptFileError: trajectories are not there or not whole.
    """
    energetic = calm_energies(record, guards)
    with_frames = np.flatnonzero(frames_before_end(record))
    rows = {int(r): k for k, r in enumerate(replica)}
    frame = np.zeros(len(replica), dtype=int)
    kept = np.zeros(len(replica), dtype=bool)
    position = np.full((len(replica), record.sizes["atom"], 3), np.nan)
    for number, (universe, n) in zip(with_frames, open_replicas(trajectories, record), strict=True):
        row = rows.get(int(number))
        if row is None:
            continue
        found = _search(universe, n, energetic[number], guards, nearest)
        frame[row], kept[row] = max(found, 0), found >= 0
        position[row] = universe.trajectory[frame[row]].positions
    return Good(frame, position, kept)


def nearest_distances(position: np.ndarray) -> np.ndarray:
    """(atom, atom) smallest distances in Å over frames (frame, atom, 3); infinite of itself."""
    parts = torch.from_numpy(position).split(_AT_ONCE)
    return torch.stack([distances(part).amin(0) for part in parts]).amin(0).numpy()


def calm(position: np.ndarray, guards: Guards, nearest: np.ndarray) -> np.ndarray:
    """(frame,) whether positions keep the margin of every rule on them.

    Args:
        position: (frame, atom, 3) Å.
        guards: the rules of the run.
        nearest: (atom, atom) smallest distances in the training data in Å.
    """
    distance = distances(torch.from_numpy(position.astype(np.float64)))
    i, j = guards.bond.unbind(-1)
    allowed = MARGIN * float(guards.bond_limits[guards.main])
    bonds = ((distance[:, i, j] - guards.bond_length).abs() <= allowed).all(-1)
    # No margin of a pair that is closer in the data than the rule allows.
    closest = guards.closest()
    least = closest + MARGIN * (torch.from_numpy(nearest) - closest).clamp(min=0)
    least[i, j] = least[j, i] = 0.0
    apart = (distance >= least).flatten(1).all(1)
    together = (distance.amin(-1) <= guards.isolation).all(-1)
    good: np.ndarray = (bonds & apart & together).numpy()
    return good


def calm_energies(record: xr.Dataset, guards: Guards) -> np.ndarray:
    """(replica, time) whether total energy and temperature keep the margin."""
    total = (record["potential_energy"] + record["kinetic_energy"]).transpose("replica", "time")
    change = np.abs((total - total.isel(time=0)).to_numpy())
    temperature = record["temperature"].transpose("replica", "time").to_numpy()
    return (change <= MARGIN * guards.energy_deviation) & (
        temperature <= MARGIN * guards.temperature_limit
    )


def _search(
    universe: Universe, n_frames: int, energetic: np.ndarray, guards: Guards, nearest: np.ndarray
) -> int:
    """Number of the last good frame, -1 where there is none; from the end, since it is near."""
    for stop in range(n_frames, 0, -_AT_ONCE):
        first = max(0, stop - _AT_ONCE)
        frames = universe.trajectory[first:stop]
        position = np.stack([moment.positions.copy() for moment in frames])
        good = np.flatnonzero(calm(position, guards, nearest) & energetic[first:stop])
        if len(good):
            return int(first + good[-1])
    return -1
