"""The replicas that a rule ended: when, by which rule, at which atoms."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from ase.data import chemical_symbols

from nearsight import units
from nearsight.md.analysis.ends import kind_names

NONE = -1
"""In place of an atom where a rule names none."""
OF_A_LONE_ATOM = "isolated"
"""The rule of one atom whose other is the one that was next to it."""


@dataclass(frozen=True, eq=False)
class Ended:
    """Ends that were failures, in the order of the replicas.

    Attributes:
        replica: (failure,) number of the replica.
        cause: (failure,) name of the rule.
        time: (failure,) ps.
        atom: (failure, 2) atoms of the rule, -1 where it names none.
        position: (failure, atom, 3) Å at which the rule held first.
    """

    replica: np.ndarray
    cause: np.ndarray
    time: np.ndarray
    atom: np.ndarray
    position: np.ndarray

    def __len__(self) -> int:
        return len(self.replica)


def ended(record: xr.Dataset) -> Ended:
    """Out of a record of ``nearsight md``."""
    rows = np.flatnonzero(record["event"].to_numpy())
    return Ended(
        replica=rows,
        cause=kind_names(record["end_kind"])[rows].astype(str),
        time=record["end_time"].to_numpy()[rows] / units.FS_PER_PS,
        atom=record["end_atom"].transpose("replica", "two").to_numpy()[rows].astype(int),
        position=record["end_position"].transpose("replica", "atom", "xyz").to_numpy()[rows],
    )


def blamed_pairs(ends: Ended, good: np.ndarray) -> np.ndarray:
    """(failure, 2) the pair of each failure; -1 where no pair is to blame.

    That of the rule. An atom that has left is paired with the one that it was next to in the last
    good frame. Rules on energies and on values that are no numbers name no pair.

    Args:
        ends: the failures.
        good: (failure, atom, 3) Å of their last good frames.
    """
    pair = ends.atom.copy()
    for row in np.flatnonzero(ends.cause == OF_A_LONE_ATOM):
        atom = pair[row, 0]
        distance = np.linalg.norm(good[row] - good[row, atom], axis=1)
        distance[atom] = np.inf
        pair[row, 1] = int(distance.argmin())
    pair[(pair < 0).any(axis=1)] = NONE
    return np.sort(pair, axis=1)


def element_pair(pair: np.ndarray, atomic_number: np.ndarray) -> str:
    """Elements of a pair (2,), as ``C-H``, in the order of the alphabet; empty without one."""
    if (pair < 0).any():
        return ""
    return "-".join(sorted(chemical_symbols[atomic_number[k]] for k in pair))
