"""PaiNN's message and mixing steps, frozen at their forward values (Schütt et al., ICML 2021)."""

import torch
from schnetpack.representation import PaiNN

from nearsight.families.painn.vectors import TREATMENTS, Message, Mixing
from nearsight.families.schnetpack.walks import SchNetPackWalks
from nearsight.lrp.chain import Block
from nearsight.lrp.edges import Edges
from nearsight.lrp.layer import Layer
from nearsight.lrp.recording import Recording
from nearsight.lrp.rules import Rule, freeze, linear


def layers_of_painn(representation: Layer) -> list[Layer]:
    """Layers whose inputs and outputs a PaiNN is frozen from."""
    contexts = [block.interatomic_context_net for block in representation.interactions]
    mixings = [
        layer
        for block in representation.mixing
        for layer in (block.mu_channel_mix, block.intraatomic_context_net)
    ]
    return [representation.filter_net, *contexts, *mixings]


def freeze_painn(
    representation: Layer, seen: Recording, edges: Edges, rule: Rule, vector: str
) -> list[Block]:
    """Freeze every block (interaction and mixing together) of a PaiNN.

    Args:
        representation: SchNetPack's PaiNN.
        seen: its forward pass.
        edges: within its cutoff.
        rule: LRP rule.
        vector: ``detach`` or ``flow``, see :mod:`nearsight.families.painn.vectors`.
    """
    steps = zip(
        representation.interactions, representation.mixing,
        _filters(representation, seen, edges), strict=True,
    )  # fmt: skip
    return [
        TREATMENTS[vector](
            _interact(interaction, seen, edges, filters, rule), _mix(mixing, seen, rule)
        )
        for interaction, mixing, filters in steps
    ]


def _filters(representation: Layer, seen: Recording, edges: Edges) -> list[torch.Tensor]:
    """Filters (E, 3F) of each block: one net for all, its output shared or split."""
    damping = representation.cutoff_fn(edges.distance)[:, None]
    filters = seen.output(representation.filter_net).squeeze(1) * damping
    n_blocks = len(representation.interactions)
    if representation.share_filters:
        return [filters] * n_blocks
    return list(filters.chunk(n_blocks, -1))


def _interact(
    interaction: Layer, seen: Recording, edges: Edges, filters: torch.Tensor, rule: Rule
) -> Message:
    net = interaction.interatomic_context_net
    (to_scalar, to_vector, _), (scalar_bias, vector_bias, _) = _thirds(net[1])
    return Message(
        hidden=freeze(net[0], seen.given(net).squeeze(1), rule),
        to_scalar=to_scalar,
        to_vector=to_vector,
        scalar_bias=scalar_bias,
        vector_bias=vector_bias,
        edges=edges,
        filters=filters.chunk(3, -1),
        gate=seen.output(net).squeeze(1).chunk(3, -1)[2],
    )


def _mix(mixing: Layer, seen: Recording, rule: Rule) -> Mixing:
    net = mixing.intraatomic_context_net
    v, w = seen.output(mixing.mu_channel_mix).chunk(2, -1)
    context = seen.given(net).squeeze(1)
    norm, product = context[:, -v.shape[-1] :], (v * w).sum(1)
    weights, biases = _thirds(net[1])
    weight_v, weight_w = mixing.mu_channel_mix.weight.chunk(2)
    return Mixing(
        hidden=freeze(net[0], context, rule),
        to_scalar=weights[0] + product[..., None] * weights[2],
        scalar_bias=biases[0] + product * biases[2],
        norm=norm,
        slope=v / norm[:, None],
        epsilon=mixing.epsilon,
        weight_v=weight_v,
        weight_w=weight_w,
        d_vector=seen.output(net).squeeze(1).chunk(3, -1)[1],
    )


def _thirds(layer: Layer) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
    """Weights and biases of a linear layer with three kinds of outputs."""
    weight, bias = linear(layer)
    return weight.chunk(3), bias.chunk(3)


WALKS = SchNetPackWalks(
    kind=PaiNN,
    layers=layers_of_painn,
    freeze=freeze_painn,
    filters=lambda representation: [(representation, "filter_net")],
    treatments=tuple(TREATMENTS),
    carriers=("flow",),
)
"""PaiNN's: vectors are constants or carry relevance."""
