"""SchNet and PaiNN on a list that holds each pair once: the same numbers, sooner.

Layers are SchNetPack's own modules, called as they are, so weights have one home. Ours are the sums
over neighbours (:mod:`nearsight.families.schnetpack.sums`), with each filter computed once for both
directions of a pair. A network of any other make is left to SchNetPack. Dynamics needs one
derivative of fixed weights, training needs two of weights that change: hence ``trained``.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import schnetpack as spk
import torch
from schnetpack.representation import painn, schnet
from torch import nn

from nearsight.families.schnetpack.network import ENERGY_KEY
from nearsight.families.schnetpack.sums import Links, scalar_sum, twice_vector_sum, vector_sum

Evaluation = Callable[[torch.Tensor, torch.Tensor, Links], torch.Tensor]
"""From node states (atom, feature) and vectors of pairs (pair, 3) in Å to the last node states."""

_AROUND = [spk.atomistic.PairwiseDistances, spk.atomistic.Atomwise, spk.atomistic.Forces]


def fast_energy(network: Any) -> Evaluation | None:
    """Energies (atom,) in eV from nuclear charges (atom,), vectors of pairs and their links.

    Args:
        network: a SchNetPack network; changes made to its weights later may go unnoticed.

    Returns:
        None for a network that is not, in all of its parts, what this module knows.
    """
    around = (*network.input_modules, *network.output_modules)
    evaluation = fast_representation(network.representation)
    if evaluation is None or len(network.postprocessors) or [type(m) for m in around] != _AROUND:
        return None
    head, embedding = around[1], network.representation.embedding
    if (head.output_key, head.aggregation_mode, head.n_out) != (ENERGY_KEY, "sum", 1):
        return None

    def energy(atomic_number: torch.Tensor, vector: torch.Tensor, links: Links) -> torch.Tensor:
        states = evaluation(embedding(atomic_number), vector, links)
        return head.outnet(states)[:, 0]

    return energy


def fast_representation(net: Any, *, trained: bool = False) -> Evaluation | None:
    """Last node states (atom, feature) of a representation.

    Args:
        net: SchNet or PaiNN of SchNetPack.
        trained: follow changes of the weights, and allow two derivatives instead of one.

    Returns:
        None for a representation that is not, in all of its parts, what this module knows.
    """
    if len(getattr(net, "electronic_embeddings", ())):
        return None
    if type(net) is schnet.SchNet and _are(net.interactions, schnet.SchNetInteraction):
        return partial(_schnet, net)
    if (
        type(net) is painn.PaiNN
        and _are(net.interactions, painn.PaiNNInteraction)
        and _are(net.mixing, painn.PaiNNMixing)
        and type(net.filter_net.activation) is nn.Identity
    ):
        return partial(_painn, net, None if trained else _filters(net))
    return None


def _are(blocks: Any, kind: type) -> bool:
    return all(type(block) is kind for block in blocks)


def _schnet(net: Any, x: torch.Tensor, vector: torch.Tensor, links: Links) -> torch.Tensor:
    distance = vector.norm(dim=1)
    basis, damping = net.radial_basis(distance), net.cutoff_fn(distance)[:, None]
    for block in net.interactions:
        weight = block.filter_network(basis) * damping
        x = x + block.f2out(scalar_sum(weight, block.in2f(x), links))
    return x


def _painn(
    net: Any,
    filters: list[list[torch.Tensor]] | None,
    q: torch.Tensor,
    vector: torch.Tensor,
    links: Links,
) -> torch.Tensor:
    distance = vector.norm(dim=1, keepdim=True)
    damping = net.cutoff_fn(distance)
    # The cutoff goes onto the few radial functions and the bias, not onto the many filters.
    basis = torch.cat([net.radial_basis(distance)[:, 0] * damping, damping], 1)
    direction = (vector / distance).T
    direction = torch.stack([direction, -direction], 1)[..., None]
    total, mu = (twice_vector_sum, None) if filters is None else (vector_sum, None)
    weights = _weights(net, basis, filters)
    for block, message, mixing in zip(weights, net.interactions, net.mixing, strict=True):
        to_q, to_mu, carry = block
        x_q, x_mu, x_carry = message.interatomic_context_net(q).chunk(3, -1)
        u = None if mu is None else x_carry * mu
        change = total(to_mu, x_mu, direction, carry, u, links)
        q = q + scalar_sum(to_q, x_q, links)
        q, mu = _mix(mixing, q, change if mu is None else mu + change)
    return q


def _weights(
    net: Any, basis: torch.Tensor, filters: list[list[torch.Tensor]] | None
) -> Iterator[Sequence[torch.Tensor]]:
    """The three filters (pair, feature) of each block in turn."""
    if filters is not None:
        yield from ([basis @ weight for weight in block] for block in filters)
        return
    # All at once: one large product and its derivatives instead of many small ones.
    parts = (basis @ _affine(net)).split(net.n_atom_basis, 1)
    blocks = [parts[k : k + 3] for k in range(0, len(parts), 3)]
    yield from blocks * len(net.interactions) if net.share_filters else blocks


def _filters(net: Any) -> list[list[torch.Tensor]]:
    """Weights (radial + 1, feature) of the three filters of each block, the bias as last row."""
    parts = [part.contiguous() for part in _affine(net).detach().split(net.n_atom_basis, 1)]
    blocks = [parts[k : k + 3] for k in range(0, len(parts), 3)]
    return blocks * len(net.interactions) if net.share_filters else blocks


def _affine(net: Any) -> torch.Tensor:
    return torch.cat([net.filter_net.weight, net.filter_net.bias[:, None]], 1).T


def _mix(mixing: Any, q: torch.Tensor, mu: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``PaiNNMixing`` with the components of vectors in front: mu is (3, atom, feature)."""
    v, w = mixing.mu_channel_mix(mu).chunk(2, -1)
    norm = torch.sqrt(v.square().sum(0) + mixing.epsilon)
    dq, dmu, dqmu = mixing.intraatomic_context_net(torch.cat([q, norm], -1)).chunk(3, -1)
    return q + dq + dqmu * (v * w).sum(0), mu + dmu * w
