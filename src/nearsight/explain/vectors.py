"""Two treatments of PaiNN's vector features: constants, or carriers of relevance.

``detach`` (state q, dimension F): vectors are constants everywhere. |V| enters the context net as a
constant, <V, W> is a frozen factor.

``flow`` (state q, mu_x, mu_y, mu_z, dimension 4F): messages carry relevance from q_j into mu_i
along the direction to j, and from mu_j into mu_i with its gate frozen; |V| is read as
(V / |V|) . V with the fraction frozen; factors on W and <V, W> are frozen.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from nearsight.explain.chain import Block, per_atom
from nearsight.explain.rules import FrozenLayer


@dataclass(frozen=True)
class Message:
    """A frozen PaiNN interaction.

    Attributes:
        hidden: first layer of the context net at each sender.
        to_scalar, to_vector: (F, H) second layer, parts that feed q and, along directions, mu.
        scalar_bias, vector_bias: (F,) their biases.
        f_scalar: (N, N, F) filters into q.
        f_radial: x, y and z of filter × direction, each (N, N, F).
        f_carry: (N, N, F) filter × gate of the sender's own vector.
    """

    hidden: FrozenLayer
    to_scalar: torch.Tensor
    to_vector: torch.Tensor
    scalar_bias: torch.Tensor
    vector_bias: torch.Tensor
    f_scalar: torch.Tensor
    f_radial: list[torch.Tensor]
    f_carry: torch.Tensor


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
        return self.to_scalar @ self.hidden.J[..., self.norm.shape[1] :]


def detach_block(message: Message, mixing: Mixing) -> Block:
    """Block on scalars alone; what the vectors contribute is constant."""
    own = mixing.from_scalar() + torch.eye(mixing.norm.shape[1]).to(mixing.norm)
    received, leaked = _message_constants(message)
    vector = per_atom(mixing.from_norm(), mixing.norm)
    leak = per_atom(own, leaked) + per_atom(mixing.to_scalar, mixing.hidden.leak)
    bias = per_atom(own, received) + _mixing_bias(mixing)
    return Block(
        P=own,
        M=own,
        K=message.to_scalar @ message.hidden.J,
        f=message.f_scalar,
        c=bias + vector + leak,
        vector=vector,
        leak=leak,
    )


def flow_block(message: Message, mixing: Mixing) -> Block:
    """Block on scalars and vectors, S = 4F and D = 7F."""
    n_atoms, n_features = mixing.norm.shape
    own = _mixing_matrix(mixing)
    scalars = _message_constants(message)
    vectors = _vector_constants(message)
    received, leaked = (torch.cat(parts, -1) for parts in zip(scalars, vectors, strict=True))
    pad = mixing.norm.new_zeros(n_atoms, 3 * n_features)
    vector = torch.cat([per_atom(mixing.from_norm(), mixing.epsilon / mixing.norm), pad], -1)
    lost = per_atom(mixing.to_scalar, mixing.hidden.leak)
    leak = per_atom(own, leaked) + torch.cat([lost, pad], -1)
    bias = per_atom(own, received) + torch.cat([_mixing_bias(mixing), pad], -1)
    return Block(
        P=own,
        # Messages of kind 5 to 7 arrive in mu_x, mu_y, mu_z, beside those of kind 2 to 4.
        M=torch.cat([own, own[..., n_features:]], dim=-1),
        K=_message_matrix(message),
        f=torch.cat([message.f_scalar, *message.f_radial, *[message.f_carry] * 3], dim=-1),
        c=bias + vector + leak,
        vector=vector,
        leak=leak,
    )


TREATMENTS: dict[str, Callable[[Message, Mixing], Block]] = {
    "detach": detach_block,
    "flow": flow_block,
}
"""Block builders by the name of the treatment."""


def _mixing_bias(mixing: Mixing) -> torch.Tensor:
    return per_atom(mixing.to_scalar, mixing.hidden.bias) + mixing.scalar_bias


def _message_constants(message: Message) -> tuple[torch.Tensor, torch.Tensor]:
    """Biases and leak that arrive in q, each (N, F)."""
    sent = message.hidden.bias @ message.to_scalar.T + message.scalar_bias
    lost = message.hidden.leak @ message.to_scalar.T
    return _gather(message.f_scalar, sent), _gather(message.f_scalar, lost)


def _vector_constants(message: Message) -> tuple[torch.Tensor, torch.Tensor]:
    """Biases and leak that arrive in mu_x, mu_y, mu_z along the directions, each (N, 3F)."""
    sent = message.hidden.bias @ message.to_vector.T + message.vector_bias
    lost = message.hidden.leak @ message.to_vector.T
    received = [_gather(filters, sent) for filters in message.f_radial]
    leaked = [_gather(filters, lost) for filters in message.f_radial]
    return torch.cat(received, -1), torch.cat(leaked, -1)


def _gather(filters: torch.Tensor, sent: torch.Tensor) -> torch.Tensor:
    return (filters * sent).sum(1)


def _message_matrix(message: Message) -> torch.Tensor:
    """K, (N, 7F, 4F): q into messages of kind 1 to 4, mu unchanged into kind 5 to 7."""
    scalar = message.to_scalar @ message.hidden.J
    radial = message.to_vector @ message.hidden.J
    n_atoms, n_features, _ = scalar.shape
    matrix = scalar.new_zeros(n_atoms, 7 * n_features, 4 * n_features)
    matrix[:, : 4 * n_features, :n_features] = torch.cat([scalar, radial, radial, radial], dim=1)
    matrix[:, 4 * n_features :, n_features:] = torch.eye(3 * n_features).to(scalar)
    return matrix


def _mixing_matrix(mixing: Mixing) -> torch.Tensor:
    """(N, 4F, 4F) of the mixing: q from q and mu, each component of mu from itself."""
    n_atoms, n_features = mixing.norm.shape
    identity = torch.eye(n_features).to(mixing.norm)
    matrix = mixing.norm.new_zeros(n_atoms, 4, n_features, 4, n_features)
    matrix[:, 0, :, 0] = mixing.from_scalar() + identity
    from_vector = mixing.from_norm()
    for axis in range(3):
        read = mixing.slope[:, axis, :, None] * mixing.weight_v
        matrix[:, 0, :, axis + 1] = from_vector @ read
        matrix[:, axis + 1, :, axis + 1] = mixing.d_vector[..., None] * mixing.weight_w + identity
    return matrix.reshape(n_atoms, 4 * n_features, 4 * n_features)
