"""Filters read from a table, pair by pair, as one operation of PyTorch.

A polynomial in a cell of a table is a weighted sum of some of its rows, which is what a bag of
embeddings is: it takes about a twentieth of the time of the filter itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from nearsight.families.schnetpack.tables import START


@dataclass(frozen=True)
class Places:
    """Where pairs are in the tables of a network, which all have equal cells.

    Attributes:
        row: (pair, power) int32 rows of a table.
        monomial: (pair, power) weights of these rows in a filter.
        slope: (pair, power) in its derivative by the distance.
    """

    row: torch.Tensor
    monomial: torch.Tensor
    slope: torch.Tensor

    def values(self, table: torch.Tensor) -> torch.Tensor:
        """(pair, channel) filters of a table (cell × power, channel)."""
        return _sums(self.row, table, self.monomial)

    def slopes(self, table: torch.Tensor) -> torch.Tensor:
        """(pair, channel) their derivatives by the distance."""
        return _sums(self.row, table, self.slope)


def places_of(distance: torch.Tensor, cutoff: float, shape: Sequence[int]) -> Places:
    """Where distances lie; one that is not a number gives filters that are none either.

    Args:
        distance: (pair,), below the cutoff.
        cutoff: in the unit of the distances.
        shape: of each table: cells, powers, channels.
    """
    n_cells, n_powers = shape[:2]
    per_length = n_cells / (cutoff * (1 - START))
    along = (distance - cutoff * START).mul_(per_length)
    cell = along.nan_to_num(0.0).int().clamp_(0, n_cells - 1)
    t = along.sub_(cell)
    monomial = [torch.ones_like(t)]
    for _ in range(n_powers - 1):
        monomial.append(monomial[-1] * t)
    slope = [torch.zeros_like(t), *(k * m for k, m in enumerate(monomial[:-1], 1))]
    power = torch.arange(n_powers, dtype=torch.int32, device=distance.device)
    return Places(
        cell[:, None] * n_powers + power,
        torch.stack(monomial, 1),
        torch.stack(slope, 1).mul_(per_length),
    )


def rows_of(table: torch.Tensor) -> torch.Tensor:
    """(cell × power, channel) of a table (cell, power, channel)."""
    return table.reshape(-1, table.shape[-1]).contiguous()


def _sums(row: torch.Tensor, table: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.embedding_bag(row, table, mode="sum", per_sample_weights=weight)
