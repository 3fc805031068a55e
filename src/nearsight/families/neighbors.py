"""Pairs of atoms within a cutoff, for many equal-sized molecules at once."""

import math

import torch

from nearsight.families.tree import pairs_by_tree

MANY_ATOMS = 100
"""Above, what grows with the square of the number of atoms costs more than what does not."""


def neighbor_pairs(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """All pairs of atoms of one molecule that are closer than the cutoff, each pair once.

    Atoms whose distance is not a number are pairs, so that what is made of them is none either.

    Molecules are open. Of small ones every distance is computed, which below about a hundred atoms
    is as fast as a tree; of large ones those of near atoms (:mod:`nearsight.families.tree`).

    Args:
        position: (molecule, atom, 3) Å.
        cutoff: Å; infinite for every pair.

    Returns:
        Indices i and j of each pair, shape (pair,), into the atoms of all molecules one after
        another: i before j, sorted by i, then by j.
    """
    if position.shape[1] > MANY_ATOMS and math.isfinite(cutoff):
        return pairs_by_tree(position, cutoff)
    return pairs_by_distances(position, cutoff)


def pairs_by_distances(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """As :func:`neighbor_pairs` for any number of atoms, from the distances of all.

    Args:
        position: (molecule, atom, 3) Å.
        cutoff: Å.
    """
    n_atoms = position.shape[1]
    i, j = torch.triu_indices(n_atoms, n_atoms, 1, device=position.device)
    near = ~((position[:, i] - position[:, j]).square().sum(-1) >= cutoff**2)
    molecule, pair = near.nonzero(as_tuple=True)
    return molecule * n_atoms + i[pair], molecule * n_atoms + j[pair]
