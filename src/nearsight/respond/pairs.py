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


def pair_columns(structures: Sequence[Atoms]) -> dict[str, xr.Variable]:
    """Columns over ``pair``: the pairs i < j of one structure after the other."""
    rows = [_of_structure(index, atoms) for index, atoms in enumerate(structures)]
    columns = (np.concatenate(column) for column in zip(*rows, strict=True))
    return {
        name: variable("pair", values, unit, text)
        for (name, (unit, text)), values in zip(_TEXT.items(), columns, strict=True)
    }


def _of_structure(index: int, atoms: Atoms) -> tuple[np.ndarray, ...]:
    i, j = np.triu_indices(len(atoms), k=1)
    distance = np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1)
    return np.full(len(i), index), i, j, atoms.numbers[i], atoms.numbers[j], distance
