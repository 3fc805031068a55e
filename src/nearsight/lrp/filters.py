"""Filters of a block, one vector for each ordered pair of atoms: as an array, or listed.

``Filters`` are a tensor (N to, N from, D), which is quicker for small molecules, or :class:`Listed`
for those where most pairs are beyond the cutoff: memory and time then grow with the number of
neighbours. The functions here take both.
"""

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import torch

from nearsight.lrp.links import Links
from nearsight.lrp.memory import require

ROWS = 1 << 12
"""Links that are done at a time: what they carry shall fit a processor's cache."""


@dataclass(frozen=True, eq=False)
class Listed:
    """Filters of the pairs of a list; those of all other pairs are zero.

    Attributes:
        links: the pairs.
        table: (R, D) filters, in any order.
        row: (E,) row of each pair in the table; ``None`` where they stand in this order.
    """

    links: Links
    table: torch.Tensor
    row: torch.Tensor | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(N, N, D)."""
        return self.links.n_atoms, self.links.n_atoms, self.table.shape[-1]

    def of(self, some: slice | torch.Tensor) -> torch.Tensor:
        """(n, D) filters of some pairs, by slice or by numbers (n,)."""
        row = some if self.row is None else self.row[some]
        return self.table[row] if isinstance(row, slice) else self.table.index_select(0, row)

    def chunks(self) -> Iterator[slice]:
        """All pairs, some at a time."""
        for start in range(0, len(self.links), ROWS):
            yield slice(start, min(start + ROWS, len(self.links)))

    def gather(self, sent: torch.Tensor) -> torch.Tensor:
        """What arrives at every atom (N, D) of what each has sent (N, D)."""
        found = torch.zeros_like(sent)
        for some in self.chunks():
            moved = sent.index_select(0, self.links.j[some]).mul_(self.of(some))
            found.index_add_(0, self.links.i[some], moved)
        return found

    def gather_many(self, sent: torch.Tensor) -> torch.Tensor:
        """The same for (N, D, batch)."""
        channels = sent.transpose(0, 1).contiguous()
        arrived = [one @ given for one, given in zip(self._by_channel, channels, strict=True)]
        return torch.stack(arrived, dim=1)

    @cached_property
    def _by_channel(self) -> list[torch.Tensor]:
        """For each entry of the message a sparse matrix (N to, N from)."""
        n_atoms, start = self.links.n_atoms, self.links.starts
        values = self.of(slice(None)).T.contiguous()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state")
            return [
                torch.sparse_csr_tensor(
                    start, self.links.j, one, (n_atoms, n_atoms), check_invariants=False
                )
                for one in values
            ]

    @property
    def turned(self) -> "Listed":
        """Filters of the opposite direction: what (i, j) was is then (j, i). Shares the table."""
        links, order = self.links.turned
        return Listed(links, self.table, order if self.row is None else self.row[order])

    def where(self, chosen: torch.Tensor) -> "Listed":
        """Filters of some pairs, (E,) true for those; zero for the others. Shares the table."""
        numbers = chosen.nonzero()[:, 0]
        row = numbers if self.row is None else self.row[numbers]
        return Listed(self.links.where(chosen), self.table, row)

    def on(self, links: Links) -> "Listed":
        """The same filters on other links (E); zero where these are not listed."""
        if links is self.links or torch.equal(links.key, self.links.key):
            return Listed(links, self.table, self.row)
        place, listed = self.links.find(links)
        nothing = self.table.new_zeros(1, self.table.shape[-1])
        if len(self.links) and self.row is not None:
            place = self.row[place]
        row = torch.where(listed, place, len(self.table))
        return Listed(links, torch.cat([self.table, nothing]), row)

    def dense(self) -> torch.Tensor:
        """As an array (N, N, D).

        Raises:
            MemoryLimitError: it does not fit.
        """
        n_atoms, _, width = self.shape
        require(
            n_atoms**2 * width * self.table.element_size(),
            f"filters of all pairs of {n_atoms} atoms",
            instead="take a sum that is made from neighbours alone, or fewer atoms",
            device=self.table.device,
        )
        found = self.table.new_zeros(self.shape)
        found[self.links.i, self.links.j] = self.of(slice(None))
        return found

    def to(
        self, *, dtype: torch.dtype | None = None, device: torch.device | str | None = None
    ) -> "Listed":
        """The same in another precision or on another device."""
        row = None if self.row is None else self.row.to(device=device)
        return Listed(self.links.to(device), self.table.to(device=device, dtype=dtype), row)


Filters: TypeAlias = torch.Tensor | Listed


def gather(filters: Filters, sent: torch.Tensor) -> torch.Tensor:
    """sum_j f_ij sent_j: what arrives at every atom (N, D) of what each has sent (N, D)."""
    if isinstance(filters, Listed):
        return filters.gather(sent)
    return (filters * sent).sum(1)


def turned(filters: Filters) -> Filters:
    """Filters of the opposite direction."""
    return filters.turned if isinstance(filters, Listed) else filters.transpose(0, 1)


def joined(parts: Sequence[Filters]) -> Filters:
    """Filters of several messages side by side, all of them arrays or all on the same links."""
    tensors = [part for part in parts if isinstance(part, torch.Tensor)]
    if len(tensors) == len(parts):
        return torch.cat(tensors, dim=-1)
    listed = [part for part in parts if isinstance(part, Listed)]
    links = listed[0].links
    return Listed(links, torch.cat([part.on(links).of(slice(None)) for part in listed], dim=-1))


def as_array(filters: Filters) -> torch.Tensor:
    """(N, N, D).

    Raises:
        MemoryLimitError: they are listed, and the array does not fit.
    """
    return filters.dense() if isinstance(filters, Listed) else filters


def hops(filters: Filters) -> Listed:
    """The pairs along which anything moves: those whose filter is not zero."""
    # Largest sizes: several times faster than any().
    if isinstance(filters, Listed):
        moves = filters.table.abs().amax(-1) != 0
        moves = moves if filters.row is None else moves[filters.row]
        return filters if bool(moves.all()) else filters.where(moves)
    i, j = (filters.abs().amax(-1) != 0).nonzero(as_tuple=True)
    n_atoms, _, width = filters.shape
    straight = filters.is_contiguous()
    table = filters if straight else filters.transpose(0, 1)
    first, second = (i, j) if straight else (j, i)
    return Listed(Links(i, j, n_atoms), table.reshape(-1, width), first * n_atoms + second)
