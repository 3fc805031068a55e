"""Energies and forces of a network from which messages between some pairs were taken away."""

import copy

import numpy as np
import torch

from nearsight.families.graph import Graph, copies
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.variant import Variant
from nearsight.models.form import Form, form_of
from nearsight.models.forward import Forward
from nearsight.models.potential import VALUES_AT_ONCE


def connected_pairs(position: np.ndarray, cutoff: float) -> np.ndarray:
    """(pair, 2) atoms i < j closer than the cutoff, between which messages go.

    Args:
        position: (atom, 3) Å.
        cutoff: Å; infinite for every pair.
    """
    found = neighbor_pairs(torch.as_tensor(position, dtype=torch.float64)[None], cutoff)
    return torch.stack(found, dim=1).numpy()


def ablate(
    network: torch.nn.Module,
    form: Variant | Form,
    atomic_number: np.ndarray,
    position: np.ndarray,
    pairs: np.ndarray,
    kept: np.ndarray,
    *,
    device: torch.device | str = "cpu",
) -> tuple[np.ndarray, np.ndarray]:
    """The network's own evaluation on neighbour lists that lack pairs, both ways, in float64.

    Args:
        network: network of energies, which is left as it is.
        form: what it is, or its variant.
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
    form = form_of(form)
    forward = Forward(twin.requires_grad_(False), form)
    most = max(1, VALUES_AT_ONCE // max(1, 2 * len(pairs) * form.values_per_pair))
    energies, forces = [], []
    for some in np.array_split(kept, range(most, len(kept), most)):
        energy, force = forward(_masked(atomic_number, position, pairs, some, device), forces=True)
        energies.append(energy.detach().cpu().numpy())
        forces.append(force.cpu().numpy().reshape(len(some), -1, 3))  # type: ignore[union-attr]
    return np.concatenate(energies), np.concatenate(forces)


def _masked(
    atomic_number: np.ndarray,
    position: np.ndarray,
    pairs: np.ndarray,
    kept: np.ndarray,
    device: torch.device | str,
) -> Graph:
    """A copy of the molecule for each mask, with the pairs that it keeps."""
    mask, pair = np.nonzero(kept)
    first, second = pairs[pair].T + mask * len(atomic_number)

    def moved(values: np.ndarray) -> torch.Tensor:
        return torch.as_tensor(values, device=device)

    return copies(
        moved(atomic_number.astype(np.int64)),
        moved(np.tile(position, (len(kept), 1))),
        moved(first),
        moved(second),
    )
