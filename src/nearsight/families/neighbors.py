"""Pairs of atoms within a cutoff, for many equal-sized molecules at once."""

import torch


def neighbor_pairs(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """All ordered pairs of different atoms of one molecule that are closer than the cutoff.

    Atoms whose distance is not a number are pairs, so that what is made of them is none either.

    Molecules are small and open: every distance is computed, which is exact at any geometry and
    faster below about a hundred atoms than building cells.

    Args:
        position: (molecule, atom, 3) Å.
        cutoff: Å.

    Returns:
        Indices i and j of each pair, shape (pair,), into the atoms of all molecules one after
        another, sorted by i.
    """
    n_atoms = position.shape[1]
    separation = position[:, :, None, :] - position[:, None, :, :]
    near = ~(separation.square().sum(-1) >= cutoff**2)
    near &= ~torch.eye(n_atoms, dtype=torch.bool, device=position.device)
    molecule, i, j = near.nonzero(as_tuple=True)
    return molecule * n_atoms + i, molecule * n_atoms + j


def pairs_once(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The pairs of :func:`neighbor_pairs`, each in one direction: i before j.

    Args:
        position: (molecule, atom, 3) Å.
        cutoff: Å.

    Returns:
        Indices i and j of each pair, shape (pair,), sorted by molecule.
    """
    n_atoms = position.shape[1]
    i, j = torch.triu_indices(n_atoms, n_atoms, 1, device=position.device)
    near = ~((position[:, i] - position[:, j]).square().sum(-1) >= cutoff**2)
    molecule, pair = near.nonzero(as_tuple=True)
    return molecule * n_atoms + i[pair], molecule * n_atoms + j[pair]
