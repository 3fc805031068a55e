"""Energies and forces of a network from which messages between some pairs were taken away."""

import copy
from typing import Any

import numpy as np
import torch

from nearsight.families.schnetpack.network import ENERGY_KEY, FORCE_KEY
from nearsight.models.batching import assemble
from nearsight.models.potential import VALUES_AT_ONCE


def connected_pairs(position: np.ndarray, cutoff: float) -> np.ndarray:
    """(pair, 2) atoms i < j closer than the cutoff, between which messages go."""
    i, j = np.triu_indices(len(position), 1)
    near = np.linalg.norm(position[i] - position[j], axis=1) < cutoff
    return np.stack([i[near], j[near]], axis=1)


def ablate(
    network: Any,
    atomic_number: np.ndarray,
    position: np.ndarray,
    pairs: np.ndarray,
    kept: np.ndarray,
    *,
    device: torch.device | str = "cpu",
) -> tuple[np.ndarray, np.ndarray]:
    """The network's own forward pass on neighbour lists that lack pairs, both ways, in float64.

    Args:
        network: SchNetPack network with energies and forces, which is left as it is.
        atomic_number: (atom,).
        position: (atom, 3) Å.
        pairs: (pair, 2) atoms that may send each other messages.
        kept: (mask, pair) true where a pair still does.
        device: where the network runs.

    Returns:
        Energies (mask,) in eV, without atom references, and forces (mask, atom, 3) in eV/Å: of the
        energy that is left.
    """
    twin = copy.deepcopy(network).to(device=device, dtype=torch.float64).eval()
    twin.requires_grad_(False)
    features = twin.representation.n_atom_basis
    most = max(1, VALUES_AT_ONCE // max(1, 2 * len(pairs) * features))
    energies, forces = [], []
    for some in np.array_split(kept, range(most, len(kept), most)):
        result = twin(_inputs(atomic_number, position, pairs, some, device))
        energies.append(result[ENERGY_KEY].detach().cpu().numpy())
        forces.append(result[FORCE_KEY].detach().cpu().numpy().reshape(len(some), -1, 3))
    return np.concatenate(energies), np.concatenate(forces)


def _inputs(
    atomic_number: np.ndarray,
    position: np.ndarray,
    pairs: np.ndarray,
    kept: np.ndarray,
    device: torch.device | str,
) -> dict[str, torch.Tensor]:
    n_atoms = len(atomic_number)
    mask, pair = np.nonzero(kept)
    i, j = pairs[pair].T + mask * n_atoms
    to, source = np.concatenate([i, j]), np.concatenate([j, i])
    order = np.argsort(to, kind="stable")

    def moved(values: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(values, device=device)

    return assemble(
        moved(np.tile(atomic_number, len(kept)).astype(np.int64)),
        moved(np.tile(position, (len(kept), 1))),
        moved(np.full(len(kept), n_atoms)),
        moved(to[order]),
        moved(source[order]),
    )
