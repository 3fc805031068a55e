"""PaiNN's message and mixing steps, frozen at their forward values (Schütt et al., ICML 2021)."""

from dataclasses import dataclass

import torch

from nearsight.explain.chain import Block
from nearsight.explain.geometry import Edges
from nearsight.explain.parts import Part
from nearsight.explain.rules import FrozenLayer, Rule, freeze, linear
from nearsight.explain.vectors import TREATMENTS, Message, Mixing

Features = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class _Context:
    """A two-layer context net: the first layer frozen, the second linear and split in three."""

    hidden: FrozenLayer
    weights: tuple[torch.Tensor, ...]
    biases: tuple[torch.Tensor, ...]

    def outputs(self) -> list[torch.Tensor]:
        pairs = zip(self.weights, self.biases, strict=True)
        return [self.hidden.output @ weight.T + bias for weight, bias in pairs]


def freeze_painn(
    representation: Part, scalar: torch.Tensor, edges: Edges, rule: Rule, vector: str
) -> tuple[list[Block], Features]:
    """Freeze every block (interaction and mixing together) of a PaiNN.

    Args:
        representation: SchNetPack's PaiNN.
        scalar: (N, F) embeddings.
        edges: within its cutoff.
        rule: LRP rule.
        vector: ``detach`` or ``flow``, see :mod:`nearsight.explain.vectors`.

    Returns:
        The blocks and the last states, scalars (N, F) and vectors (N, 3, F).
    """
    features = scalar, scalar.new_zeros(len(scalar), 3, scalar.shape[1])
    blocks = []
    steps = zip(
        representation.interactions, representation.mixing, _filters(representation, edges),
        strict=True,
    )  # fmt: skip
    for interaction, mixing, filters in steps:
        message, features = _interact(interaction, features, edges, filters, rule)
        mixed, features = _mix(mixing, features, rule)
        blocks.append(TREATMENTS[vector](message, mixed))
    return blocks, features


def _filters(representation: Part, edges: Edges) -> list[torch.Tensor]:
    """Filters (E, 3F) of each block: one net for all, its output shared or split."""
    damping = representation.cutoff_fn(edges.distance)[:, None]
    filters = representation.filter_net(representation.radial_basis(edges.distance)) * damping
    n_blocks = len(representation.interactions)
    return (
        [filters] * n_blocks if representation.share_filters else list(filters.chunk(n_blocks, -1))
    )


def _freeze_context(net: Part, x: torch.Tensor, rule: Rule) -> _Context:
    first, last = net
    weight, bias = linear(last)
    return _Context(freeze(first, x, rule), weight.chunk(3), bias.chunk(3))


def _interact(
    interaction: Part,
    features: Features,
    edges: Edges,
    filters: torch.Tensor,
    rule: Rule,
) -> tuple[Message, Features]:
    scalar, vector = features
    context = _freeze_context(interaction.interatomic_context_net, scalar, rule)
    x_scalar, x_radial, x_vector = context.outputs()
    f_scalar, f_radial, f_vector = filters.chunk(3, -1)
    radial = edges.direction[..., None] * (f_radial * x_radial[edges.j])[:, None]
    carried = (f_vector * x_vector[edges.j])[:, None] * vector[edges.j]
    message = Message(
        hidden=context.hidden,
        to_scalar=context.weights[0],
        to_vector=context.weights[1],
        scalar_bias=context.biases[0],
        vector_bias=context.biases[1],
        f_scalar=edges.dense(f_scalar),
        f_radial=[edges.dense(f_radial * part[:, None]) for part in edges.direction.unbind(-1)],
        f_carry=edges.dense(f_vector * x_vector[edges.j]),
    )
    scalar = scalar + edges.gather(f_scalar * x_scalar[edges.j])
    return message, (scalar, vector + edges.gather(radial + carried))


def _mix(mixing: Part, features: Features, rule: Rule) -> tuple[Mixing, Features]:
    scalar, vector = features
    weight_v, weight_w = mixing.mu_channel_mix.weight.chunk(2)
    v, w = vector @ weight_v.T, vector @ weight_w.T
    norm = (v.square().sum(1) + mixing.epsilon).sqrt()
    product = (v * w).sum(1)
    context = _freeze_context(
        mixing.intraatomic_context_net, torch.cat([scalar, norm], dim=-1), rule
    )
    d_scalar, d_vector, d_product = context.outputs()
    mixed = Mixing(
        hidden=context.hidden,
        to_scalar=context.weights[0] + product[..., None] * context.weights[2],
        scalar_bias=context.biases[0] + product * context.biases[2],
        norm=norm,
        slope=v / norm[:, None],
        epsilon=mixing.epsilon,
        weight_v=weight_v,
        weight_w=weight_w,
        d_vector=d_vector,
    )
    scalar = scalar + d_scalar + d_product * product
    return mixed, (scalar, vector + d_vector[:, None] * w)
