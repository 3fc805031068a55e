"""Evaluations of molecules of many atoms: their pairs are listed, and taken part by part.

Where :attr:`nearsight.families.family.Family.fast` keeps every tensor of all pairs until slopes go
back, this keeps states of atoms alone: memory is a few kilobytes an atom, and what a part needs
stays in the cache, so that an atom costs as much in a large molecule as in a small one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch


class Listed(Protocol):
    """From molecules of one kind to energies and forces, without offsets."""

    def __call__(
        self,
        numbers: torch.Tensor,
        position: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Energy (molecule,) and force (molecule, atom, 3) in float64, in the network's units.

        Args:
            numbers: (atom,) nuclear charges of one molecule.
            position: (molecule, atom, 3) float64, in the network's unit of length.
            first: (pair,) one atom of each pair within the cutoff, counted over all molecules;
                sorted.
            second: (pair,) the other.
        """


@dataclass(frozen=True)
class Part:
    """Consecutive pairs.

    Attributes:
        span: which of the pairs.
        first, second: (pair,) their atoms.
        owners: (owner,) the atoms that are first of any, each once.
        starts: (owner,) int32 where the pairs of each begin.
        order: (pair,) int32 0, 1, 2, ...
    """

    span: slice
    first: torch.Tensor
    second: torch.Tensor
    owners: torch.Tensor
    starts: torch.Tensor
    order: torch.Tensor

    def add(self, total: torch.Tensor, to_first: torch.Tensor, to_second: torch.Tensor) -> None:
        """Add messages to the first and to the second atom of each pair, in place.

        Args:
            total: (atom, feature).
            to_first: (pair, feature).
            to_second: (pair, feature).
        """
        total.index_add_(0, self.second, to_second)
        if to_first.dtype == torch.float32:
            # What follows each other is summed several times as fast as it is scattered.
            sums = torch.nn.functional.embedding_bag(self.order, to_first, self.starts, mode="sum")
            total.index_add_(0, self.owners, sums)
        else:
            total.index_add_(0, self.first, to_first)


def parts_of(first: torch.Tensor, second: torch.Tensor, size: int) -> Iterator[Part]:
    """Pairs part by part.

    Args:
        first: (pair,) sorted.
        second: (pair,).
        size: pairs of a part.
    """
    order = torch.arange(min(size, len(first)), dtype=torch.int32, device=first.device)
    for begin in range(0, len(first), size):
        span = slice(begin, min(begin + size, len(first)))
        own = first[span]
        owners, counts = torch.unique_consecutive(own, return_counts=True)
        starts = (counts.cumsum(0) - counts).int()
        yield Part(span, own, second[span], owners, starts, order[: len(own)])
