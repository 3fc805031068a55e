"""PaiNN's last states and the way back from them, written for a compiler.

Vectors are three tensors (copy, atom, feature), so that features lie side by side in all loops.
What need not be done is not: the first block has no vectors to carry, the last changes none that a
head reads, and the embeddings do not move.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from schnetpack.representation import painn
from torch import nn

from nearsight.families.painn.loops import (
    Sent,
    Vectors,
    arrive,
    filters_of,
    pair_slopes,
    send_back,
)
from nearsight.families.painn.makeup import PaiNNMakeup
from nearsight.families.pairlist import PairList
from nearsight.families.schnetpack.pieces import activated, apart, dense, product
from nearsight.families.schnetpack.written import Back, Parts, Read, dense_weights

_OF_BLOCK = 9
MessageBack = Callable[
    [torch.Tensor, Vectors],
    tuple[torch.Tensor, list[torch.Tensor], torch.Tensor, Vectors | None],
]
"""From slopes by q and mu after a message to those by distance, direction, and q and mu before.
Nobody reads the last two of the first block."""
MixingBack = Callable[[torch.Tensor, Vectors | None], tuple[torch.Tensor, Vectors]]


def painn_parts(net: Any, exact: Any, makeup: PaiNNMakeup) -> Parts | None:
    """SchNetPack's PaiNN to pieces; None for what is not, in all of its parts, known.

    Args:
        net: the representation.
        exact: the same in float64.
        makeup: read off it.
    """
    if (
        type(net) is not painn.PaiNN
        or len(net.electronic_embeddings)
        or type(net.filter_net.activation) is not nn.Identity
        or any(type(block) is not painn.PaiNNInteraction for block in net.interactions)
        or any(type(block) is not painn.PaiNNMixing for block in net.mixing)
    ):
        return None
    depth, weights = len(net.interactions), []
    for block in range(depth):
        own = _block_weights(net, block, last=block == depth - 1)
        if own is None:
            return None
        weights += own
    filters = [partial(_filters, exact, block) for block in range(depth)]
    body = PaiNNBody(depth, net.n_atom_basis, makeup.activation, net.mixing[0].epsilon)
    channels = [(3 if block else 2) * net.n_atom_basis for block in range(depth)]
    return Parts(body, filters, channels, weights)


def _block_weights(net: Any, block: int, *, last: bool) -> list[torch.Tensor] | None:
    """Two layers of the message, the mixing of vectors and two layers of the mixing."""
    message = dense_weights(net.interactions[block].interatomic_context_net)
    mixing = dense_weights(net.mixing[block].intraatomic_context_net)
    mix = net.mixing[block].mu_channel_mix
    if message is None or mixing is None or mix.bias is not None:
        return None
    width = net.n_atom_basis
    if block == 0:
        message[2:] = [part[: 2 * width] for part in message[2:]]
    if last:
        mixing[2:] = [torch.cat([part[:width], part[2 * width :]]) for part in mixing[2:]]
    return [*message, mix.weight, *mixing]


def _filters(net: Any, block: int, distance: torch.Tensor) -> torch.Tensor:
    """(pair, 3 features), of the first block (pair, 2 features): there is nothing to carry."""
    basis, damping = net.radial_basis(distance), net.cutoff_fn(distance)[:, None]
    width = 3 * net.n_atom_basis
    start = 0 if net.share_filters else block * width
    rows = slice(start, start + (width if block else 2 * net.n_atom_basis))
    weight, bias = net.filter_net.weight[rows], net.filter_net.bias[rows]
    return (basis @ weight.T + bias) * damping


@dataclass(frozen=True)
class PaiNNBody:
    """Blocks of a PaiNN.

    Attributes:
        depth: number of blocks.
        width: features.
        activation: of the hidden layers.
        epsilon: below the root of |V|.
    """

    depth: int
    width: int
    activation: str
    epsilon: float

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
            filters: of each block, channels (scalar, vector, carry), without carry of the first.
            direction: (copy, pair, 3) from the first atom of a pair to its second.
            pairs: of the molecule.
            weights: nine of each block.
        """
        q, mu, backs = states, None, []
        for block, read in enumerate(filters):
            own = weights[_OF_BLOCK * block : _OF_BLOCK * (block + 1)]
            q, vectors, message_back = self._message(q, mu, read, direction, pairs, own[:4])
            q, mu, mixing_back = self._mix(q, vectors, own[4:])
            backs.append((message_back, mixing_back))

        def back(slope: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            radial, across, vectors = [], [], None
            for message_back, mixing_back in reversed(backs):
                after, got = mixing_back(slope, vectors)
                by_distance, by_direction, slope, vectors = message_back(after, got)
                radial.append(by_distance)
                across.append(torch.stack(by_direction, -1))
            return sum(radial[1:], radial[0]), sum(across[1:], across[0])

        return q, back

    def _message(
        self, q: torch.Tensor, mu: Vectors | None, read: Read, direction: torch.Tensor,
        pairs: PairList, weights: Sequence[torch.Tensor],
    ) -> tuple[torch.Tensor, Vectors, MessageBack]:  # fmt: skip
        first, first_bias, second, second_bias = weights
        filters, slopes = (filters_of(channels, self.width) for channels in read)
        hidden, curve = activated(self.activation, dense(q, first, first_bias))
        parts = apart(dense(hidden, second, second_bias)).split(self.width, -1)
        carry = None if mu is None else [apart(parts[2] * m) for m in mu]
        sent = Sent(parts[0], parts[1], carry)
        dq, dmu = arrive(filters, sent, direction, pairs)
        after = dmu if mu is None else [m + d for m, d in zip(mu, dmu, strict=True)]

        def back(scalar: torch.Tensor, vectors: Vectors) -> Any:
            scalar, vectors = apart(scalar), [apart(v) for v in vectors]
            found = pair_slopes(filters, slopes, sent, scalar, vectors, direction, pairs)
            if mu is None:
                return *found, scalar, None
            by_sent = send_back(filters, scalar, vectors, direction, pairs)
            by_carry = by_sent.carry or []
            met = [g * m for g, m in zip(by_carry, mu, strict=True)]
            gate = met[0] + met[1] + met[2]
            context = torch.cat([by_sent.scalar, by_sent.vector, gate], -1)
            before = scalar + product(product(context, second.T) * curve, first.T)
            carried = zip(vectors, by_carry, strict=True)
            return *found, before, [v + g * parts[2] for v, g in carried]

        return q + dq, after, back

    def _mix(
        self, q: torch.Tensor, mu: Vectors, weights: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, Vectors | None, MixingBack]:
        mix, first, first_bias, second, second_bias = weights
        turned = product(torch.stack(mu), mix)
        v, w = ([part[..., s] for part in turned] for s in _halves(self.width))
        norm = apart((v[0] * v[0] + v[1] * v[1] + v[2] * v[2] + self.epsilon).sqrt())
        hidden, curve = activated(
            self.activation, dense(torch.cat([q, norm], -1), first, first_bias)
        )
        changes = apart(dense(hidden, second, second_bias)).split(self.width, -1)
        met = v[0] * w[0] + v[1] * w[1] + v[2] * w[2]
        gate = changes[1] if len(changes) == 3 else None
        after = None if gate is None else [m + gate * part for m, part in zip(mu, w, strict=True)]

        def back(scalar: torch.Tensor, vectors: Vectors | None) -> tuple[torch.Tensor, Vectors]:
            by_change = [scalar, scalar * met]
            if vectors is not None:
                by_gate = vectors[0] * w[0] + vectors[1] * w[1] + vectors[2] * w[2]
                by_change.insert(1, by_gate)
            by_hidden = product(torch.cat(by_change, -1), second.T) * curve
            by_q, by_norm = product(by_hidden, first.T).split(self.width, -1)
            by_met = scalar * changes[-1]
            ratio = by_norm / norm
            by_turned = []
            for axis in range(3):
                by_w = by_met * v[axis]
                if vectors is not None and gate is not None:
                    by_w = by_w + gate * vectors[axis]
                by_turned.append(torch.cat([by_met * w[axis] + ratio * v[axis], by_w], -1))
            by_mu = product(torch.stack(by_turned), mix.T).unbind(0)
            if vectors is None:
                return scalar + by_q, list(by_mu)
            return scalar + by_q, [g + by for g, by in zip(vectors, by_mu, strict=True)]

        return q + changes[0] + changes[-1] * met, after, back


def _halves(width: int) -> tuple[slice, slice]:
    return slice(0, width), slice(width, 2 * width)
