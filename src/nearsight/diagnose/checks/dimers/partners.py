"""Dimers: a rigid molecule and its parallel copy, moved away along one of its bonds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.build import molecule

from nearsight.diagnose.bonds import bonds_of

HYDROGEN = 1
_DONORS = (8, 7, 9, 16)
"""Bonds to hydrogen along which the copy is moved, in this order, before any other."""

OWN = "own_molecule"
"""Name of the molecule that the model is for."""

STANDARD = {
    "water": ("water", "H2O"),
    "n_methylacetamide": ("N-methylacetamide", ""),
    "methane": ("methane", "CH4"),
    "formic_acid": ("formic acid", "HCOOH"),
    "ammonia": ("ammonia", "NH3"),
    "benzene": ("benzene", "C6H6"),
}
"""Titles, and names in ASE's set of molecules (G2/97 geometries), empty where ours builds it."""


@dataclass(frozen=True, eq=False)
class Dimer:
    """A molecule and its copy.

    Attributes:
        name: of the molecule, in snake case.
        title: of the molecule, for readers.
        monomer: the rigid molecule.
        axis: (3,) unit vector along which the copy is moved.
    """

    name: str
    title: str
    monomer: Atoms
    axis: np.ndarray

    @property
    def numbers(self) -> np.ndarray:
        """(2 * atom,) nuclear charges."""
        return np.tile(self.monomer.numbers, 2)

    def positions(self, shift: float) -> np.ndarray:
        """(2 * atom, 3) Å with the copy moved by a shift in Å."""
        own = self.monomer.positions
        return np.concatenate([own, own + shift * self.axis])

    def shift(self, separation: float) -> float:
        """Shift (Å) beyond which the two stay apart, at which their nearest atoms are so far.

        Nearest are atoms that are no hydrogens, where there are any. Each pair has that distance
        where the axis leaves a sphere; the last of these places is it.

        Args:
            separation: Å.
        """
        heavy = self.monomer.positions[_heavy(self.monomer)]
        apart = (heavy[None, :] - heavy[:, None]).reshape(-1, 3)
        along = apart @ self.axis
        across = np.square(apart).sum(axis=1) - along**2
        meets = across <= separation**2
        return float((np.sqrt(separation**2 - across[meets]) - along[meets]).max())

    def contact(self, shift: float) -> float:
        """Smallest distance (Å) of any atoms of the two."""
        own = self.monomer.positions
        apart = own[:, None] - (own + shift * self.axis)[None, :]
        return float(np.linalg.norm(apart, axis=-1).min())

    def atoms(self, shift: float) -> Atoms:
        """Both molecules."""
        return Atoms(self.numbers, positions=self.positions(shift))


def dimers_of(structures: Sequence[Atoms], *, names: Sequence[str], most_atoms: int) -> list[Dimer]:
    """The molecule itself, and standard ones made of no other elements.

    Args:
        structures: molecules that the model is for; the first is doubled.
        names: of standard molecules.
        most_atoms: a larger first molecule is not doubled.
    """
    own = structures[0]
    formula = own.get_chemical_formula()
    found = [Dimer(OWN, formula, own, axis_of(own))] if len(own) <= most_atoms else []
    known = {int(z) for atoms in structures for z in atoms.numbers}
    for name in names:
        monomer = standard(name)
        if set(monomer.numbers.tolist()) <= known and monomer.get_chemical_formula() != formula:
            found.append(Dimer(name, STANDARD[name][0], monomer, axis_of(monomer)))
    return found


def standard(name: str) -> Atoms:
    """A standard molecule by its name."""
    known = STANDARD[name][1]
    if known:
        return molecule(known)
    from nearsight.data.molecules import build_molecule

    return build_molecule(name, seed=0)


def axis_of(monomer: Atoms) -> np.ndarray:
    """(3,) unit vector along a bond to a hydrogen; without one, where the molecule is thinnest."""
    towards = _bond_to_hydrogen(monomer)
    if towards is not None:
        return towards / np.linalg.norm(towards)
    if len(monomer) == 1:
        return np.array([1.0, 0.0, 0.0])
    centred = monomer.positions - monomer.positions.mean(axis=0)
    return np.asarray(np.linalg.eigh(centred.T @ centred)[1][:, 0])


def _bond_to_hydrogen(monomer: Atoms) -> np.ndarray | None:
    numbers = monomer.numbers
    ends = [
        (heavy, hydrogen)
        for pair in bonds_of(monomer).tolist()
        for heavy, hydrogen in (pair, pair[::-1])
        if numbers[hydrogen] == HYDROGEN != numbers[heavy]
    ]
    if not ends:
        return None
    heavy, hydrogen = ends[int(np.argmin([_rank(int(numbers[heavy])) for heavy, _ in ends]))]
    return np.asarray(monomer.positions[hydrogen] - monomer.positions[heavy])


def _rank(element: int) -> int:
    return _DONORS.index(element) if element in _DONORS else len(_DONORS)


def _heavy(monomer: Atoms) -> np.ndarray:
    """(atom,) which are no hydrogens; all where there are hydrogens alone."""
    heavy = monomer.numbers != HYDROGEN
    return heavy if heavy.any() else np.ones(len(monomer), dtype=bool)
