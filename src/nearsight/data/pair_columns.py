"""Which pairs of atoms a table speaks of: structure, atoms, elements and distance."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.labels import variable

_TEXT = {
    "structure": (units.ONE, "index of the structure"),
    "atom": (units.ONE, "first atom of the pair"),
    "atom_other": (units.ONE, "second atom of the pair"),
    "atomic_number": (units.ONE, "nuclear charge of the first atom"),
    "atomic_number_other": (units.ONE, "nuclear charge of the second atom"),
    "distance": (units.LENGTH, "distance of the pair"),
}

PAIR_COLUMNS = tuple(_TEXT)
"""Their names, in order."""

PAIR_KIND = {name: (("pair",), "f" if name == "distance" else "i") for name in PAIR_COLUMNS}
"""Dimensions and kind of number of each, for :class:`nearsight.storage.Kind`."""


def pair_columns(
    structures: Sequence[tuple[np.ndarray, np.ndarray]], *, first: int = 0
) -> dict[str, xr.Variable]:
    """Columns over ``pair``: the pairs i < j of one structure after the other.

    Args:
        structures: of each, nuclear charges (atom,) and distances of its pairs (pair,) in Å.
        first: number of the first structure.
    """
    rows = [_of_structure(first + k, *given) for k, given in enumerate(structures)]
    columns = (np.concatenate(column) for column in zip(*rows, strict=True))
    return {
        name: variable("pair", values, unit, text)
        for (name, (unit, text)), values in zip(_TEXT.items(), columns, strict=True)
    }


def columns_of(structures: Sequence[Atoms]) -> dict[str, xr.Variable]:
    """The columns of structures as they stand."""
    return pair_columns([(atoms.numbers, pair_distances(atoms)) for atoms in structures])


def pair_distances(atoms: Atoms) -> np.ndarray:
    """(pair,) Å, of the pairs i < j of a structure."""
    i, j = np.triu_indices(len(atoms), k=1)
    return np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1)


def _of_structure(
    index: int, atomic_number: np.ndarray, distance: np.ndarray
) -> tuple[np.ndarray, ...]:
    i, j = np.triu_indices(len(atomic_number), k=1)
    return np.full(len(i), index), i, j, atomic_number[i], atomic_number[j], distance
