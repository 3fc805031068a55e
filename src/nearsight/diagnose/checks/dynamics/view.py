"""Replicas as trajectories that play to their end."""

import numpy as np
import xarray as xr

from nearsight.diagnose.check import View
from nearsight.page import Replica


def view(table: xr.Dataset) -> View:
    """A trajectory of each replica, up to the frame in which it broke.

    Args:
        table: of the check; without trajectories there is nothing to show.
    """
    if "trajectory" not in table:
        return View()
    replicas = [_replica(table.isel(replica=k), k) for k in range(table.sizes["replica"])]
    return View(replicas=[replica for replica in replicas if replica is not None])


def _replica(one: xr.Dataset, number: int) -> Replica | None:
    time = one["trajectory_time"].to_numpy()
    position = one["trajectory"].to_numpy().astype(float)
    there = np.isfinite(time) & np.isfinite(position).all(axis=(1, 2))
    if not there.any():
        return None
    return Replica.thinned(
        f"replica {number}",
        time[there],
        position[there],
        end=str(one["end_cause"].item()),
        guilty=[int(atom) for atom in one["guilty_atom"].to_numpy() if atom >= 0],
    )
