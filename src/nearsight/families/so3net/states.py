"""SO3net's last states by its own forward pass: there is no faster one of ours."""

from functools import partial
from typing import Any

import torch
from schnetpack import properties
from schnetpack.representation import SO3net

from nearsight.families.schnetpack.sums import Links
from nearsight.families.schnetpack.values import States


def so3net_states(net: Any, *, trained: bool) -> States | None:
    """Last scalars of SchNetPack's SO3net; None for what is not one, or for fixed weights.

    Args:
        net: the representation.
        trained: follow changes of the weights, and allow any number of derivatives; there is no
            other way.
    """
    known = type(net) is SO3net and not len(net.electronic_embeddings)
    return partial(_states, net) if known and trained else None


def _states(
    net: Any, atomic_number: torch.Tensor, vector: torch.Tensor, links: Links
) -> torch.Tensor:
    results: dict[str, torch.Tensor] = net(
        {
            properties.Z: atomic_number,
            properties.Rij: torch.cat([vector, -vector]),
            properties.idx_i: links.to,
            properties.idx_j: links.source,
        }
    )
    return results["scalar_representation"]
