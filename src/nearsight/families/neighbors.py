"""Pairs of atoms within a cutoff, for many equal-sized molecules at once."""

import torch


def neighbor_pairs(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """All pairs of atoms of one molecule that are closer than the cutoff, each pair once.

    Atoms whose distance is not a number are pairs, so that what is made of them is none either.

    Molecules are small and open: every distance is computed, which is exact at any geometry and
    faster below about a hundred atoms than building cells.

    Args:
        position: (molecule, atom, 3) Å.
        cutoff: Å; infinite for every pair.

    Returns:
        Indices i and j of each pair, shape (pair,), into the atoms of all molecules one after
        another: i before j, sorted by molecule.
    """
    n_atoms = position.shape[1]
    i, j = torch.triu_indices(n_atoms, n_atoms, 1, device=position.device)
    near = ~((position[:, i] - position[:, j]).square().sum(-1) >= cutoff**2)
    molecule, pair = near.nonzero(as_tuple=True)
    return molecule * n_atoms + i[pair], molecule * n_atoms + j[pair]
