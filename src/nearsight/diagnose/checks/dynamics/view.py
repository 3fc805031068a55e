"""What of dynamics is shown on the molecule: every replica until it broke."""

import numpy as np
import xarray as xr

from nearsight.diagnose.check import View
from nearsight.diagnose.checks.dynamics.ends_in_words import CAUSES, named
from nearsight.page import Replica

WORDS = (
    "Replicas at constant energy; of those that a rule ended the last frame is the first that "
    "breaks it, with the atoms that did."
)


def view(table: xr.Dataset) -> View:
    """The replicas, those that ended first and the earliest of them before the others.

    Args:
        table: of the check.
    """
    if "trajectory" not in table:
        return View()
    order = np.lexsort((table["end_time"].to_numpy(), 1 - table["replica_ended"].to_numpy()))
    known = table["trajectory_time"].notnull().any("moment").to_numpy()
    return View(replicas=[replica_of(table, int(k)) for k in order if known[k]], words=WORDS)


def replica_of(table: xr.Dataset, k: int) -> Replica:
    """One of them.

    Args:
        table: of the check.
        k: which one.
    """
    own = table.isel(replica=k)
    position = own["trajectory"].transpose("moment", "atom", "xyz").to_numpy()
    known = np.isfinite(position).all(axis=(1, 2))
    atoms = own["guilty_atom"].to_numpy()
    return Replica(
        title=f"replica {k}",
        time=own["trajectory_time"].to_numpy()[known],
        position=position[known],
        end=end_in_words(own),
        guilty=tuple(int(atom) for atom in atoms if atom >= 0),
        frames_before=int(own["n_frames"]),
    )


def end_in_words(own: xr.Dataset) -> str:
    """How a replica ended.

    Args:
        own: its part of the table.
    """
    cause, time = str(own["end_cause"].item()), float(own["end_time"])
    if not int(own["replica_ended"]):
        return f"holds for {time:.3g} ps"
    atoms = named(own["guilty_atom"].to_numpy(), own["atomic_number"].to_numpy())
    return f"{CAUSES.get(cause, cause)}{f' ({atoms})' if atoms else ''} after {time:.3g} ps"
