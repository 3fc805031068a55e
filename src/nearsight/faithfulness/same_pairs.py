"""Relevance and response of the same pairs: joined, after a check that they are the same."""

from collections.abc import Sequence
from dataclasses import dataclass

import ase
import numpy as np
import xarray as xr

from nearsight.data.pair_columns import PAIR_COLUMNS, pair_distances
from nearsight.errors import DataError

TOLERANCE = 1e-6
"""Å by which distances of the same pair may differ between files."""


@dataclass(frozen=True)
class Rows:
    """Pairs of the first structures.

    Attributes:
        n_structures: how many structures.
        structure, distance, relevance, response: (pair,) columns; Å, eV, eV/Å².
        columns: the index columns, to be stored again.
    """

    n_structures: int
    structure: np.ndarray
    distance: np.ndarray
    relevance: np.ndarray
    response: np.ndarray
    columns: dict[str, xr.Variable]


def first_structures(
    structures: Sequence[ase.Atoms], relevance: xr.Dataset, response: xr.Dataset, n_most: int
) -> Rows:
    """The pairs of the structures that all three know.

    Args:
        structures: those that were explained and probed.
        relevance: table of their relevance, over ``pair``.
        response: table of their response, over ``pair``.
        n_most: how many structures are wanted at most.

    Raises:
        DataError: they do not speak of the same atoms at the same distances.
    """
    known = [len(structures), *(int(t["structure"].max()) + 1 for t in (relevance, response))]
    n_structures = min(n_most, *known)
    tables = [
        table.isel(pair=np.flatnonzero(table.variables["structure"].values < n_structures))
        for table in (relevance, response)
    ]
    distance = np.concatenate([pair_distances(atoms) for atoms in structures[:n_structures]])
    for name, table in zip(("relevance", "response"), tables, strict=True):
        own = table["distance"].to_numpy()
        if own.shape != distance.shape or np.abs(own - distance).max() > TOLERANCE:
            raise DataError(
                f"the {name} file is of other structures than the data set: compute both from the "
                "same data"
            )
    first = tables[0]
    return Rows(
        n_structures,
        first.variables["structure"].values,
        distance,
        first["relevance"].to_numpy(),
        tables[1]["norm"].to_numpy(),
        {name: first.variables[name] for name in PAIR_COLUMNS},
    )


def square(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(atom, atom) matrix of the chosen rows, which are the pairs i < j of one structure."""
    own = values[chosen]
    n_atoms = round((1 + np.sqrt(1 + 8 * len(own))) / 2)
    matrix = np.zeros((n_atoms, n_atoms))
    matrix[np.triu_indices(n_atoms, 1)] = own
    return matrix + matrix.T
