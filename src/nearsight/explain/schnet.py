"""SchNet's interaction blocks as blocks of a chain."""

import torch

from nearsight.explain.chain import Block, per_atom
from nearsight.explain.geometry import Edges
from nearsight.explain.parts import Part
from nearsight.explain.rules import Rule, freeze, linear


def freeze_schnet(
    representation: Part, state: torch.Tensor, edges: Edges, rule: Rule
) -> tuple[list[Block], torch.Tensor]:
    """Freeze every interaction block of a SchNet.

    K = W_in2f, f = filter × cutoff, M_i = W_f2out1 J_i with J_i the frozen ``f2out[0]``; the
    residual is P = 1 (Schütt et al., J. Chem. Phys. 148, 241722 (2018), figure 2).

    Args:
        representation: SchNetPack's SchNet.
        state: (N, F) embeddings.
        edges: within its cutoff.
        rule: LRP rule.

    Returns:
        The blocks and the last states (N, F).
    """
    basis = representation.radial_basis(edges.distance)
    damping = representation.cutoff_fn(edges.distance)[:, None]
    blocks = []
    for interaction in representation.interactions:
        filters = interaction.filter_network(basis) * damping
        block, state = _freeze_interaction(interaction, state, edges.dense(filters), rule)
        blocks.append(block)
    return blocks, state


def _freeze_interaction(
    interaction: Part, state: torch.Tensor, filters: torch.Tensor, rule: Rule
) -> tuple[Block, torch.Tensor]:
    to_message, message_bias = linear(interaction.in2f)
    constant = filters.sum(1) * message_bias
    gathered = (filters * (state @ to_message.T)).sum(1) + constant
    first, last = interaction.f2out
    frozen = freeze(first, gathered, rule)
    weight, bias = linear(last)
    leak = frozen.leak @ weight.T
    block = Block(
        P=None,
        M=weight @ frozen.J,
        K=to_message.expand(len(state), -1, -1),
        f=filters,
        c=(frozen.bias + per_atom(frozen.J, constant)) @ weight.T + bias + leak,
        leak=leak,
    )
    return block, state + frozen.output @ weight.T + bias
