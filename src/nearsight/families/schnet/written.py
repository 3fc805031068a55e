"""SchNet's last states and the way back from them, written for a compiler."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from schnetpack.representation import schnet

from nearsight.families.pairlist import PairList
from nearsight.families.schnet.makeup import SchNetMakeup
from nearsight.families.schnetpack.pieces import (
    activated,
    apart,
    dense,
    neighbor_sum,
    pair_slope,
    product,
)
from nearsight.families.schnetpack.written import Back, Parts, Read, dense_weights


def schnet_parts(net: Any, exact: Any, makeup: SchNetMakeup) -> Parts | None:
    """SchNetPack's SchNet to pieces; None for what is not, in all of its parts, known.

    Args:
        net: the representation.
        exact: the same in float64.
        makeup: read off it.
    """
    if type(net) is not schnet.SchNet or len(net.electronic_embeddings):
        return None
    weights: list[torch.Tensor] = []
    for block in net.interactions:
        layers = dense_weights(block.f2out)
        if type(block) is not schnet.SchNetInteraction or block.in2f.bias is not None:
            return None
        if layers is None or len(layers) != 4:
            return None
        weights += [block.in2f.weight, *layers]
    filters = [partial(_filters, exact, block) for block in exact.interactions]
    channels = [net.n_filters] * len(filters)
    return Parts(SchNetBody(len(filters), makeup.activation), filters, channels, weights)


def _filters(net: Any, block: Any, distance: torch.Tensor) -> torch.Tensor:
    basis, damping = net.radial_basis(distance), net.cutoff_fn(distance)[:, None]
    weight: torch.Tensor = block.filter_network(basis) * damping
    return weight


@dataclass(frozen=True)
class SchNetBody:
    """Blocks of a SchNet.

    Attributes:
        depth: number of blocks.
        activation: of their hidden layers.
    """

    depth: int
    activation: str

    def __call__(
        self,
        states: torch.Tensor,
        filters: Sequence[Read],
        direction: torch.Tensor,
        pairs: PairList,
        weights: Sequence[torch.Tensor],
    ) -> tuple[torch.Tensor, Back]:
        """Last states (copy, atom, feature), and the way back.

        Args:
            states: (1, atom, feature) embeddings.
            filters: of each block.
            direction: of no effect here.
            pairs: of the molecule.
            weights: five of each block.
        """
        x, passed = states, []
        for block, (weight, slope) in enumerate(filters):
            into, first, first_bias, second, second_bias = weights[5 * block : 5 * block + 5]
            sent = product(x, into)
            arrived = apart(neighbor_sum(weight, sent, pairs))
            hidden, curve = activated(self.activation, dense(arrived, first, first_bias))
            x = x + dense(hidden, second, second_bias)
            passed.append((weight, slope, sent, curve, into, first, second))

        def back(grad: torch.Tensor) -> tuple[torch.Tensor, None]:
            radial: Any = 0.0
            for number, step in reversed(list(enumerate(passed))):
                weight, slope, sent, curve, into, first, second = step
                got = apart(product(product(grad, second.T) * curve, first.T))
                radial = radial + pair_slope(slope, got, sent, pairs)
                # The embeddings do not move.
                if number > 0:
                    grad = grad + product(apart(neighbor_sum(weight, got, pairs)), into.T)
            return radial, None

        return x, back
