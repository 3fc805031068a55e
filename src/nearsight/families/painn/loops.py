r"""Sums over pairs of PaiNN's messages, forward and backward, written for a compiler.

With filters w, w', w'' of a pair, directions e_ij from receiver i to sender j and features x, x',
u = x'' mu of the sender,

    dq_i = sum_j w_ij x_j,    dmu_i = sum_j (w'_ij x'_j e_ij + w''_ij u_j).

Schütt, Unke, Gastegger, ICML 2021, equations 7 and 8. Filters stand once a pair, e_ij = -e_ji.
"""

from typing import NamedTuple

import torch

from nearsight.families.pairlist import PairList
from nearsight.families.schnetpack.pieces import both_ways, neighbor_sum

Vectors = list[torch.Tensor]
"""x, y and z, each (copy, atom, feature)."""


class Filters(NamedTuple):
    """Three filters of each pair, or their slopes by the distance; of no carried vectors, two.

    Attributes:
        scalar: w, (copy, pair, feature).
        vector: w', the same shape.
        carry: w'', or None.
    """

    scalar: torch.Tensor
    vector: torch.Tensor
    carry: torch.Tensor | None


class Sent(NamedTuple):
    """What atoms send, or slopes by it.

    Attributes:
        scalar: x, (copy, atom, feature).
        vector: x', the same shape.
        carry: u, or None.
    """

    scalar: torch.Tensor
    vector: torch.Tensor
    carry: Vectors | None


def filters_of(channels: torch.Tensor, width: int) -> Filters:
    """Filters one by one of those (copy, pair, channel) that follow each other, two or three."""
    parts = channels.split(width, -1)
    return Filters(parts[0], parts[1], parts[2] if len(parts) > 2 else None)


def arrive(
    filters: Filters, sent: Sent, direction: torch.Tensor, pairs: PairList
) -> tuple[torch.Tensor, Vectors]:
    """Dq (copy, atom, feature) and dmu.

    Args:
        filters: of each pair.
        sent: by each atom.
        direction: (copy, pair, 3) from the first atom of a pair to its second.
        pairs: of the molecule.
    """
    radial = filters.vector[:, pairs.link] * sent.vector[:, pairs.neighbor]
    arrived = []
    for axis, along in enumerate(_directions(direction, pairs)):
        message = radial * along
        if filters.carry is not None and sent.carry is not None:
            carried = sent.carry[axis][:, pairs.neighbor]
            message = message + filters.carry[:, pairs.link] * carried
        arrived.append(message.sum(1))
    scalar = neighbor_sum(filters.scalar, sent.scalar, pairs)
    return scalar, arrived


def send_back(
    filters: Filters, scalar: torch.Tensor, vectors: Vectors, direction: torch.Tensor,
    pairs: PairList,
) -> Sent:  # fmt: skip
    """Slopes by what was sent.

    Args:
        filters: of each pair.
        scalar: (copy, atom, feature) slope by dq.
        vectors: slope by dmu.
        direction: (copy, pair, 3) from the first atom of a pair to its second.
        pairs: of the molecule.
    """
    along = _directions(direction, pairs)
    # The sender sees its receivers in the opposite direction.
    seen = [-v[:, pairs.neighbor] * e for v, e in zip(vectors, along, strict=True)]
    by_vector = (filters.vector[:, pairs.link] * (seen[0] + seen[1] + seen[2])).sum(1)
    carry = filters.carry
    back = None if carry is None else [neighbor_sum(carry, v, pairs) for v in vectors]
    return Sent(neighbor_sum(filters.scalar, scalar, pairs), by_vector, back)


def pair_slopes(
    filters: Filters, slopes: Filters, sent: Sent, scalar: torch.Tensor, vectors: Vectors,
    direction: torch.Tensor, pairs: PairList,
) -> tuple[torch.Tensor, list[torch.Tensor]]:  # fmt: skip
    """Slopes by distance (copy, pair) and by the three components of direction.

    Args:
        filters: of each pair.
        slopes: of the filters by the distance.
        sent: by each atom.
        scalar: (copy, atom, feature) slope by dq.
        vectors: slope by dmu.
        direction: (copy, pair, 3) from the first atom of a pair to its second.
        pairs: of the molecule.
    """
    first, second, x = pairs.first, pairs.second, sent.vector
    turned = [v[:, first] * x[:, second] - v[:, second] * x[:, first] for v in vectors]
    along = [t * direction[..., axis, None] for axis, t in enumerate(turned)]
    radial = both_ways(scalar, sent.scalar, pairs) * slopes.scalar
    radial = radial + (along[0] + along[1] + along[2]) * slopes.vector
    if slopes.carry is not None and sent.carry is not None:
        met = [both_ways(v, u, pairs) for v, u in zip(vectors, sent.carry, strict=True)]
        radial = radial + (met[0] + met[1] + met[2]) * slopes.carry
    return radial.sum(-1), [(t * filters.vector).sum(-1) for t in turned]


def _directions(direction: torch.Tensor, pairs: PairList) -> list[torch.Tensor]:
    """Components (copy, neighbor, atom, 1) of directions from each atom to its neighbours."""
    return [(part[:, pairs.link] * pairs.sign)[..., None] for part in direction.unbind(-1)]
