"""Replicas of a network as trajectories that play to where they broke."""

from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.errors import NearsightError
from nearsight.page import Replica
from nearsight.report.results import Results
from nearsight.storage import read_dataset

MOST_REPLICAS: Final = 5
"""Of one network: those that broke first, and one that did not where there is one."""
MOST_FRAMES: Final = 60
SURVIVED: Final = "survived"


def replicas_of(
    results: Results, model: str, atomic_number: np.ndarray, frames: int
) -> list[Replica]:
    """The replicas that tell most, thinned.

    Args:
        results: the study.
        model: data set and variant.
        atomic_number: (atom,) of the structure that is shown; dynamics of others have no place.
        frames: that all of them together may hold.
    """
    try:
        record = read_dataset(results.of_model(model, "dynamics.nc"))
    except NearsightError:
        return []
    folder = results.of_model(model, "trajectories")
    if "end_time" not in record or not np.array_equal(record["atomic_number"], atomic_number):
        return []
    chosen = chosen_replicas(record)
    most = max(2, min(MOST_FRAMES, frames // max(1, len(chosen))))
    found = [_replica(record, folder, replica, most) for replica in chosen]
    return [replica for replica in found if replica is not None]


def chosen_replicas(record: xr.Dataset, most: int = MOST_REPLICAS) -> list[int]:
    """Numbers of replicas: first those that broke, the earliest first, then one that held.

    Args:
        record: ``dynamics.nc``.
        most: of them.
    """
    kinds = record["end_kind"].to_numpy().astype(str)
    order = np.argsort(record["end_time"].to_numpy(), kind="stable")
    broken = [int(k) for k in order if kinds[k] != SURVIVED]
    whole = [int(k) for k in order if kinds[k] == SURVIVED]
    if not broken:
        return whole[: min(2, most)]
    return broken[: most - 1] + whole[:1] if whole else broken[:most]


def _replica(record: xr.Dataset, folder: Path, number: int, most: int) -> Replica | None:
    files = sorted(folder.glob("replica_*.nc"))
    if number >= len(files):
        return None
    # AMBER's NetCDF convention: positions in Å, time in ps.
    with xr.open_dataset(files[number], decode_times=False, engine="scipy") as kept:
        position = kept["coordinates"].to_numpy().astype(float)
        time = kept["time"].to_numpy().astype(float)
    kind = str(record["end_kind"].to_numpy()[number])
    end_time = float(record["end_time"][number]) / units.FS_PER_PS
    guilty: tuple[int, ...] = ()
    end = f"held to the end, {end_time:.3g} ps"
    if kind != SURVIVED:
        end = f"{kind.replace('_', ' ')} at {end_time:.3g} ps"
        guilty = tuple(int(k) for k in record["end_atom"].to_numpy()[number] if k >= 0)
        last = record["end_position"].to_numpy()[number].astype(float)
        if np.isfinite(last).all() and (not len(time) or end_time > time[-1]):
            position, time = np.concatenate([position, last[None]]), np.append(time, end_time)
    if not len(time):
        return None
    return Replica.thinned(
        f"replica {number}: {end}", time, position, end=end, guilty=guilty, most=most
    )
