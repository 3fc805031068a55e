"""Sums over neighbours in which the weight of a pair stands once and serves both directions.

A filter depends on the distance alone, so the two messages over a pair carry the same weight:
(2, pair, feature) messages times (pair, feature) weights. First come the messages to the first atom
of each pair, then those to its second.
"""

from typing import Any

import torch
from torch.autograd.function import once_differentiable


class Links:
    """Both directions of every pair.

    Attributes:
        to, source: (2 pair,) the atom that a message goes to, and the one that it comes from.
    """

    def __init__(self, first: torch.Tensor, second: torch.Tensor) -> None:
        self.to = torch.cat([first, second])
        self.source = torch.cat([second, first])


def scalar_sum(weight: torch.Tensor, x: torch.Tensor, links: Links) -> torch.Tensor:
    r"""y_i = sum_j w_ij x_j.

    Args:
        weight: w, (pair, feature).
        x: (atom, feature).
        links: of the pairs.
    """
    sent = _spread(x, links.source) * weight
    return torch.zeros_like(x).index_add(0, links.to, sent.view(len(links.to), x.shape[1]))


def vector_sum(
    weight: torch.Tensor,
    x: torch.Tensor,
    direction: torch.Tensor,
    carry: torch.Tensor,
    u: torch.Tensor | None,
    links: Links,
) -> torch.Tensor:
    r"""y_i = sum_j (w_ij x_j e_ij + v_ij u_j), (3, atom, feature); differentiable once.

    Args:
        weight: w, (pair, feature).
        x: (atom, feature).
        direction: e, (3, 2, pair, 1): of opposite sign in the two directions of a pair.
        carry: v, (pair, feature).
        u: (3, atom, feature), None for zero.
        links: of the pairs.
    """
    y: torch.Tensor = _VectorSum.apply(weight, x, direction, carry, u, links)
    return y


def twice_vector_sum(
    weight: torch.Tensor,
    x: torch.Tensor,
    direction: torch.Tensor,
    carry: torch.Tensor,
    u: torch.Tensor | None,
    links: Links,
) -> torch.Tensor:
    """:func:`vector_sum` by autograd: as many derivatives as one likes, at more cost.

    Args:
        weight: w, (pair, feature).
        x: (atom, feature).
        direction: e, (3, 2, pair, 1): of opposite sign in the two directions of a pair.
        carry: v, (pair, feature).
        u: (3, atom, feature), None for zero.
        links: of the pairs.
    """
    sent = _spread(x, links.source) * weight * direction
    if u is not None:
        sent = sent + u.index_select(1, links.source).view_as(sent) * carry
    zeros = x.new_zeros((3, *x.shape))
    return zeros.index_add(1, links.to, sent.view(3, len(links.to), x.shape[1]))


class _VectorSum(torch.autograd.Function):
    # Autograd of the formula would make and keep several tensors of all components of all messages,
    # and moving them through memory is most of the cost of PaiNN. Here one component of one
    # message is made at a time and, where possible, changed in place.

    @staticmethod
    def forward(
        ctx: Any,
        weight: torch.Tensor,
        x: torch.Tensor,
        direction: torch.Tensor,
        carry: torch.Tensor,
        u: torch.Tensor | None,
        links: Links,
    ) -> torch.Tensor:
        radial = _spread(x, links.source).mul_(weight)
        ctx.save_for_backward(weight, x, direction, carry, u, radial)
        ctx.links = links
        y = x.new_zeros((3, *x.shape))
        for c, (y_c, along) in enumerate(zip(y, direction, strict=True)):
            sent = radial * along
            if u is not None:
                sent.addcmul_(_spread(u[c], links.source), carry)
            y_c.index_add_(0, links.to, sent.view(len(links.to), x.shape[1]))
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        weight, x, direction, carry, u, radial = ctx.saved_tensors
        to, source, n_atoms = ctx.links.to, ctx.links.source, len(x)
        along, grad_carry = torch.zeros_like(radial), torch.zeros_like(carry)
        grad_direction, grad_u = [], []
        for c, (grad_c, direction_c) in enumerate(zip(grad, direction, strict=True)):
            got = _spread(grad_c, to)
            along.addcmul_(got, direction_c)
            grad_direction.append((got * radial).sum(-1, keepdim=True))
            if u is not None:
                _add_both(grad_carry, got, _spread(u[c], source))
                # v_ij = v_ji: what a pair brings to its target it brings back to its source.
                grad_u.append(_collect(got.mul_(carry), source, n_atoms))
        grad_weight = _add_both(torch.zeros_like(weight), along, _spread(x, source))
        return (
            grad_weight,
            _collect(along.mul_(weight), source, n_atoms),
            torch.stack(grad_direction),
            grad_carry,
            torch.stack(grad_u) if grad_u else None,
            None,
        )


def _spread(x: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    """(2, pair, feature) values of the atoms at one end of the links; a copy."""
    return x.index_select(0, index).view(2, len(index) // 2, x.shape[1])


def _collect(sent: torch.Tensor, index: torch.Tensor, n_atoms: int) -> torch.Tensor:
    """(atom, feature) sums of messages (2, pair, feature)."""
    zeros = sent.new_zeros((n_atoms, sent.shape[-1]))
    return zeros.index_add_(0, index, sent.view(len(index), zeros.shape[1]))


def _add_both(total: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Add the products of both directions to a total (pair, feature)."""
    for a_k, b_k in zip(a, b, strict=True):
        total.addcmul_(a_k, b_k)
    return total
