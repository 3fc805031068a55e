"""Molecules as SchNetPack's dictionary of inputs."""

import torch
from schnetpack import properties

from nearsight.families.graph import Graph, owners

Inputs = dict[str, torch.Tensor]


def inputs_of(graph: Graph) -> Inputs:
    """Inputs with both directions of every pair; labels are kept out of them."""
    return assemble(
        graph.atomic_number,
        graph.position,
        graph.n_atoms,
        *both_ways(graph.first, graph.second),
    )


def both_ways(first: torch.Tensor, second: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Receiving and sending atom, (2 pair,) each, of pairs (pair,) that stand once."""
    return torch.cat([first, second]), torch.cat([second, first])


def assemble(
    atomic_number: torch.Tensor,
    position: torch.Tensor,
    n_atoms: torch.Tensor,
    pair_i: torch.Tensor,
    pair_j: torch.Tensor,
) -> Inputs:
    """The dictionary from flat tensors (open boundaries: no offsets).

    Args:
        atomic_number: (atom,) nuclear charges.
        position: (atom, 3) Å.
        n_atoms: (molecule,).
        pair_i: (pair,) receiving atom of each directed pair.
        pair_j: (pair,) sending atom.
    """
    return {
        properties.Z: atomic_number,
        properties.R: position,
        properties.n_atoms: n_atoms,
        properties.idx_m: owners(n_atoms, len(atomic_number)),
        properties.idx_i: pair_i,
        properties.idx_j: pair_j,
        properties.offsets: position.new_zeros((len(pair_i), 3)),
    }
