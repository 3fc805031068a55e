"""Sums over all walks by number of distinct atoms and by range, with no walk ever stored.

Halves of walks know their own atoms and range; what is left per walk is one dot product, the
atoms that the halves share (a product of indicator vectors) and the range between the halves (at
most T/2 look-ups). Memory is that of the halves and of one piece of a meeting.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np
import torch

from nearsight.explain.walks.extent import By
from nearsight.explain.walks.meeting import Meeting, meetings
from nearsight.lrp.chain import Chain

PathAtoms: TypeAlias = list[torch.Tensor]
"""A position of paths after the other, each the atoms (n,) that stand there."""
PathPairs: TypeAlias = list[tuple[torch.Tensor, torch.Tensor]]
CHUNK = 1 << 16
SMALL = 64
"""Atoms up to which products over all of them are quicker than over those of a meeting."""


@dataclass(frozen=True)
class Histograms:
    """Sums over all walks, signed first and absolute second, in double precision.

    Attributes:
        orders: (2, depth + 1) by number of distinct atoms, 1 first.
        ranges: (2, depth + 1, range + 1) by that and by range, in the order asked for; the last
            column takes walks outside all bins.
        pair_absolute: (N, N) absolute sums of walks on exactly two atoms, above the diagonal;
            of constant walks on it. Zero where they were not asked for.
    """

    orders: np.ndarray
    ranges: tuple[np.ndarray, ...]
    pair_absolute: np.ndarray


def histograms(
    chain: Chain, edges: np.ndarray | None = None, by: Sequence[By] = (), *, pairs: bool = False
) -> Histograms:
    """Sums over all walks, each of which is visited once, whatever is asked for.

    Args:
        chain: what to sum up.
        edges: (range + 1,) ascending, in Å; needed with ``by``.
        by: which distances count for a range; a histogram for each.
        pairs: whether absolute sums by pair of atoms are wanted.
    """
    bins = None if edges is None else bin_distances(chain, edges).float()
    n_bins = 1 if edges is None else len(edges) + 1
    n_cells = (chain.depth + 1) * n_bins
    sums = chain.h.new_zeros(max(1, len(by)), 2, n_cells, dtype=torch.float64)
    pair_absolute = sums.new_zeros(chain.n_atoms**2)
    for meeting in meetings(chain):
        # Small integers, exact in single precision: order and bin are one sum per walk.
        behind = _Behind(meeting, chain.n_atoms)
        orders = _Distinct(meeting, behind, unit=n_bins, below=1)
        ranges = [] if bins is None else [_Ranges(meeting, behind, bins, one) for one in by]
        for rows in meeting.split(CHUNK):
            order, relevance = orders.of(rows), meeting.relevance(rows).double()
            cells = [one.of(rows).add_(order) for one in ranges] or [order]
            for found, cell in zip(sums, cells, strict=True):
                found += sum_cells(cell.long().flatten(), relevance.flatten(), n_cells)
            if pairs:
                _add_pairs(pair_absolute, meeting, rows, relevance, order <= n_bins)
    tables = sums.reshape(len(sums), 2, chain.depth + 1, n_bins)
    square = pair_absolute.reshape(chain.n_atoms, chain.n_atoms).cpu().numpy()
    filled = tuple(_outside_last(table) for table in tables) if by else ()
    return Histograms(tables[0].sum(-1).cpu().numpy(), filled, square)


def _outside_last(table: torch.Tensor) -> np.ndarray:
    """(..., range + 1) from bins with one below the first edge and one above the last."""
    outside = table[..., :1] + table[..., -1:]
    return torch.cat([table[..., 1:-1], outside], dim=-1).cpu().numpy()


def _add_pairs(
    sums: torch.Tensor, meeting: Meeting, rows: slice, relevance: torch.Tensor, few: torch.Tensor
) -> None:
    """Add to sums (N x N,) the sizes of relevance (m, rows) of walks on few (m, rows) atoms."""
    n_atoms = round(len(sums) ** 0.5)
    second, first = few.nonzero(as_tuple=True)
    atoms = meeting.walks(first + rows.start, second)
    key = atoms.amin(1) * n_atoms + atoms.amax(1)
    sums += torch.bincount(key, relevance[few].abs(), minlength=len(sums))


def sum_cells(cell: torch.Tensor, relevance: torch.Tensor, n_cells: int) -> torch.Tensor:
    """Signed and absolute sums of relevance by cell.

    Args:
        cell: (n,) the cell that each walk falls in.
        relevance: (n,) double precision.
        n_cells: number of cells.

    Returns:
        (2, n_cells).
    """
    # Negative ones apart: one pass gives both sums.
    cell = torch.add(cell, relevance < 0, alpha=n_cells)
    plus, minus = torch.bincount(cell, relevance, minlength=2 * n_cells).reshape(2, n_cells)
    return torch.stack([plus + minus, plus - minus])


def bin_distances(chain: Chain, edges: np.ndarray) -> torch.Tensor:
    """(N, N) number of edges at or below each distance: ordered as the distances are."""
    limits = torch.as_tensor(edges, dtype=torch.float64, device=chain.h.device).contiguous()
    found = torch.searchsorted(limits, chain.distance.double().contiguous(), right=True)
    return found.to(torch.int16)


class _Behind:
    """The atoms of the second halves of a meeting: what the halves share is among them.

    They are those within half a walk of the meeting, however many the molecule has; of a small one
    all atoms, so that none has to be looked up.
    """

    def __init__(self, meeting: Meeting, n_atoms: int) -> None:
        self.every = n_atoms <= SMALL
        every = torch.arange(n_atoms, device=meeting.tail.device)
        self.atoms = every if self.every else meeting.tail.unique()
        self._place = torch.full_like(every, len(self.atoms))
        self._place[self.atoms] = every[: len(self.atoms)]

    def place(self, atoms: torch.Tensor) -> torch.Tensor:
        """Where atoms (...) stand among these; after the last where they do not."""
        return atoms if self.every else self._place[atoms]

    def members(self, paths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, behind) 1 for atoms on paths (n, length), and (n, 1) how many different ones."""
        width = len(self.atoms)
        found = torch.zeros(len(paths), width + (not self.every), device=paths.device)
        inside = found.scatter_(1, self.place(paths), 1.0)[:, :width]
        return inside, (inside.sum(1) if self.every else _count(paths))[:, None]


class _Distinct:
    """Number of distinct atoms of walks, |head| + |tail| - |both|, as one product of matrices.

    Given as ``unit`` × (number - ``below``).
    """

    def __init__(self, meeting: Meeting, behind: _Behind, unit: int = 1, below: int = 0) -> None:
        inside, own = behind.members(meeting.head)
        inside_after, own_after = behind.members(meeting.tail)
        one, one_after = torch.ones_like(own), torch.ones_like(own_after)
        self._head = torch.cat([inside, own - below, one], dim=1)
        self._tail = torch.cat([-inside_after, one_after, own_after], dim=1).mul_(unit)

    def of(self, rows: slice) -> torch.Tensor:
        """(m, rows) in single precision, which counts exactly."""
        return self._tail @ self._head[rows].T


def _count(paths: torch.Tensor) -> torch.Tensor:
    """(n,) number of distinct atoms on each path (n, length), as a float."""
    found = torch.ones(len(paths), device=paths.device)
    for step in range(1, paths.shape[1]):
        found += (paths[:, :step] != paths[:, step, None]).all(1)
    return found


class _Ranges:
    """The range of walks from the ranges of their halves and between them, all as bins."""

    def __init__(self, meeting: Meeting, behind: _Behind, bins: torch.Tensor, by: By) -> None:
        head, tail = list(meeting.head.T), list(meeting.tail.T)
        own, own_after, facing, facing_after = _counted(head, tail, by)
        # (behind, n) how far each first half is from the atoms behind, as far as that counts.
        near = bins if behind.every else bins.index_select(0, behind.atoms)
        self._reach = reduce(torch.maximum, (near.index_select(1, atom) for atom in facing))
        self._own = _largest(own, bins, len(meeting.head))
        self._own_after = _largest(own_after, bins, len(meeting.tail))
        self._columns = [behind.place(atom) for atom in facing_after if atom is not tail[-1]]
        if len(self._columns) < len(facing_after):
            # All second halves begin at one atom, so its distances go with the first halves.
            self._own = torch.maximum(self._own, self._reach[behind.place(meeting.tail[0, -1])])

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
