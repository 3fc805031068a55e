"""SchNet's interaction blocks as blocks of a chain."""

import torch
from schnetpack.representation import SchNet

from nearsight.families.schnetpack.walks import SchNetPackWalks
from nearsight.lrp.chain import Block
from nearsight.lrp.edges import Edges
from nearsight.lrp.filters import Filters, gather
from nearsight.lrp.layer import Layer
from nearsight.lrp.maps import per_atom
from nearsight.lrp.recording import Recording
from nearsight.lrp.rules import Constants, Rule, freeze, linear


def layers_of_schnet(representation: Layer) -> list[Layer]:
    """Layers whose inputs and outputs a SchNet is frozen from."""
    return [
        layer
        for block in representation.interactions
        for layer in (block.filter_network, block.f2out[0])
    ]


def freeze_schnet(
    representation: Layer, seen: Recording, edges: Edges, rule: Rule, vector: str
) -> list[Block]:
    """Freeze every interaction block of a SchNet.

    K = W_in2f, f = filter × cutoff, M_i = W_f2out1 J_i with J_i the frozen ``f2out[0]``; the
    residual is P = 1 (Schütt et al., J. Chem. Phys. 148, 241722 (2018), figure 2).

    Args:
        representation: SchNetPack's SchNet.
        seen: its forward pass.
        edges: within its cutoff.
        rule: LRP rule.
        vector: of no effect, there are none.
    """
    damping = representation.cutoff_fn(edges.distance)[:, None]
    blocks = []
    for interaction in representation.interactions:
        filters = edges.filters(seen.output(interaction.filter_network) * damping)
        gathered = seen.given(interaction.f2out[0])
        blocks.append(_freeze_interaction(interaction, gathered, filters, rule))
    return blocks


def _freeze_interaction(
    interaction: Layer, gathered: torch.Tensor, filters: Filters, rule: Rule
) -> Block:
    to_message, message_bias = linear(interaction.in2f)
    first, last = interaction.f2out
    frozen = freeze(first, gathered, rule)
    weight, bias = linear(last)
    constants = frozen.constants
    if interaction.in2f.bias is not None:
        arrived = gather(filters, message_bias.expand(len(gathered), -1))
        constants += Constants(per_atom(frozen.J, arrived))
    constants = constants.through(lambda constant: constant @ weight.T) + Constants(bias)
    return Block(
        P=None,
        # One product for all atoms: J lies with its inputs first.
        M=(frozen.J.mT @ weight.T).mT,
        K=to_message.expand(len(gathered), -1, -1),
        f=filters,
        c=constants.total(),
        leak=constants.leak,
    )


WALKS = SchNetPackWalks(
    kind=SchNet,
    layers=layers_of_schnet,
    freeze=freeze_schnet,
    filters=lambda representation: [
        (block, "filter_network") for block in representation.interactions
    ],
)
"""SchNet's: scalars alone."""
