"""PaiNN's last states on listed pairs, part by part."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable

from nearsight.families.listed import Part
from nearsight.families.painn.states import painn_states
from nearsight.families.schnetpack.listed import Body, Pairs
from nearsight.families.schnetpack.reading import Places

KINDS = 3
"""Filters of a block: into scalars, along directions, and on the sender's own vector."""


def painn_body(net: Any, exact: Any) -> Body | None:
    """SchNetPack's PaiNN; None for what is not, in all of its parts, known.

    Args:
        net: the representation.
        exact: the same in float64.
    """
    if painn_states(net, trained=False) is None:
        return None
    blocks = 1 if net.share_filters else len(net.interactions)
    widths = [net.n_atom_basis] * (KINDS * blocks)
    return Body(partial(_filters, exact), widths, partial(_states, net), directed=True)


def _filters(net: Any, distance: torch.Tensor) -> torch.Tensor:
    damping = net.cutoff_fn(distance)[:, None]
    filters: torch.Tensor = net.filter_net(net.radial_basis(distance)) * damping
    return filters


def _states(
    net: Any, numbers: torch.Tensor, pairs: Pairs, tables: Sequence[torch.Tensor]
) -> torch.Tensor:
    q, mu = net.embedding(numbers), None
    blocks = [_Tables(*tables[k : k + KINDS]) for k in range(0, len(tables), KINDS)]
    if net.share_filters:
        blocks *= len(net.interactions)
    for block, message, mixing in zip(blocks, net.interactions, net.mixing, strict=True):
        x_q, x_mu, x_carry = message.interatomic_context_net(q).chunk(KINDS, -1)
        u = None if mu is None else x_carry * mu
        change_q, change = _Sums.apply(x_q, x_mu, u, pairs.distance, pairs.direction, block, pairs)
        q, mu = _mix(mixing, q + change_q, change if mu is None else mu + change)
    return q


def _mix(mixing: Any, q: torch.Tensor, mu: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    v, w = mixing.mu_channel_mix(mu).chunk(2, -1)
    norm = torch.sqrt(v.square().sum(0) + mixing.epsilon)
    dq, dmu, dqmu = mixing.intraatomic_context_net(torch.cat([q, norm], -1)).chunk(3, -1)
    return q + dq + dqmu * (v * w).sum(0), mu + dmu * w


class _Tables(NamedTuple):
    to_q: torch.Tensor
    to_mu: torch.Tensor
    carry: torch.Tensor

    def read(self, places: Places) -> list[torch.Tensor]:
        return [places.values(table) for table in self]


def _ends(x: torch.Tensor, part: Part) -> tuple[torch.Tensor, torch.Tensor]:
    """(pair, feature) values at the second and at the first atoms: where messages come from."""
    return x.index_select(0, part.second), x.index_select(0, part.first)


class _Sums(torch.autograd.Function):
    # Into scalars sum_j w_ij x_j, into vectors sum_j (w'_ij x'_j e_ij + v_ij u_j); the first of two
    # messages over a pair goes to its first atom, against whose direction the second goes.

    @staticmethod
    def forward(
        ctx: Any,
        x_q: torch.Tensor,
        x_mu: torch.Tensor,
        u: torch.Tensor | None,
        distance: torch.Tensor,
        direction: torch.Tensor,
        tables: _Tables,
        pairs: Pairs,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x_q, x_mu = x_q.contiguous(), x_mu.contiguous()
        ctx.save_for_backward(x_q, x_mu, u, direction)
        ctx.tables, ctx.pairs = tables, pairs
        y, vectors = torch.zeros_like(x_q), x_mu.new_zeros((3, *x_mu.shape))
        for part, places in pairs.parts:
            to_q, to_mu, carry = tables.read(places)
            part.add(y, *(x.mul_(to_q) for x in _ends(x_q, part)))
            radial = [x.mul_(to_mu) for x in _ends(x_mu, part)]
            for c, along in enumerate(direction[:, part.span, None]):
                sent = [radial[0] * along, radial[1] * -along]
                if u is not None:
                    for message, own in zip(sent, _ends(u[c], part), strict=True):
                        message.addcmul_(own, carry)
                part.add(vectors[c], *sent)
        return y, vectors

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Any, grad_q: torch.Tensor, grad_mu: torch.Tensor
    ) -> tuple[torch.Tensor | None, ...]:
        x_q, x_mu, u, direction = ctx.saved_tensors
        total_q, total_mu = torch.zeros_like(x_q), torch.zeros_like(x_mu)
        total_u = None if u is None else torch.zeros_like(u)
        by_distance = torch.empty_like(ctx.pairs.distance)
        by_direction = torch.empty_like(direction)
        for part, places in ctx.pairs.parts:
            to_q, to_mu, carry = ctx.tables.read(places)
            slope_q, slope_mu, slope_carry = (places.slopes(table) for table in ctx.tables)
            got = _ends(grad_q, part)
            sent = _ends(x_q, part)
            # What goes to the first atom comes from the second, and back.
            change = (got[1] * sent[0]).addcmul_(got[0], sent[1]).mul_(slope_q)
            part.add(total_q, got[0].mul_(to_q), got[1].mul_(to_q))
            sent = _ends(x_mu, part)
            radial = [x * to_mu for x in sent]
            along = [torch.zeros_like(to_mu), torch.zeros_like(to_mu)]
            carried = torch.zeros_like(carry)
            for c, toward in enumerate(direction[:, part.span, None]):
                at_second, at_first = _ends(grad_mu[c], part)
                along[0].addcmul_(at_first, toward)
                along[1].addcmul_(at_second, toward, value=-1)
                by_direction[c, part.span] = (
                    (at_first * radial[0]).addcmul_(at_second, radial[1], value=-1).sum(1)
                )
                if u is not None and total_u is not None:
                    own = _ends(u[c], part)
                    carried.addcmul_(at_first, own[0]).addcmul_(at_second, own[1])
                    part.add(total_u[c], at_second.mul_(carry), at_first.mul_(carry))
            sent[0].mul_(along[0]).addcmul_(sent[1], along[1])
            change.addcmul_(sent[0], slope_mu).addcmul_(carried, slope_carry)
            by_distance[part.span] = change.sum(1)
            part.add(total_mu, along[1].mul_(to_mu), along[0].mul_(to_mu))
        return total_q, total_mu, total_u, by_distance, by_direction, None, None
