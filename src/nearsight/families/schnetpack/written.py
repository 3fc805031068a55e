"""Networks of SchNetPack as evaluations written for a compiler: what all representations share.

A family says how its last states come from a molecule and how slopes go back to the pairs; the head
stands here.
"""

import copy
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol

import torch
from torch.nn.functional import pad

from nearsight.errors import UnsupportedModelError
from nearsight.families.pairlist import PairList
from nearsight.families.schnetpack.network import embedding_table, read_makeup
from nearsight.families.schnetpack.pieces import (
    activated,
    dense,
    force,
    geometry,
    product,
    read_table,
)
from nearsight.families.schnetpack.tables import Filters, filter_tables
from nearsight.families.schnetpack.values import only_head
from nearsight.families.written import MOLECULE, Written

ALIGNED = 16
"""Numbers of 4 bytes in a line of a cache."""
Read = tuple[torch.Tensor, torch.Tensor]
"""Filters and their slopes, (copy, pair, channel) each."""
Back = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor | None]]
"""From the slopes (copy, atom, feature) of the energy by the last states to those by distances
(copy, pair) and by directions (copy, pair, 3), None for zero."""


class Body(Protocol):
    """What runs of a representation; its ``repr`` names all that it is special to."""

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
            direction: (copy, pair, 3) from the first atom of a pair to its second.
            pairs: of the molecule.
            weights: what :class:`Parts` has.
        """


@dataclass(frozen=True)
class Parts:
    """A representation taken to pieces.

    Attributes:
        body: its function, special to the make-up alone.
        filters: of each block, from distances to filters in float64.
        channels: of each block, how many filters.
        weights: what the body reads beside filters.
    """

    body: Body
    filters: Sequence[Filters]
    channels: Sequence[int]
    weights: Sequence[torch.Tensor]


def written(take: Callable[[Any, Any, Any], Parts | None], network: Any) -> Written | None:
    """The evaluation of a network, or None for one that is not, in all of its parts, known.

    Args:
        take: a representation, the same in float64 for tables, and its make-up to pieces.
        network: of SchNetPack, of fixed weights.
    """
    head = only_head(network)
    if head is None or getattr(head, "aggregation_mode", None) != "sum":
        return None
    if len(network.postprocessors):
        return None
    net = network.representation
    try:
        makeup = read_makeup(net, head)
    except UnsupportedModelError:
        return None
    parts = take(net, copy.deepcopy(net).double().cpu(), makeup.representation)
    layers, embedding = dense_weights(head.outnet), embedding_table(net)
    if parts is None or layers is None or embedding is None:
        return None
    cutoff, kind = float(net.cutoff_fn.cutoff), embedding.dtype
    table = filter_tables(parts.filters, cutoff, kind)
    if table is None:
        return None
    dense = [weight.detach() for weight in (*parts.weights, *layers)]
    function = Evaluation(
        body=parts.body,
        channels=tuple(parts.channels),
        shapes=tuple(tuple(weight.shape) for weight in dense),
        n_layers=len(head.outnet),
        activation=makeup.head.activation,
    )
    packed = pack(dense)
    return Written(
        key=str(function),
        function=function,
        weights=(
            embedding.new_tensor(cutoff), embedding.detach(), table.to(embedding.device), packed
        ),
        varying=(*MOLECULE, {}, {}, {0: "cell"}, {}),
        cutoff=cutoff,
    )  # fmt: skip


def pack(weights: Sequence[torch.Tensor]) -> torch.Tensor:
    """All numbers of weights (...,) one after another, (number,): few arguments are called sooner.

    Each begins at a multiple of :data:`ALIGNED` numbers.
    """
    flat = [weight.reshape(-1) for weight in weights]
    return torch.cat([pad(part, (0, -len(part) % ALIGNED)) for part in flat])


def unpack(packed: torch.Tensor, shapes: Sequence[tuple[int, ...]]) -> list[torch.Tensor]:
    """Weights (...,) of these shapes from what :func:`pack` made, (number,)."""
    weights, start = [], 0
    for shape in shapes:
        size = prod(shape)
        weights.append(packed[start : start + size].view(shape))
        start += size + -size % ALIGNED
    return weights


def dense_weights(layers: Any) -> list[torch.Tensor] | None:
    """Weights (out, in) and biases (out,) of layers in turn; None where one has no bias."""
    if any(layer.bias is None for layer in layers):
        return None
    return list(itertools.chain.from_iterable((layer.weight, layer.bias) for layer in layers))


@dataclass(frozen=True)
class Evaluation:
    """Energies and forces of copies of one molecule.

    Attributes:
        body: of the representation.
        channels: filters of each block.
        shapes: of all weights, those of the head last.
        n_layers: dense layers of the head.
        activation: of the head's hidden layers.
    """

    body: Body
    channels: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    n_layers: int
    activation: str

    def __call__(
        self, position: torch.Tensor, numbers: torch.Tensor, *tensors: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Energy (copy,) and force (copy, atom, 3).

        Args:
            position: (copy, atom, 3).
            numbers: (atom,) nuclear charges.
            tensors: of a pair list, then weights.
        """
        pairs, (cutoff, embedding, table, packed) = PairList(*tensors[:5]), tensors[5:]
        unpacked = unpack(packed, self.shapes)
        weights, head = unpacked[: -2 * self.n_layers], unpacked[-2 * self.n_layers :]
        where = geometry(position, pairs)
        values, slopes = read_table(table, cutoff, where.distance)
        filters = list(
            zip(values.split(self.channels, -1), slopes.split(self.channels, -1), strict=True)
        )
        states, back = self.body(embedding[numbers][None], filters, where.direction, pairs, weights)
        energy, slope = self._head(states, head)
        return energy, force(where, *back(slope), pairs)

    def _head(
        self, states: torch.Tensor, head: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Energy (copy,) and its slope by the states (copy, atom, feature)."""
        slopes, x = [], states
        for weight, bias in zip(head[:-2:2], head[1:-2:2], strict=True):
            x, slope = activated(self.activation, dense(x, weight, bias))
            slopes.append(slope)
        own = dense(x, head[-2], head[-1])[..., 0]
        back = head[-2].expand(*states.shape[:2], -1)
        for weight, slope in zip(reversed(head[:-2:2]), reversed(slopes), strict=True):
            back = product(back * slope, weight.T)
        return own.sum(1), back
