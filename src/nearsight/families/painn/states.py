"""PaiNN's last states on a list that holds each pair once: the same numbers, sooner."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import torch
from schnetpack.representation import painn
from torch import nn

from nearsight.families.painn.by_hand import Block, TwoLayers, last_states
from nearsight.families.schnetpack.sums import Links, scalar_sum, twice_vector_sum, vector_sum
from nearsight.families.schnetpack.values import States

FEW_BYTES = 2**16
"""Of one filter of all pairs: below, the number of operations is what an evaluation costs, above,
what they move through memory (``benchmarks/README.md``)."""


def painn_states(net: Any, *, trained: bool) -> States | None:
    """Last states of SchNetPack's PaiNN; None for what is not, in all of its parts, known.

    Args:
        net: the representation.
        trained: follow changes of the weights, and allow any number of derivatives, not one.
    """
    if (
        type(net) is painn.PaiNN
        and not len(net.electronic_embeddings)
        and all(type(block) is painn.PaiNNInteraction for block in net.interactions)
        and all(type(block) is painn.PaiNNMixing for block in net.mixing)
        and type(net.filter_net.activation) is nn.Identity
    ):
        return partial(_states, net, None) if trained else _of_fixed_weights(net)
    return None


def _of_fixed_weights(net: Any) -> States:
    filters, blocks = _filters(net), _blocks(net)

    def states(atomic_number: torch.Tensor, vector: torch.Tensor, links: Links) -> torch.Tensor:
        if len(vector) * net.n_atom_basis * vector.element_size() > FEW_BYTES:
            return _states(net, filters, atomic_number, vector, links)
        basis, direction = _seen(net, vector)
        both_ways = torch.stack([direction, -direction])[..., None]
        return last_states(net.embedding(atomic_number), basis, both_ways, blocks, links)

    return states


def _seen(net: Any, vector: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Radial functions with the cutoff function behind them, and directions (pair, 3)."""
    distance = vector.norm(dim=1, keepdim=True)
    damping = net.cutoff_fn(distance)
    # The cutoff goes onto the few radial functions and the bias, not onto the many filters.
    basis = torch.cat([net.radial_basis(distance)[:, 0] * damping, damping], 1)
    return basis, vector / distance


def _states(
    net: Any,
    filters: list[list[torch.Tensor]] | None,
    atomic_number: torch.Tensor,
    vector: torch.Tensor,
    links: Links,
) -> torch.Tensor:
    q = net.embedding(atomic_number)
    basis, direction = _seen(net, vector)
    direction = torch.stack([direction.T, -direction.T], 1)[..., None]
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


def _blocks(net: Any) -> list[Block]:
    """All blocks without what is multiplied by zero vectors, or changes vectors nobody reads."""
    affine, n, blocks = _affine(net).detach(), net.n_atom_basis, []
    last = len(net.interactions) - 1
    for k, (message, mixing) in enumerate(zip(net.interactions, net.mixing, strict=True)):
        begin, kinds = 0 if net.share_filters else 3 * n * k, 2 if k == 0 else 3
        read = mixing.intraatomic_context_net
        blocks.append(
            Block(
                filters=affine[:, begin : begin + kinds * n].contiguous(),
                context=_two_layers(message.interatomic_context_net, list(range(kinds))),
                mix=mixing.mu_channel_mix.weight.detach(),
                # Into q, onto <V, W>, onto W: the network has the last two the other way round.
                read=_two_layers(read, [0, 2] if k == last else [0, 2, 1]),
                epsilon=mixing.epsilon,
            )
        )
    return blocks


def _two_layers(net: Any, parts: list[int]) -> TwoLayers:
    """Two dense layers with these parts, each as wide as the input of the second, of the output."""
    first, second = net
    n = second.in_features
    return TwoLayers(
        first=first.weight.detach(),
        first_bias=first.bias.detach(),
        second=second.weight.detach().view(-1, n, n)[parts].flatten(0, 1),
        second_bias=second.bias.detach().view(-1, n)[parts].flatten(),
        activation=first.activation,
    )


def _affine(net: Any) -> torch.Tensor:
    return torch.cat([net.filter_net.weight, net.filter_net.bias[:, None]], 1).T


def _mix(mixing: Any, q: torch.Tensor, mu: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``PaiNNMixing`` with the components of vectors in front: mu is (3, atom, feature)."""
    v, w = mixing.mu_channel_mix(mu).chunk(2, -1)
    norm = torch.sqrt(v.square().sum(0) + mixing.epsilon)
    dq, dmu, dqmu = mixing.intraatomic_context_net(torch.cat([q, norm], -1)).chunk(3, -1)
    return q + dq + dqmu * (v * w).sum(0), mu + dmu * w
