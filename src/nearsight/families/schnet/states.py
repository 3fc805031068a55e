"""SchNet's last states on a list that holds each pair once: the same numbers, sooner."""

from functools import partial
from typing import Any

import torch
from schnetpack.representation import schnet

from nearsight.families.schnetpack.sums import Links, scalar_sum
from nearsight.families.schnetpack.values import States


def schnet_states(net: Any, *, trained: bool) -> States | None:
    """Last states of SchNetPack's SchNet; None for what is not, in all of its parts, known.

    Args:
        net: the representation.
        trained: no difference here.
    """
    known = type(net) is schnet.SchNet and not len(net.electronic_embeddings)
    if known and all(type(block) is schnet.SchNetInteraction for block in net.interactions):
        return partial(_states, net)
    return None


def _states(
    net: Any, atomic_number: torch.Tensor, vector: torch.Tensor, links: Links
) -> torch.Tensor:
    x = net.embedding(atomic_number)
    distance = vector.norm(dim=1)
    basis, damping = net.radial_basis(distance), net.cutoff_fn(distance)[:, None]
    for block in net.interactions:
        weight = block.filter_network(basis) * damping
        x = x + block.f2out(scalar_sum(weight, block.in2f(x), links))
    return x
