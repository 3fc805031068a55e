r"""Filters of distance as tables: polynomials, cell by cell.

In the cell [r_k, r_k + h] a filter is sum_m c_km t^m, t = (r - r_k) / h, which has the value and
the first derivatives of the filter at both ends, two in single and four in double precision: so
these are continuous. The error of the slope falls with h^5 and h^9. Coefficients of powers are
kept, not the values at the ends: the slope would be their difference over h, which loses digits.
Cells are halved until the measured error is within :data:`BOUNDS`.
"""

from collections.abc import Callable, Sequence
from math import factorial, perm

import torch
from torch.func import jacfwd, vmap

Filters = Callable[[torch.Tensor], torch.Tensor]
"""From distances (pair,) to filters (pair, channel), in float64."""

BOUNDS = {torch.float32: 2e-7, torch.float64: 5e-13}
"""Largest error of values and slopes over the largest value and slope of a block."""

CONTINUOUS = {torch.float32: 2, torch.float64: 4}
"""How many derivatives are continuous."""
FEWEST, MOST = 128, 8192
"""Cells of a table; a filter that needs more is not tabulated."""
START = 2**-8
"""Where the first cell begins, over the cutoff. Bases divide by the distance, so nearer to zero
their derivatives are noise; there the first polynomial is continued."""

_PROBES = (0.25, 0.5, 0.75)
"""Where in a cell the error is measured: about where it is largest."""
_INSIDE = 1 - 2**-50
"""The end of the last cell lies within the cutoff: beyond it all is zero."""


def filter_table(filters: Filters, cutoff: float, dtype: torch.dtype) -> torch.Tensor | None:
    """:func:`filter_tables` of one block, (cell, power, channel).

    Args:
        filters: smooth up to the cutoff, with the cutoff function in them.
        cutoff: in the unit of the distances.
        dtype: of the table, which sets the bound of the error.
    """
    return filter_tables([filters], cutoff, dtype)


def filter_tables(
    filters: Sequence[Filters], cutoff: float, dtype: torch.dtype
) -> torch.Tensor | None:
    """Coefficients (cell, power, channel) of equal cells from :data:`START` to the cutoff.

    Args:
        filters: of each block, whose channels follow each other; smooth up to the cutoff, with
            the cutoff function in them.
        cutoff: in the unit of the distances.
        dtype: of the table, which sets the bound of the error.

    Returns:
        None where more cells than :data:`MOST` would be needed.
    """
    n_cells = FEWEST
    while n_cells <= MOST:
        tables = [_tabulated(block, cutoff, n_cells, CONTINUOUS[dtype]) for block in filters]
        errors = [table_error(*pair, cutoff) for pair in zip(tables, filters, strict=True)]
        if max(errors) <= BOUNDS[dtype]:
            return torch.cat(tables, 2).to(dtype)
        n_cells *= 2
    return None


def table_error(table: torch.Tensor, filters: Filters, cutoff: float) -> float:
    """The larger of the errors of values and of slopes, each over its largest size.

    Args:
        table: (cell, power, channel).
        filters: what it stands for.
        cutoff: in the unit of the distances.
    """
    width = cutoff * (1 - START) / len(table)
    corners = cutoff * START + torch.arange(len(table), dtype=torch.float64) * width
    powers = torch.arange(table.shape[1], dtype=torch.float64)
    worst = 0.0
    for t in _PROBES:
        monomials = t**powers
        slopes = torch.cat([monomials.new_zeros(1), powers[1:] * monomials[:-1]]) / width
        exactly = _derivatives(filters, corners + t * width)
        for exact, found in zip(exactly, (monomials, slopes), strict=True):
            error = (torch.einsum("kmc,m->kc", table.double(), found) - exact).abs().max()
            worst = max(worst, float(error / exact.abs().max().clamp_min(1e-300)))
    return worst


def _tabulated(filters: Filters, cutoff: float, n_cells: int, continuous: int) -> torch.Tensor:
    width = cutoff * (1 - START) / n_cells
    knots = cutoff * START + width * torch.arange(n_cells + 1, dtype=torch.float64)
    knots[-1] = cutoff * _INSIDE
    orders = range(continuous + 1)
    found = _derivatives(filters, knots, continuous)
    scaled = torch.stack([part * width**order for order, part in enumerate(found)], 1)
    # Powers of t, derived: what each adds to each derivative at the far end of the cell.
    at_end = torch.tensor(
        [[float(perm(power, order)) for power in range(2 * len(orders))] for order in orders],
        dtype=torch.float64,
    )
    lower = scaled[:-1] / torch.tensor([float(factorial(order)) for order in orders])[:, None]
    left = scaled[1:] - at_end[:, : len(orders)] @ lower
    return torch.cat([lower, torch.linalg.inv(at_end[:, len(orders) :]) @ left], 1)


def _derivatives(filters: Filters, distance: torch.Tensor, last: int = 1) -> list[torch.Tensor]:
    """Values, slopes and further derivatives up to the last, (distance, channel) each."""

    def alone(r: torch.Tensor) -> torch.Tensor:
        return filters(r[None])[0]

    orders = [alone]
    for _ in range(last):
        orders.append(jacfwd(orders[-1]))
    with torch.no_grad():
        return [vmap(order)(distance) for order in orders]
