"""Hessian blocks of a network by automatic differentiation: exact to rounding."""

import numpy as np
import torch

from nearsight.models.energies import Energy

VALUES_AT_ONCE = 2**17
"""Pairs of atoms times rows of the Hessian in a pass on a CPU; more falls out of its cache."""
ROWS_ON_A_GPU = 64


def autograd_blocks(
    energy: Energy, position: np.ndarray, *, device: torch.device | str = "cpu"
) -> np.ndarray:
    """Blocks H_ij = d²E / dr_i dr_j by batched products of vectors with the Hessian.

    One forward pass and one gradient; then a further gradient per coordinate, several in one batch.

    Args:
        energy: of the molecule, twice differentiable.
        position: (atom, 3) Å.
        device: where ``energy`` runs.

    Returns:
        (atom, atom, 3, 3) eV/Å², not symmetrised: H_ij - H_ji^T shows the rounding.
    """
    return autograd_rows(energy, position, np.arange(len(position)), device=device)


def autograd_rows(
    energy: Energy, position: np.ndarray, atoms: np.ndarray, *, device: torch.device | str = "cpu"
) -> np.ndarray:
    """The blocks H_ij of some atoms i with every atom j, at the cost of their share of all.

    Args:
        energy: of the molecule, twice differentiable.
        position: (atom, 3) Å.
        atoms: (row,) indices i.
        device: where ``energy`` runs.

    Returns:
        (row, atom, 3, 3) eV/Å².
    """
    n_atoms = len(position)
    r = torch.as_tensor(position, dtype=torch.float64, device=device).requires_grad_()
    (slope,) = torch.autograd.grad(energy(r), r, create_graph=True)
    if slope.grad_fn is None or not len(atoms):
        # No atom is within reach of another: the energy does not depend on positions.
        return np.zeros((len(atoms), n_atoms, 3, 3))
    every = torch.eye(3 * n_atoms, dtype=r.dtype, device=device).view(n_atoms, 3, 3 * n_atoms)
    units = every[torch.as_tensor(atoms, device=device)].flatten(0, 1)
    batches = units.split(_rows(n_atoms, r.device))
    rows = torch.cat([_products(slope.flatten(), r, some) for some in batches])
    return rows.reshape(len(atoms), 3, n_atoms, 3).permute(0, 2, 1, 3).cpu().numpy()


def _rows(n_atoms: int, device: torch.device) -> int:
    if device.type == "cpu":
        return max(1, VALUES_AT_ONCE // (n_atoms**2 * 64))
    return ROWS_ON_A_GPU


def _products(slope: torch.Tensor, r: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """(row, atom, 3) products of vectors (row, 3 atom) with the Hessian."""
    if len(vectors) == 1:
        # A batch of one costs more than no batch.
        return torch.autograd.grad(slope, r, vectors[0], retain_graph=True)[0][None]
    return torch.autograd.grad(slope, r, vectors, retain_graph=True, is_grads_batched=True)[0]
