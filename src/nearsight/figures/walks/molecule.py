"""A molecule in a plane: from where it is looked at, bonds, atoms with their names."""

from dataclasses import dataclass
from functools import cached_property

import ase
import numpy as np
import xarray as xr
from ase.data import chemical_symbols, covalent_radii
from ase.data.colors import jmol_colors
from ase.neighborlist import natural_cutoffs, neighbor_list
from matplotlib.axes import Axes
from matplotlib.patches import Circle
from scipy.spatial.distance import pdist

VIEWS = 20_000
"""Random views of which the clearest is taken."""
VIEWED_PAIRS = 4_000_000
"""Distances that are looked at in search of it: large molecules are seen from fewer sides."""
BONDED = 1.15
"""Times the sum of covalent radii, as of ASE's natural cutoffs."""
DARK = 0.45
"""Brightness below which the name of an atom is written in white."""
BOND_COLOR = "0.80"
EDGE_COLOR = "0.25"


@dataclass(frozen=True)
class Molecule:
    """Atoms and where they are drawn.

    Attributes:
        atoms: the molecule.
        flat: (atom, 2) places in the plane, Å.
    """

    atoms: ase.Atoms
    flat: np.ndarray

    def label(self, atom: int) -> str:
        """Element and number, as C4."""
        return f"{chemical_symbols[self.atoms.numbers[atom]]}{atom}"

    def radius(self, atom: int) -> float:
        """Drawn radius in Å."""
        return float(0.17 + 0.13 * covalent_radii[self.atoms.numbers[atom]])

    @cached_property
    def bonds(self) -> np.ndarray:
        """(bond, 2) atoms that are bonded, each pair once."""
        pairs = neighbor_list("ij", self.atoms, natural_cutoffs(self.atoms, BONDED))
        return np.array([(i, j) for i, j in zip(*pairs, strict=True) if i < j]).reshape(-1, 2)

    def bond_angles(self) -> list[list[float]]:
        """Directions in the plane in which each atom has a bond, radians."""
        found: list[list[float]] = [[] for _ in range(len(self.atoms))]
        for i, j in self.bonds:
            for here, there in ((i, j), (j, i)):
                across = self.flat[there] - self.flat[here]
                found[here].append(float(np.arctan2(across[1], across[0])))
        return found


def molecule_of(table: xr.Dataset) -> Molecule:
    """The molecule of a table of walks, from its clearest side."""
    numbers, positions = table["atomic_number"].to_numpy(), table["position"].to_numpy()
    return Molecule(ase.Atoms(numbers, positions), clearest_view(positions))


def clearest_view(positions: np.ndarray) -> np.ndarray:
    """(atom, 2) Å: the projection whose nearest two atoms are farthest apart, long axis level.

    The same for the same atoms, whatever else was drawn before.

    Args:
        positions: (atom, 3) Å.
    """
    n_pairs = max(1, len(positions) * (len(positions) - 1) // 2)
    n_views = max(200, min(VIEWS, VIEWED_PAIRS // n_pairs))
    rotations = np.linalg.qr(np.random.default_rng(0).normal(size=(n_views, 3, 3)))[0]
    centred = positions - positions.mean(0)
    best, clearance = centred[:, :2], 0.0
    for rotation in rotations:
        view = centred @ rotation[:, :2]
        nearest = pdist(view).min(initial=np.inf)
        if clearance < nearest < np.inf:
            best, clearance = view, nearest
    return best @ np.linalg.svd(best, full_matrices=False)[2].T if len(best) > 1 else best


def draw_molecule(axes: Axes, molecule: Molecule) -> None:
    """Bonds in grey, atoms in the colours of their elements, with their names."""
    for bond in molecule.bonds:
        axes.plot(
            *molecule.flat[bond].T, color=BOND_COLOR, linewidth=7, zorder=1,
            solid_capstyle="round",
        )  # fmt: skip
    for atom, place in enumerate(molecule.flat):
        colour = jmol_colors[molecule.atoms.numbers[atom]]
        radius = molecule.radius(atom)
        axes.add_patch(Circle(place, radius, facecolor=colour, edgecolor=EDGE_COLOR, zorder=6))
        dark = float(colour @ [0.3, 0.59, 0.11]) < DARK
        axes.text(
            place[0], place[1] - 0.01, molecule.label(atom), zorder=7, fontsize=7,
            ha="center", va="center", color="white" if dark else "black",
        )  # fmt: skip
