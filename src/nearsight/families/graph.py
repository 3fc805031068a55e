"""Molecules as flat arrays: what a model of any family is evaluated on."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Graph:
    """Several molecules, atoms of all one after another, with their pairs of neighbours.

    Attributes:
        atomic_number: (atom,) nuclear charges.
        position: (atom, 3) Å.
        n_atoms: (molecule,).
        molecule: (atom,) the molecule of each atom.
        first, second: (pair,) atoms of each pair within the cutoff, each pair once.
    """

    atomic_number: torch.Tensor
    position: torch.Tensor
    n_atoms: torch.Tensor
    molecule: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor

    def __len__(self) -> int:
        """Number of molecules."""
        return len(self.n_atoms)

    @property
    def vector(self) -> torch.Tensor:
        """(pair, 3) Å from the first atom of each pair to its second."""
        return self.position.index_select(0, self.second) - self.position.index_select(
            0, self.first
        )


@dataclass(frozen=True)
class LabelledGraph(Graph):
    """Molecules with what is learned of them.

    Attributes:
        label: (molecule,) in the target's unit, with its offset taken off.
        force: (atom, 3) eV/Å; NaN where there are none.
    """

    label: torch.Tensor
    force: torch.Tensor


def copies(
    atomic_number: torch.Tensor, position: torch.Tensor, first: torch.Tensor, second: torch.Tensor
) -> Graph:
    """Many geometries of one molecule.

    Args:
        atomic_number: (atom,) nuclear charges of the molecule.
        position: (copy × atom, 3) Å, copies one after another.
        first: (pair,) one atom of each pair, counted over all copies.
        second: (pair,) the other.
    """
    n_atoms = len(atomic_number)
    n_copies = len(position) // n_atoms
    counts = torch.full((n_copies,), n_atoms, device=position.device)
    return Graph(
        atomic_number=atomic_number.repeat(n_copies),
        position=position,
        n_atoms=counts,
        molecule=owners(counts, len(position)),
        first=first,
        second=second,
    )


def owners(n_atoms: torch.Tensor, total: int) -> torch.Tensor:
    """(atom,) the molecule of each atom.

    Args:
        n_atoms: (molecule,).
        total: their sum, which is not to be asked of a GPU.
    """
    molecules = torch.arange(len(n_atoms), device=n_atoms.device)
    return molecules.repeat_interleave(n_atoms, output_size=total)
