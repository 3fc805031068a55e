"""Records of dynamics and failures made by hand: three atoms, as many replicas as are told."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight.failures.ended import Ended
from nearsight.failures.forces import Labels
from nearsight.failures.last_good import Good
from nearsight.md.rules.guards import EndKind

NUMBERS = np.array([8, 1, 1])
N_TIMES = 6
FLAGS = {
    "flag_values": [int(kind) for kind in EndKind],
    "flag_meanings": " ".join(kind.code for kind in EndKind),
}


def record_of(ends: Sequence[tuple[EndKind, bool, float, tuple[int, int]]]) -> xr.Dataset:
    """A record whose replicas end so: kind, whether it is an event, fs, and the atoms of the rule.

    Positions and temperatures are numbers from which one can tell where they came from.
    """
    n = len(ends)
    replica, time = np.arange(n), np.arange(N_TIMES, dtype=float)
    position = np.arange(n * 9, dtype=float).reshape(n, 3, 3)
    return xr.Dataset(
        {
            "event": ("replica", [int(event) for _, event, _, _ in ends]),
            "end_kind": ("replica", [int(kind) for kind, _, _, _ in ends], FLAGS),
            "end_time": ("replica", [fs for _, _, fs, _ in ends]),
            "end_atom": (("replica", "two"), [atoms for *_, atoms in ends]),
            "end_position": (("replica", "atom", "xyz"), position),
            "temperature": (("replica", "time"), 100.0 * replica[:, None] + time),
            "atomic_number": ("atom", NUMBERS),
        },
        coords={"time": 250.0 * time},
    )


def ended_of(cause: Sequence[str], atom: Sequence[tuple[int, int]]) -> Ended:
    n = len(cause)
    return Ended(
        replica=np.arange(n),
        cause=np.array(cause),
        time=np.arange(n, dtype=float),
        atom=np.array(atom).reshape(n, 2),
        position=np.full((n, 3, 3), np.nan),
    )


def good_of(position: np.ndarray, frame: Sequence[int], kept: Sequence[bool]) -> Good:
    return Good(np.array(frame), position, np.array(kept))


def labels_of(energy: Sequence[float], force: np.ndarray) -> Labels:
    known = np.isfinite(energy)
    return Labels(np.array(energy), force, ["" if k else "no engine" for k in known])
