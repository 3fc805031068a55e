r"""Pieces of evaluations written for a compiler, forward and backward.

All work on tensors whose last dimension is features, contiguous: what a compiler makes vectors of.
:func:`apart` keeps a compiler from putting two loops into one where that would compute a table
again for each neighbour.
"""

from typing import NamedTuple

import torch

from nearsight.families.pairlist import PairList
from nearsight.families.schnetpack.tables import START


class Geometry(NamedTuple):
    """Pairs of all copies.

    Attributes:
        distance: (copy, pair); infinite for a pair of an atom with itself.
        direction: (copy, pair, 3) of unit length from the first atom to the second.
    """

    distance: torch.Tensor
    direction: torch.Tensor


def apart(x: torch.Tensor) -> torch.Tensor:
    """The same tensor (...,), which is computed where this stands and kept."""
    return torch.as_strided(x, x.size(), x.stride())


def geometry(position: torch.Tensor, pairs: PairList) -> Geometry:
    """Distances and directions.

    Args:
        position: (copy, atom, 3).
        pairs: of the molecule.
    """
    vector = position[:, pairs.second] - position[:, pairs.first]
    length = vector.square().sum(-1).sqrt()
    distance = torch.where(pairs.first == pairs.second, torch.inf, length)
    return Geometry(apart(distance), apart(vector / distance[..., None]))


def read_table(
    table: torch.Tensor, cutoff: torch.Tensor, distance: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Filters and their slopes, (copy, pair, channel) each; zero from the cutoff on.

    Args:
        table: (cell, power, channel) coefficients of powers.
        cutoff: () where the last cell ends.
        distance: (copy, pair); one that is not a number gives filters that are none either.
    """
    per_length = table.shape[0] / (cutoff * (1 - START))
    places = (distance - cutoff * START) * per_length
    cell = places.to(torch.int64).clamp(0, table.shape[0] - 1)
    t, powers = (places - cell)[..., None], table[cell]
    *lower, before, highest = range(table.shape[1])
    slope = powers[..., highest, :]
    value = slope * t + powers[..., before, :]
    for power in reversed(lower):
        slope = slope * t + value
        value = value * t + powers[..., power, :]
    beyond = (distance >= cutoff)[..., None]
    return (
        apart(torch.where(beyond, 0.0, value)),
        apart(torch.where(beyond, 0.0, slope) * per_length),
    )


def neighbor_sum(weight: torch.Tensor, x: torch.Tensor, pairs: PairList) -> torch.Tensor:
    r"""y_i = sum_j w_ij x_j, (copy, atom, feature); its own transpose.

    Args:
        weight: w, (copy, pair, feature).
        x: (copy, atom, feature).
        pairs: of the molecule.
    """
    return (weight[:, pairs.link] * x[:, pairs.neighbor]).sum(1)


def both_ways(a: torch.Tensor, b: torch.Tensor, pairs: PairList) -> torch.Tensor:
    """(copy, pair, feature) a of the first atom times b of the second, plus the reverse.

    Args:
        a: (copy, atom, feature).
        b: (copy, atom, feature).
        pairs: of the molecule.
    """
    first, second = pairs.first, pairs.second
    return a[:, first] * b[:, second] + a[:, second] * b[:, first]


def pair_slope(
    slope: torch.Tensor, got: torch.Tensor, sent: torch.Tensor, pairs: PairList
) -> torch.Tensor:
    """(copy, pair) slope by the distance of what :func:`neighbor_sum` feeds.

    Args:
        slope: (copy, pair, feature) of the weight by the distance.
        got: (copy, atom, feature) slope by what arrives.
        sent: (copy, atom, feature).
        pairs: of the molecule.
    """
    return (both_ways(got, sent, pairs) * slope).sum(-1)


def force(
    geometry: Geometry, radial: torch.Tensor, across: torch.Tensor | None, pairs: PairList
) -> torch.Tensor:
    """(copy, atom, 3) from the slopes of the energy.

    Args:
        geometry: of the pairs.
        radial: (copy, pair) by the distance.
        across: (copy, pair, 3) by the direction; None for zero.
        pairs: of the molecule.
    """
    distance, direction = geometry
    along = radial
    if across is not None:
        along = along - (across * direction).sum(-1) / distance
    slope = along[..., None] * direction
    if across is not None:
        slope = slope + across / distance[..., None]
    return (apart(slope)[:, pairs.link] * pairs.sign[..., None]).sum(1)


def product(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """(..., out) of x (..., in) and weight (out, in)."""
    return (x.reshape(-1, x.shape[-1]) @ weight.T).view(*x.shape[:-1], weight.shape[0])


def dense(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """A dense layer without activation, (..., out).

    Args:
        x: (..., in).
        weight: (out, in).
        bias: (out,).
    """
    return product(x, weight) + bias


def activated(name: str, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """An activation and its slope, (...,) each.

    Args:
        name: of :data:`nearsight.families.schnetpack.makeup.ActivationName`.
        x: (...,).
    """
    value, slope = _ACTIVATIONS[name](x)
    return value, apart(slope)


def _silu(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    gate = torch.sigmoid(x)
    return x * gate, gate * (1 + x * (1 - gate))


def _shifted_softplus(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    # PyTorch's softplus is its argument above this.
    slope = torch.where(x > _LINEAR, 1.0, torch.sigmoid(x))
    return torch.nn.functional.softplus(x) - _LOG_2, slope


def _tanh(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    value = torch.tanh(x)
    return value, 1 - value * value


def _relu(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.relu(x), (x > 0).to(x.dtype)


def _gelu(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    below = 0.5 * (1 + torch.erf(x * _ROOT_HALF))
    return x * below, below + x * torch.exp(-0.5 * x * x) * _NORMAL


def _elu(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    value = torch.where(x > 0, x, torch.expm1(x.clamp_max(0)))
    return value, torch.where(x > 0, 1.0, value + 1)


def _identity(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return x, torch.ones_like(x)


_LINEAR = 20.0
_LOG_2, _ROOT_HALF, _NORMAL = 0.6931471805599453, 0.5**0.5, 0.3989422804014327
_ACTIVATIONS = {
    "silu": _silu,
    "shifted_softplus": _shifted_softplus,
    "tanh": _tanh,
    "relu": _relu,
    "gelu": _gelu,
    "elu": _elu,
    "identity": _identity,
}
