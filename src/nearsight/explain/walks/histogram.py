"""Sums over all walks by number of distinct atoms and by range, with no walk ever stored.

Halves of walks know their own atoms and range; what is left per walk is one dot product, the
atoms that the halves share (a product of indicator vectors) and the range between the halves (at
most T/2 look-ups). Memory is that of the halves and of one piece of a meeting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, pairwise
from typing import Literal, TypeAlias

import numpy as np
import torch

from nearsight.explain.walks.meeting import Meeting, meetings
from nearsight.lrp.chain import Chain

By = Literal["diameter", "start", "hop", "ends"]
PathAtoms: TypeAlias = list[torch.Tensor]
"""A position of paths after the other, each the atoms (n,) that stand there."""
PathPairs: TypeAlias = list[tuple[torch.Tensor, torch.Tensor]]
CHUNK = 1 << 16


@dataclass(frozen=True)
class Piece:
    """Walks made of some first halves and all second halves of a meeting.

    Attributes:
        meeting: where they come from.
        rows: first halves, as rows of ``meeting.head``.
        relevance: (m, rows).
        n_distinct: (m, rows) number of distinct atoms of each walk.
    """

    meeting: Meeting
    rows: slice
    relevance: torch.Tensor
    n_distinct: torch.Tensor

    def walks(self, chosen: torch.Tensor) -> torch.Tensor:
        """(n, depth + 1) atoms of the walks chosen by a mask (m, rows)."""
        second, first = chosen.nonzero(as_tuple=True)
        return self.meeting.walks(first + self.rows.start, second)


def pieces(chain: Chain) -> Iterator[Piece]:
    """Every walk once, with its number of distinct atoms."""
    for meeting in meetings(chain):
        distinct = _Distinct(meeting, chain.n_atoms)
        for rows in meeting.split(CHUNK):
            yield Piece(meeting, rows, meeting.relevance(rows), distinct.of(rows).long())


def histogram(chain: Chain, edges: np.ndarray, by: By) -> tuple[np.ndarray, np.ndarray]:
    """Signed and absolute sums (depth + 1, range + 1) over all walks, in double precision.

    The last column takes walks outside all bins.
    """
    bins, n_bins = bin_distances(chain, edges).float(), len(edges) + 1
    sums = chain.h.new_zeros(2, (chain.depth + 1) * n_bins, dtype=torch.float64)
    for meeting in meetings(chain):
        # Small integers, exact in single precision: order and bin are one sum per walk.
        orders = _Distinct(meeting, chain.n_atoms, unit=n_bins, below=1)
        ranges = _Ranges(meeting, bins, by)
        for rows in meeting.split(CHUNK):
            cell = orders.of(rows).add_(ranges.of(rows)).long()
            sums += sum_cells(cell.flatten(), meeting.relevance(rows), sums.shape[1])
    table = sums.reshape(2, chain.depth + 1, n_bins)
    outside = table[..., :1] + table[..., -1:]
    signed, absolute = torch.cat([table[..., 1:-1], outside], dim=-1).cpu().numpy()
    return signed, absolute


def sum_cells(cell: torch.Tensor, relevance: torch.Tensor, n_cells: int) -> torch.Tensor:
    """(2, n_cells) signed and absolute sums of relevance by cell."""
    weight = relevance.flatten().double()
    # Negative ones apart: one pass gives both sums.
    cell = torch.add(cell, weight < 0, alpha=n_cells)
    plus, minus = torch.bincount(cell, weight, minlength=2 * n_cells).reshape(2, n_cells)
    return torch.stack([plus + minus, plus - minus])


def bin_distances(chain: Chain, edges: np.ndarray) -> torch.Tensor:
    """(N, N) number of edges at or below each distance: ordered as the distances are."""
    limits = torch.as_tensor(edges, dtype=torch.float64, device=chain.h.device)
    found = torch.searchsorted(limits, chain.distance.double().contiguous(), right=True)
    return found.to(torch.int16)


class _Distinct:
    """Number of distinct atoms of walks, |head| + |tail| - |both|, as one product of matrices.

    Given as ``unit`` × (number - ``below``).
    """

    def __init__(self, meeting: Meeting, n_atoms: int, unit: int = 1, below: int = 0) -> None:
        inside, inside_after = (_members(x, n_atoms) for x in (meeting.head, meeting.tail))
        own, own_after = inside.sum(1, keepdim=True), inside_after.sum(1, keepdim=True)
        one, one_after = torch.ones_like(own), torch.ones_like(own_after)
        self._head = torch.cat([inside, own - below, one], dim=1)
        self._tail = torch.cat([-inside_after, one_after, own_after], dim=1).mul_(unit)

    def of(self, rows: slice) -> torch.Tensor:
        """(m, rows) in single precision, which counts exactly."""
        return self._tail @ self._head[rows].T


def _members(atoms: torch.Tensor, n_atoms: int) -> torch.Tensor:
    """(n, N) 1 for atoms on a path."""
    return torch.zeros(len(atoms), n_atoms, device=atoms.device).scatter_(1, atoms, 1.0)


class _Ranges:
    """The range of walks from the ranges of their halves and between them, all as bins."""

    def __init__(self, meeting: Meeting, bins: torch.Tensor, by: By) -> None:
        head, tail = list(meeting.head.T), list(meeting.tail.T)
        own, own_after, facing, facing_after = _counted(head, tail, by)
        # (N, n) how far each first half is from any atom, as far as that counts.
        self._reach = reduce(torch.maximum, (bins.index_select(1, atom) for atom in facing))
        self._own = _largest(own, bins, len(meeting.head))
        self._own_after = _largest(own_after, bins, len(meeting.tail))
        self._columns = [atom for atom in facing_after if atom is not tail[-1]]
        if len(self._columns) < len(facing_after):
            # All second halves begin at one atom, so its distances go with the first halves.
            self._own = torch.maximum(self._own, self._reach[meeting.atom])

    def of(self, rows: slice) -> torch.Tensor:
        """(m, rows) bin of each walk."""
        found = torch.maximum(self._own[rows], self._own_after[:, None])
        for column in self._columns:
            torch.maximum(found, self._reach[:, rows].index_select(0, column), out=found)
        return found


def _counted(
    head: PathAtoms, tail: PathAtoms, by: By
) -> tuple[PathPairs, PathPairs, PathAtoms, PathAtoms]:
    """Pairs within each half whose distance counts, and the atoms of both that face each other."""
    if by == "diameter":
        return list(combinations(head, 2)), list(combinations(tail, 2)), head, tail
    if by == "hop":
        return list(pairwise(head)), list(pairwise(tail)), head[-1:], tail[-1:]
    if by == "start":
        return [(head[0], atom) for atom in head[1:]], [], head[:1], tail
    return [], [], head[:1], tail[:1]


def _largest(pairs: PathPairs, bins: torch.Tensor, n: int) -> torch.Tensor:
    """(n,) bin of the largest distance of some pairs."""
    found = bins[0, 0].expand(n)  # an atom is at the distance 0 from itself
    for first, second in pairs:
        found = torch.maximum(found, bins[first, second])
    return found
