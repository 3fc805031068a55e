"""Sums over all walks by number of distinct atoms and by range, with no walk ever stored.

Halves of walks know their own atoms and range; what is left per walk is one dot product, the
atoms that the halves share (a product of indicator vectors) and the range between the halves (at
most T/2 look-ups). Memory is that of the halves and of one piece of a meeting.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import torch

from nearsight.explain.chain import Chain
from nearsight.explain.halves import Meeting, Paths, meetings

By = Literal["diameter", "start", "hop", "ends"]
CHUNK = 1 << 16


@dataclass(frozen=True)
class Piece:
    """Walks made of some first halves and all second halves of a meeting.

    Attributes:
        meeting: where they come from.
        rows: first halves, as rows of ``meeting.before``.
        relevance: (rows, n_after).
        n_distinct: (rows, n_after) number of distinct atoms of each walk.
        bin: (rows, n_after) range of each walk as the number of edges at or below it.
    """

    meeting: Meeting
    rows: slice
    relevance: torch.Tensor
    n_distinct: torch.Tensor
    bin: torch.Tensor | None

    def walks(self, chosen: torch.Tensor) -> torch.Tensor:
        """(n, depth + 1) atoms of the walks chosen by a mask (rows, n_after)."""
        first, second = chosen.nonzero(as_tuple=True)
        return self.meeting.walks(first + self.rows.start, second)


def histogram(chain: Chain, edges: np.ndarray, by: By) -> tuple[np.ndarray, np.ndarray]:
    """Signed and absolute sums (depth + 1, range + 1) over all walks, in double precision.

    The last column takes walks outside all bins.
    """
    n_bins = len(edges) + 1
    sums = chain.h.new_zeros(2, (chain.depth + 1) * n_bins, dtype=torch.float64)
    for piece in pieces(chain, bin_distances(chain, edges), by):
        assert piece.bin is not None  # noqa: S101
        cell = ((piece.n_distinct - 1) * n_bins + piece.bin).flatten()
        sums += sum_cells(cell, piece.relevance, sums.shape[1])
    table = sums.reshape(2, chain.depth + 1, n_bins)
    outside = table[..., :1] + table[..., -1:]
    signed, absolute = torch.cat([table[..., 1:-1], outside], dim=-1).cpu().numpy()
    return signed, absolute


def sum_cells(cell: torch.Tensor, relevance: torch.Tensor, n_cells: int) -> torch.Tensor:
    """(2, n_cells) signed and absolute sums of relevance by cell."""
    weight = relevance.flatten().double()
    signed = torch.bincount(cell, weight, minlength=n_cells)
    return torch.stack([signed, torch.bincount(cell, weight.abs_(), minlength=n_cells)])


def bin_distances(chain: Chain, edges: np.ndarray) -> torch.Tensor:
    """(N, N) number of edges at or below each distance: ordered as the distances are."""
    limits = torch.as_tensor(edges, dtype=torch.float64, device=chain.h.device)
    found = torch.searchsorted(limits, chain.distance.double().contiguous(), right=True)
    return found.to(torch.int16)


def pieces(chain: Chain, bins: torch.Tensor | None = None, by: By = "diameter") -> Iterator[Piece]:
    """Every walk once, with its number of distinct atoms and, given bins, the bin of its range."""
    for meeting in meetings(chain):
        before, after = meeting.before, meeting.after
        size = max(1, CHUNK // len(after))
        inside, inside_after = _members(before, chain.n_atoms), _members(after, chain.n_atoms)
        own, own_after = inside.sum(1), inside_after.sum(1)
        ranges = None if bins is None else _Ranges(meeting, bins, by)
        for start in range(0, len(before), size):
            rows = slice(start, start + size)
            shared = inside[rows] @ inside_after.T
            yield Piece(
                meeting=meeting,
                rows=rows,
                relevance=before.vector[rows] @ after.vector.T,
                n_distinct=(own[rows, None] + own_after - shared).long(),
                bin=None if ranges is None else ranges.of(rows),
            )


def _members(paths: Paths, n_atoms: int) -> torch.Tensor:
    """(n, N) 1 for atoms on a path; single precision counts them exactly."""
    found = torch.zeros(len(paths), n_atoms, device=paths.atoms.device)
    return found.scatter_(1, paths.atoms, 1.0)


class _Ranges:
    """The range of walks from the ranges of their halves and between them, all as bins."""

    def __init__(self, meeting: Meeting, bins: torch.Tensor, by: By) -> None:
        head, tail = meeting.before.atoms, meeting.after.atoms
        if by == "diameter":
            pairs, pairs_after = _every_pair(head), _every_pair(tail)
            self.reach = bins[head[:, 0]]
            for column in head.T[1:]:
                self.reach = torch.maximum(self.reach, bins[column])
        elif by == "hop":
            pairs, pairs_after = _steps(head), _steps(tail)
            self.reach = bins[head[:, -1]]
        else:
            # Distances from the start: a first half knows its own, the second has none of its own.
            own = head.T if by == "start" else head.T[:1]
            pairs, pairs_after = [(head[:, 0], atom) for atom in own], []
            self.reach = bins[head[:, 0]]
        self.own = _largest(pairs, bins, head)
        self.own_after = _largest(pairs_after, bins, tail)
        # A second half is stored from its end: the first column is the last atom of the walk.
        self.columns = {"hop": tail.T[-1:], "ends": tail.T[:1]}.get(by, tail.T)

    def of(self, rows: slice) -> torch.Tensor:
        found = torch.maximum(self.own[rows, None], self.own_after)
        for column in self.columns:
            torch.maximum(found, self.reach[rows].index_select(1, column), out=found)
        return found


def _every_pair(atoms: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    columns = atoms.T
    return [(columns[a], columns[b]) for b in range(len(columns)) for a in range(b + 1)]


def _steps(atoms: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    columns = atoms.T
    return list(pairwise(columns))


def _largest(
    pairs: list[tuple[torch.Tensor, torch.Tensor]], bins: torch.Tensor, atoms: torch.Tensor
) -> torch.Tensor:
    found = torch.zeros(len(atoms), dtype=bins.dtype, device=bins.device)
    for first, second in pairs:
        found = torch.maximum(found, bins[first, second])
    return found
