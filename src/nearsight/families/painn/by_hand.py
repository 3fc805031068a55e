"""PaiNN's last states for few pairs: derivatives written by hand, few and large operations.

For a single molecule an evaluation costs what its operations cost to call, not what they compute.
The formulas are those of :mod:`nearsight.families.painn.states`, for fixed weights and one
derivative. An atom's scalar q and vector mu stand in one tensor (atom, 4, feature), q first; so do
the messages of a pair: into q, along the direction, and on the sender's own vector.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd.function import once_differentiable
from torch.nn.functional import linear, silu

from nearsight.families.schnetpack.sums import Links

Pull = Callable[[torch.Tensor], torch.Tensor]
"""From the gradient of what came out to that of what went in."""

PullPairs = Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
"""The same, and with it the gradients of the pairs' basis and direction."""


@dataclass(frozen=True, eq=False)
class TwoLayers:
    """An activated layer and a linear one.

    Attributes:
        first, first_bias: (hidden, in) and (hidden,).
        second, second_bias: (out, hidden) and (out,).
        activation: of the first.
    """

    first: torch.Tensor
    first_bias: torch.Tensor
    second: torch.Tensor
    second_bias: torch.Tensor
    activation: Callable[[torch.Tensor], torch.Tensor]

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor, Pull]:
        """Values (atom, out) of inputs (atom, in), and the way back."""
        y, pull = _activated(self.activation, linear(x, self.first, self.first_bias))
        value = linear(y, self.second, self.second_bias)
        return value, lambda grad: pull(grad @ self.second) @ self.first


@dataclass(frozen=True, eq=False)
class Block:
    """An interaction and the mixing after it.

    Attributes:
        filters: (radial + 1, kind × feature) from the radial functions to the filters of a pair,
            the bias as last row; the first block has no kind of the sender's own vectors, since
            there are none yet.
        context: what messages are made of, (atom, kind × feature), from q.
        mix: (2 feature, feature) from mu to V and W.
        read: from q and the norm of V to what changes q, scales <V, W> and, but in the last block,
            scales W.
        epsilon: below the root of the norm.
    """

    filters: torch.Tensor
    context: TwoLayers
    mix: torch.Tensor
    read: TwoLayers
    epsilon: float


@dataclass(frozen=True, eq=False)
class Pairs:
    """What a block has to know of pairs.

    Attributes:
        basis: (pair, radial + 1) radial functions and the cutoff function.
        direction: (2, pair, 3, 1) from the receiver to the sender.
        links: both directions of every pair.
    """

    basis: torch.Tensor
    direction: torch.Tensor
    links: Links


def last_states(
    q: torch.Tensor,
    basis: torch.Tensor,
    direction: torch.Tensor,
    blocks: list[Block],
    links: Links,
) -> torch.Tensor:
    """(atom, feature) scalars after the last block; one derivative by basis and direction.

    Args:
        q: (atom, feature) embeddings; no gradient of them is taken.
        basis: (pair, radial + 1) radial functions and, last, the cutoff function.
        direction: (2, pair, 3, 1) unit vectors from receivers to senders.
        blocks: of the network.
        links: of the pairs.
    """
    states: torch.Tensor = _LastStates.apply(q, basis, direction, blocks, links)
    return states


class _LastStates(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        q: torch.Tensor,
        basis: torch.Tensor,
        direction: torch.Tensor,
        blocks: list[Block],
        links: Links,
    ) -> torch.Tensor:
        pairs, ctx.way = Pairs(basis, direction, links), []
        state = torch.cat([q[:, None], q.new_zeros(len(q), 3, q.shape[1])], 1)
        for k, block in enumerate(blocks):
            last = k == len(blocks) - 1
            state, interaction = _interact(block, state, pairs, first=k == 0)
            state, mixing = _mix(block, state, last=last)
            ctx.way.append((interaction, mixing))
        return state[:, 0]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        grad, found = grad[:, None], []
        for interaction, mixing in reversed(ctx.way):
            grad, *of_pairs = interaction(mixing(grad))
            found.append(of_pairs)
        of_basis, of_direction = (sum(parts[1:], parts[0]) for parts in zip(*found, strict=True))
        return None, of_basis, of_direction, None, None


def _interact(
    block: Block, state: torch.Tensor, pairs: Pairs, *, first: bool
) -> tuple[torch.Tensor, PullPairs]:
    to, source, n_pairs, n = pairs.links.to, pairs.links.source, len(pairs.basis), state.shape[2]
    x, context_pull = block.context(state[:, 0])
    filters = (pairs.basis @ block.filters).unflatten(1, (block.filters.shape[1] // n, n))
    sender = x.index_select(0, source).view(2, *filters.shape)
    message = sender * filters
    along, own = message[:, :, 1:2], message[:, :, 2:]
    sent = state.new_empty(2, n_pairs, 4, n)
    sent[:, :, 0] = message[:, :, 0]
    torch.mul(along, pairs.direction, out=sent[:, :, 1:])
    mu = None
    if not first:
        mu = state[:, 1:].index_select(0, source).view(2, n_pairs, 3, n)
        sent[:, :, 1:].addcmul_(own, mu)

    def pull(grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        got = grad.index_select(0, to).view(2, n_pairs, 4, n)
        got_mu, of_message = got[:, :, 1:], torch.empty_like(message)
        of_message[:, :, 0] = got[:, :, 0]
        torch.sum(got_mu * pairs.direction, 2, out=of_message[:, :, 1])
        if mu is not None:
            torch.sum(got_mu * mu, 2, out=of_message[:, :, 2])
        of_direction = (got_mu * along).sum(-1, keepdim=True)
        of_basis = (of_message * sender).sum(0).flatten(1) @ block.filters.T
        if mu is None:
            # Before the first block there are embeddings, which do not move.
            return grad, of_basis, of_direction
        of_x = torch.zeros_like(x)
        of_x.index_add_(0, source, (of_message * filters).flatten(2).flatten(0, 1))
        total = grad.clone()
        total[:, 0] += context_pull(of_x)
        total[:, 1:].index_add_(0, source, (got_mu * own).view(2 * n_pairs, 3, n))
        return total, of_basis, of_direction

    return state.index_add(0, to, sent.view(2 * n_pairs, 4, n)), pull


def _mix(block: Block, state: torch.Tensor, *, last: bool) -> tuple[torch.Tensor, Pull]:
    q, mu, n = state[:, 0], state[:, 1:], state.shape[2]
    both = mu @ block.mix.T
    v, w = both[..., :n], both[..., n:]
    norm, dot = (v.square().sum(1) + block.epsilon).sqrt_(), (v * w).sum(1)
    read, read_pull = block.read(torch.cat([q, norm], 1))
    of_dot, of_w = read[:, n : 2 * n], read[:, None, 2 * n :]
    mixed = torch.addcmul(q + read[:, :n], of_dot, dot)[:, None]
    if not last:
        mixed = torch.cat([mixed, torch.addcmul(mu, of_w, w)], 1)

    def pull(grad: torch.Tensor) -> torch.Tensor:
        grad_q, grad_mu = grad[:, 0], grad[:, 1:]
        parts = [grad_q, grad_q * dot]
        if not last:
            parts.append((grad_mu * w).sum(1))
        inner = read_pull(torch.cat(parts, 1))
        scaled = (grad_q * of_dot)[:, None]
        grad_v = torch.addcmul(scaled * w, (inner[:, n:] / norm)[:, None], v)
        grad_w = scaled * v if last else torch.addcmul(scaled * v, grad_mu, of_w)
        carried = torch.cat([grad_v, grad_w], 2) @ block.mix
        total_q = (grad_q + inner[:, :n])[:, None]
        return torch.cat([total_q, carried if last else carried + grad_mu], 1)

    return mixed, pull


def _activated(
    activation: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor
) -> tuple[torch.Tensor, Pull]:
    if activation is silu:
        return silu(x), lambda grad: torch.ops.aten.silu_backward(grad, x)
    with torch.enable_grad():
        inner = x.detach().requires_grad_()
        y = activation(inner)
    return y.detach(), lambda grad: torch.autograd.grad(y, inner, grad, retain_graph=True)[0]
