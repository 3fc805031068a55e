"""The jump of a network's Hessian blocks at its cutoff: exact, on pairs that are moved there."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.labels import variable
from nearsight.models.energies import Energy

PAIRS = 3
"""Pairs of each structure that are nearest to the cutoff."""
FURTHEST = 0.5
"""Å from the cutoff beyond which a pair is not moved there."""
SIDE = 1e-4
"""Å to either side of the cutoff: all else changes by as little between the two sides."""


def cutoff_jumps(
    structures: Sequence[Atoms],
    energy_of: Callable[[Atoms], Energy],
    cutoff: float,
    *,
    device: torch.device | str = "cpu",
) -> dict[str, xr.Variable]:
    """What the Hessian block of a pair loses as it leaves the cutoff.

    A cosine cutoff function (1 + cos(pi r / c)) / 2 reaches zero at c with a second derivative of
    pi² / (2 c²): what one atom sees of another at the cutoff gives no force, but a force constant,
    which is gone beyond. Both atoms of a pair are moved along their line until they are just
    within, then just beyond the cutoff.

    Args:
        structures: geometries.
        energy_of: the network's energy of one of them, as a function of positions.
        cutoff: of the network, Å.
        device: where the energy runs.

    Returns:
        Along ``jump``: ``jump_structure``; ``jump_norm``, the Frobenius norm of the difference of
        the two blocks in eV/Å²; ``jump_inside``, that of the block within.
    """
    rows = []
    for index, atoms in enumerate(structures):
        energy = None
        for i, j in _nearest(atoms, cutoff):
            energy = energy or energy_of(atoms)
            within, beyond = (
                _block(energy, _moved(atoms.positions, i, j, cutoff + side), i, j, device)
                for side in (-SIDE, SIDE)
            )
            rows.append((index, np.linalg.norm(within - beyond), np.linalg.norm(within)))
    table = np.reshape(np.array(rows, dtype=float), (-1, 3))
    text = "norm of the Hessian block of a pair moved to just within the cutoff"
    return {
        "jump_structure": variable(
            "jump", table[:, 0].astype(int), units.ONE, "index of the structure"
        ),
        "jump_norm": variable(
            "jump", table[:, 1], units.HESSIAN, "norm of what the block loses at the cutoff"
        ),
        "jump_inside": variable("jump", table[:, 2], units.HESSIAN, text),
    }


def _nearest(atoms: Atoms, cutoff: float) -> list[tuple[int, int]]:
    """The pairs nearest to the cutoff, at most ``PAIRS``."""
    i, j = np.triu_indices(len(atoms), k=1)
    away = np.abs(np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1) - cutoff)
    order = np.argsort(away, kind="stable")[:PAIRS]
    return [(int(i[k]), int(j[k])) for k in order if away[k] < FURTHEST]


def _moved(position: np.ndarray, i: int, j: int, distance: float) -> np.ndarray:
    """Positions with two atoms at a distance, their middle where it was."""
    apart = position[j] - position[i]
    shift = (distance / np.linalg.norm(apart) - 1) / 2 * apart
    moved = position.copy()
    moved[i] -= shift
    moved[j] += shift
    return moved


def _block(
    energy: Energy, position: np.ndarray, i: int, j: int, device: torch.device | str
) -> np.ndarray:
    """(3, 3) block d²E / dr_i dr_j."""
    r = torch.as_tensor(position, dtype=torch.float64, device=device).requires_grad_()
    (slope,) = torch.autograd.grad(energy(r), r, create_graph=True)
    if slope.grad_fn is None:
        return np.zeros((3, 3))
    rows = [torch.autograd.grad(slope[i, k], r, retain_graph=True)[0][j] for k in range(3)]
    return torch.stack(rows).cpu().numpy()
