"""Which atoms are bonded, and which molecules that makes, by radii alone."""

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nearsight.md.rules.reference_guards import BOND_TOLERANCE


def bonds_of(atoms: Atoms) -> np.ndarray:
    """(bond, 2) indices i < j of bonded atoms, as the rules of dynamics tell them."""
    i, j = np.triu_indices(len(atoms), k=1)
    length = np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1)
    reach = covalent_radii[atoms.numbers][i] + covalent_radii[atoms.numbers][j]
    bonded = length < BOND_TOLERANCE * reach
    return np.stack([i[bonded], j[bonded]], axis=1)


def n_molecules(atoms: Atoms) -> int:
    """How many molecules the bonds make of a structure."""
    bonds = bonds_of(atoms)
    ones = np.ones(len(bonds))
    graph = coo_array((ones, (bonds[:, 0], bonds[:, 1])), shape=(len(atoms), len(atoms)))
    return int(connected_components(graph, directed=False)[0])


def lengths(position: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    """(bond,) lengths in Å.

    Args:
        position: (atom, 3) Å.
        bonds: (bond, 2) indices.
    """
    return np.asarray(np.linalg.norm(position[bonds[:, 0]] - position[bonds[:, 1]], axis=1))
