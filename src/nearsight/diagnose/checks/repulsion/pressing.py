"""Pairs of elements: two atoms alone, and two atoms of a molecule that are pressed together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii

from nearsight.diagnose.bonds import bonds_of

FURTHEST, NEAREST = 3.0, 0.5
"""Å."""
WALL = 0.75
WALL_OF_HYDROGEN = 0.9
"""Times the sum of covalent radii (B. Cordero et al., Dalton Trans. 2008, 2832) below which every
bond resists: the shortest bonds are longer. N2 0.77 of its sum, C2H2 0.79, CO 0.79; with hydrogen
OH 0.98, NH 0.99, CH 1.02, H2 1.19."""


@dataclass(frozen=True)
class Kind:
    """A pair of elements.

    Attributes:
        first, second: nuclear charges.
    """

    first: int
    second: int

    @property
    def name(self) -> str:
        """As in ``C-H``."""
        return f"{chemical_symbols[self.first]}-{chemical_symbols[self.second]}"

    @property
    def numbers(self) -> np.ndarray:
        """(2,) nuclear charges."""
        return np.array([self.first, self.second])

    @property
    def wall(self) -> float:
        """Å below which the energy must rise on approach."""
        factor = WALL_OF_HYDROGEN if 1 in (self.first, self.second) else WALL
        return factor * float(covalent_radii[self.first] + covalent_radii[self.second])


@dataclass(frozen=True)
class Contact:
    """Two atoms of a molecule.

    Attributes:
        atoms: the molecule.
        structure: its place among the structures.
        first, second: indices of the two.
        distance: Å between them as it stands.
    """

    atoms: Atoms
    structure: int
    first: int
    second: int
    distance: float

    @property
    def name(self) -> str:
        """As in ``C4 and H7 of structure 0``."""
        one, other = (f"{self.atoms.symbols[k]}{k}" for k in (self.first, self.second))
        return f"{one} and {other} of structure {self.structure}"


def kinds_of(structures: Sequence[Atoms]) -> list[Kind]:
    """Every pair of the elements of structures."""
    elements = sorted({int(z) for atoms in structures for z in atoms.numbers})
    # By symbol, as in C-H; carbon and hydrogen first, as in formulas.
    order = sorted(elements, key=lambda z: (z != 6, z != 1, chemical_symbols[z]))
    return [Kind(a, b) for a, b in combinations_with_replacement(order, 2)]


def closest(structures: Sequence[Atoms], kind: Kind) -> Contact | None:
    """The two atoms of a kind that are nearest to each other in one molecule, if there are two."""
    found: Contact | None = None
    for number, atoms in enumerate(structures):
        i, j = np.triu_indices(len(atoms), k=1)
        pairs = np.sort(np.stack([atoms.numbers[i], atoms.numbers[j]]), axis=0)
        of_kind = (pairs == np.sort(kind.numbers)[:, None]).all(axis=0)
        if not of_kind.any():
            continue
        apart = np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1)
        k = int(np.argmin(np.where(of_kind, apart, np.inf)))
        if found is None or apart[k] < found.distance:
            found = Contact(atoms, number, int(i[k]), int(j[k]), float(apart[k]))
    return found


def alone(distances: np.ndarray) -> np.ndarray:
    """(copy, 2, 3) Å: two atoms at distances (copy,)."""
    positions = np.zeros((len(distances), 2, 3))
    positions[:, 1, 2] = distances
    return positions


def pressed(contact: Contact, distances: np.ndarray) -> np.ndarray:
    """(copy, atom, 3) Å: both atoms moved along their line, each with the atoms bound to it alone.

    Args:
        contact: two atoms of a molecule.
        distances: (copy,) Å between them.
    """
    position = contact.atoms.positions
    line = position[contact.second] - position[contact.first]
    shift = (contact.distance - distances)[:, None, None] / 2 * line / contact.distance
    copies = np.tile(position, (len(distances), 1, 1))
    first, second = (_taken_along(contact, end) for end in (contact.first, contact.second))
    copies[:, first] += shift
    copies[:, second] -= shift
    return copies


def _taken_along(contact: Contact, end: int) -> list[int]:
    """An atom of the contact and those whose only bond is with it."""
    bonds = bonds_of(contact.atoms)
    count = np.bincount(bonds.ravel(), minlength=len(contact.atoms))
    partners = bonds[(bonds == end).any(axis=1)].sum(axis=1) - end
    pair = (contact.first, contact.second)
    return [end, *(int(k) for k in partners if count[k] == 1 and k not in pair)]
