"""Water clusters of any size, the large molecules of the benchmarks."""

import ase
import numpy as np
from ase.build import molecule
from scipy.spatial.transform import Rotation

SPACING = 3.107
"""Å between molecules on a cubic lattice at the density of the liquid, 0.0334 molecules per Å³."""

JITTER = 0.15
"""Å by which molecules are off their places, so that no two distances are the same."""


def water_cluster(n_atoms: int, seed: int = 0) -> ase.Atoms:
    """A ball of water with at least so many atoms, molecules turned at random; not relaxed.

    Args:
        n_atoms: rounded up to whole molecules.
        seed: of orientations and places.
    """
    n_molecules = -(-n_atoms // 3)
    random = np.random.default_rng(seed)
    side = 2 * int(np.ceil((3 * n_molecules / (4 * np.pi)) ** (1 / 3))) + 3
    axis = SPACING * (np.arange(side) - (side - 1) / 2)
    places = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    order = np.linalg.norm(places, axis=1).argsort(kind="stable")
    places = places[order[:n_molecules]] + random.normal(0, JITTER, (n_molecules, 3))
    turns = Rotation.random(n_molecules, random_state=random).as_matrix()
    water = molecule("H2O").positions
    positions = np.einsum("mab,nb->mna", turns, water) + places[:, None]
    return ase.Atoms("OH2" * n_molecules, positions.reshape(-1, 3))
