"""SchNet's last states on listed pairs, part by part."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from torch.autograd.function import once_differentiable

from nearsight.families.schnet.states import schnet_states
from nearsight.families.schnetpack.listed import Body, Pairs


def schnet_body(net: Any, exact: Any) -> Body | None:
    """SchNetPack's SchNet; None for what is not, in all of its parts, known.

    Args:
        net: the representation.
        exact: the same in float64.
    """
    if schnet_states(net, trained=False) is None:
        return None
    widths = [net.n_filters] * len(net.interactions)
    return Body(partial(_filters, exact), widths, partial(_states, net), directed=False)


def _filters(net: Any, distance: torch.Tensor) -> torch.Tensor:
    basis, damping = net.radial_basis(distance), net.cutoff_fn(distance)[:, None]
    return torch.cat([block.filter_network(basis) * damping for block in net.interactions], 1)


def _states(
    net: Any, numbers: torch.Tensor, pairs: Pairs, tables: Sequence[torch.Tensor]
) -> torch.Tensor:
    x: torch.Tensor = net.embedding(numbers)
    for block, table in zip(net.interactions, tables, strict=True):
        x = x + block.f2out(_Sum.apply(block.in2f(x), pairs.distance, table, pairs))
    return x


class _Sum(torch.autograd.Function):
    # y_i = sum_j w_ij x_j. What pairs need is made again on the way back: to keep it costs more
    # than to read a table.

    @staticmethod
    def forward(
        ctx: Any, x: torch.Tensor, distance: torch.Tensor, table: torch.Tensor, pairs: Pairs
    ) -> torch.Tensor:
        ctx.save_for_backward(x)
        ctx.table, ctx.pairs = table, pairs
        y = torch.zeros_like(x)
        for part, places in pairs.parts:
            weight = places.values(table)
            to_first = x.index_select(0, part.second).mul_(weight)
            part.add(y, to_first, weight.mul_(x.index_select(0, part.first)))
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (x,) = ctx.saved_tensors
        grad_x, grad_distance = torch.zeros_like(x), torch.empty_like(ctx.pairs.distance)
        for part, places in ctx.pairs.parts:
            weight, slope = places.values(ctx.table), places.slopes(ctx.table)
            at_first, at_second = (grad.index_select(0, k) for k in (part.first, part.second))
            change = x.index_select(0, part.second).mul_(at_first)
            change.addcmul_(x.index_select(0, part.first), at_second)
            grad_distance[part.span] = change.mul_(slope).sum(1)
            part.add(grad_x, at_second.mul_(weight), at_first.mul_(weight))
        return grad_x, grad_distance, None, None
