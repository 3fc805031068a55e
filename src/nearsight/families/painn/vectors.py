"""Two treatments of PaiNN's vector features: constants, or carriers of relevance.

``detach`` (state q, dimension F): vectors are constants everywhere. |V| enters the context net as a
constant, <V, W> is a frozen factor.

``flow`` (state q, mu_x, mu_y, mu_z, dimension 4F): messages carry relevance from q_j into mu_i
along the direction to j, and from mu_j into mu_i with its gate frozen; |V| is read as
(V / |V|) . V with the fraction frozen; factors on W and <V, W> are frozen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch.nn.functional import pad

from nearsight.lrp.chain import Block
from nearsight.lrp.edges import Edges
from nearsight.lrp.filters import Filters, gather, joined
from nearsight.lrp.maps import Pieces, per_atom
from nearsight.lrp.rules import Constants, FrozenLayer


@dataclass(frozen=True)
class Message:
    """A frozen PaiNN interaction.

    Attributes:
        hidden: first layer of the context net at each sender.
        to_scalar, to_vector: (F, H) second layer, parts that feed q and, along directions, mu.
        scalar_bias, vector_bias: (F,) their biases.
        edges: pairs of atoms within the cutoff.
        filters: into q, along directions and on the sender's own vector, each (E, F).
        gate: (N, F) factor of a sender on its own vector.
    """

    hidden: FrozenLayer
    to_scalar: torch.Tensor
    to_vector: torch.Tensor
    scalar_bias: torch.Tensor
    vector_bias: torch.Tensor
    edges: Edges
    filters: tuple[torch.Tensor, ...]
    gate: torch.Tensor

    @cached_property
    def f_scalar(self) -> Filters:
        """(N, N, F) filters into q."""
        return self.edges.filters(self.filters[0])

    @cached_property
    def f_radial(self) -> list[Filters]:
        """x, y and z of filter × direction, each (N, N, F)."""
        directions = self.edges.direction.unbind(-1)
        return [self.edges.filters(self.filters[1] * part[:, None]) for part in directions]

    @cached_property
    def f_carry(self) -> Filters:
        """(N, N, F) filter × gate of the sender's own vector."""
        return self.edges.filters(self.filters[2] * self.gate[self.edges.j])

    def to_scalars(self) -> Constants:
        """What arrives in q, (N, F)."""
        sent = self.hidden.constants.through(lambda constant: constant @ self.to_scalar.T)
        return (sent + Constants(self.scalar_bias)).through(lambda x: gather(self.f_scalar, x))

    def to_vectors(self) -> Constants:
        """What arrives in the vectors along the directions, (N, 4F)."""
        sent = self.hidden.constants.through(lambda constant: constant @ self.to_vector.T)
        sent += Constants(self.vector_bias)
        return sent.through(
            lambda x: pad(torch.cat([gather(f, x) for f in self.f_radial], -1), (x.shape[1], 0))
        )


@dataclass(frozen=True)
class Mixing:
    """A frozen PaiNN mixing.

    Attributes:
        hidden: first layer of the context net on [q, |V|].
        to_scalar: (N, F, H) second layer into q, the frozen factor <V, W> included.
        scalar_bias: (N, F) its bias.
        norm: (N, F) |V|.
        slope: (N, 3, F) V / |V|.
        epsilon: what SchNetPack adds below the root of |V|.
        weight_v, weight_w: (F, F) channel mixing, V and W from mu.
        d_vector: (N, F) frozen factor on W.
    """

    hidden: FrozenLayer
    to_scalar: torch.Tensor
    scalar_bias: torch.Tensor
    norm: torch.Tensor
    slope: torch.Tensor
    epsilon: float
    weight_v: torch.Tensor
    weight_w: torch.Tensor
    d_vector: torch.Tensor

    def from_scalar(self) -> torch.Tensor:
        """(N, F, F) from q to the change of q."""
        return self.to_scalar @ self.hidden.J[..., : self.norm.shape[1]]

    def from_norm(self) -> torch.Tensor:
        """(N, F, F) from |V| to the change of q."""
        return self.to_scalar @ self._read_norm

    def of_norm(self, values: torch.Tensor) -> torch.Tensor:
        """(N, F) change of q by values (N, F) in place of |V|."""
        return per_atom(self.to_scalar, per_atom(self._read_norm, values))

    @property
    def _read_norm(self) -> torch.Tensor:
        return self.hidden.J[..., self.norm.shape[1] :]

    def constants(self) -> Constants:
        """What enters q here, (N, F)."""
        carried = self.hidden.constants.through(lambda constant: per_atom(self.to_scalar, constant))
        return carried + Constants(self.scalar_bias)


def detach_block(message: Message, mixing: Mixing) -> Block:
    """Block on scalars alone; what the vectors contribute is constant."""
    own = mixing.from_scalar()
    own.diagonal(dim1=1, dim2=2).add_(1.0)
    vector = mixing.of_norm(mixing.norm)
    constants = message.to_scalars().through(lambda x: per_atom(own, x)) + mixing.constants()
    return Block(
        P=own,
        M=own,
        K=message.to_scalar @ message.hidden.J,
        f=message.f_scalar,
        c=constants.total() + vector,
        vector=vector,
        leak=constants.leak,
    )


def flow_block(message: Message, mixing: Mixing) -> Block:
    """Block on scalars and vectors, S = 4F and D = 7F."""
    own = _mixing_map(mixing)
    arrived = message.to_scalars().through(_as_scalars) + message.to_vectors()
    constants = arrived.through(lambda x: per_atom(own, x)) + mixing.constants().through(
        _as_scalars
    )
    vector = _as_scalars(mixing.of_norm(mixing.epsilon / mixing.norm))
    return Block(
        P=own,
        M=_receive(own),
        K=_message_map(message),
        f=joined([message.f_scalar, *message.f_radial, *[message.f_carry] * 3]),
        c=constants.total() + vector,
        vector=vector,
        leak=constants.leak,
    )


TREATMENTS: dict[str, Callable[[Message, Mixing], Block]] = {
    "detach": detach_block,
    "flow": flow_block,
}
"""Block builders by the name of the treatment."""


def _as_scalars(values: torch.Tensor) -> torch.Tensor:
    """(N, 4F) from (N, F): nothing in the vectors."""
    return pad(values, (0, 3 * values.shape[1]))


def _message_map(message: Message) -> Pieces:
    """K, 7F from 4F: q into messages of kind 1 to 4, mu unchanged into kind 5 to 7."""
    scalar = message.to_scalar @ message.hidden.J
    radial = message.to_vector @ message.hidden.J
    table = {
        (0, 0): scalar,
        **{(axis + 1, 0): radial for axis in range(3)},
        **{(axis + 4, axis + 1): None for axis in range(3)},
    }
    return Pieces(7, 4, scalar.shape[-1], len(scalar), table)


def _mixing_map(mixing: Mixing) -> Pieces:
    """4F from 4F: q from q and mu, each component of mu from itself."""
    scalar, from_vector = mixing.from_scalar(), mixing.from_norm()
    turned = mixing.d_vector[..., None] * mixing.weight_w
    for matrix in (scalar, turned):
        matrix.diagonal(dim1=1, dim2=2).add_(1.0)
    table = {(0, 0): scalar}
    for axis in range(3):
        table[0, axis + 1] = from_vector @ (mixing.slope[:, axis, :, None] * mixing.weight_v)
        table[axis + 1, axis + 1] = turned
    return Pieces(4, 4, scalar.shape[-1], len(scalar), table)


def _receive(own: Pieces) -> Pieces:
    """M, 4F from 7F: messages of kind 5 to 7 arrive in the vectors, beside those of kind 2 to 4."""
    again = {(row, column + 3): x for (row, column), x in own.table.items() if column > 0}
    return Pieces(4, 7, own.width, own.n_atoms, {**own.table, **again})
