"""One matrix for each atom, applied to states of that atom: dense, shared, or made of pieces.

A map is a tensor (N, A, B), which may be one matrix expanded to all atoms, or :class:`Pieces` where
most of A × B is zero. The functions here take both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import torch

FEW = 16
"""States of an atom up to which they stand left of its matrix in a product, two to four times
sooner."""

PADDED = 2
"""Times as many vectors as there are, up to which all atoms are given as many as one has most."""

PieceTable: TypeAlias = Mapping[tuple[int, int], torch.Tensor | None]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Matrices (N, rows × F, columns × F) of which only some F × F pieces are not zero.

    Attributes:
        rows, columns: number of pieces.
        width: F.
        n_atoms: N.
        table: (N, F, F) by row and column; ``None`` for the identity. A tensor may stand in several
            places: what it meets in one row is added up before it is applied, and what it makes of
            the same columns in several rows is made once.
    """

    rows: int
    columns: int
    width: int
    n_atoms: int
    table: PieceTable

    @property
    def shape(self) -> tuple[int, int, int]:
        """(N, A, B)."""
        return self.n_atoms, self.rows * self.width, self.columns * self.width

    @property
    def mT(self) -> "Pieces":  # noqa: N802, named as a tensor's
        """The transposed matrices."""
        turned = {id(piece): piece.mT for piece in self.table.values() if piece is not None}
        table = {(c, r): None if x is None else turned[id(x)] for (r, c), x in self.table.items()}
        return Pieces(self.columns, self.rows, self.width, self.n_atoms, table)

    def __matmul__(self, states: torch.Tensor) -> torch.Tensor:
        """(N, A, batch) from states (N, B, batch)."""
        return self.through(states, 1, apply)

    def through(
        self,
        given: torch.Tensor,
        axis: int,
        product: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        """The map on whatever stands along an axis of columns, by the products of its pieces.

        Args:
            given: (..., columns × F, ...).
            axis: which of its dimensions that is.
            product: of a piece (N, F, F) and (..., F, ...).

        Returns:
            (..., rows × F, ...).
        """
        parts = given.unflatten(axis, (self.columns, self.width))
        shape = list(parts.shape)
        shape[axis] = self.rows
        found = given.new_zeros(shape)
        sums: dict[tuple[int, ...], torch.Tensor] = {}
        for piece, columns, rows in self._products:
            if columns not in sums:
                first, *others = (parts.select(axis, column) for column in columns)
                sums[columns] = sum(others, first)
            moved = sums[columns] if piece is None else product(piece, sums[columns])
            for row in rows:
                found.select(axis, row).add_(moved)
        return found.flatten(axis, axis + 1)

    @cached_property
    def _products(self) -> list[tuple[torch.Tensor | None, tuple[int, ...], list[int]]]:
        """Each piece with columns that it takes together, and the rows where that goes."""
        pieces = {id(piece): piece for piece in self.table.values()}
        columns: dict[tuple[int, int], list[int]] = {}
        for (row, column), piece in self.table.items():
            columns.setdefault((id(piece), row), []).append(column)
        rows: dict[tuple[int, tuple[int, ...]], list[int]] = {}
        for (key, row), together in columns.items():
            rows.setdefault((key, tuple(sorted(together))), []).append(row)
        return [(pieces[key], together, places) for (key, together), places in rows.items()]

    def __getitem__(self, atoms: Any) -> "Pieces":
        """The maps of some atoms."""
        chosen = {id(x): x[atoms] for x in self.table.values() if x is not None}
        table = {key: None if x is None else chosen[id(x)] for key, x in self.table.items()}
        n_atoms = len(torch.empty(self.n_atoms, 0)[atoms])
        return Pieces(self.rows, self.columns, self.width, n_atoms, table)

    def to(self, **where: Any) -> "Pieces":
        """The same in another precision or on another device."""
        moved = {id(x): x.to(**where) for x in self.table.values() if x is not None}
        table = {key: None if x is None else moved[id(x)] for key, x in self.table.items()}
        return Pieces(self.rows, self.columns, self.width, self.n_atoms, table)


Maps: TypeAlias = torch.Tensor | Pieces


def is_shared(maps: Maps) -> bool:
    """Whether all atoms have one matrix."""
    return isinstance(maps, torch.Tensor) and maps.stride(0) == 0


def apply(maps: Maps, states: torch.Tensor) -> torch.Tensor:
    """(N, A, batch) from states (N, B, batch): each atom's matrix on all states of that atom."""
    if isinstance(maps, torch.Tensor) and states.shape[-1] <= FEW:
        return (states.mT @ maps.mT).mT
    return maps @ states


def per_atom(maps: Maps, state: torch.Tensor) -> torch.Tensor:
    """Apply each atom's matrix to its own state, (..., N, B) to (..., N, A)."""
    if isinstance(maps, torch.Tensor) and is_shared(maps):
        return state @ maps[0].T
    batch = state.reshape(-1, *state.shape[-2:]).permute(1, 2, 0)
    return apply(maps, batch).permute(2, 0, 1).reshape(*state.shape[:-1], maps.shape[1])


def leads(part: Maps | None, whole: Maps) -> bool:
    """Whether (N, A, S) are the first S columns of (N, A, B), in the same memory."""
    if isinstance(part, Pieces) and isinstance(whole, Pieces):
        first = {key: piece for key, piece in whole.table.items() if key[1] < part.columns}
        same = part.rows == whole.rows and first.keys() == part.table.keys()
        return same and all(_is_same(part.table[key], piece) for key, piece in first.items())
    both = isinstance(part, torch.Tensor) and isinstance(whole, torch.Tensor)
    return both and _is_same(part, whole)  # type: ignore[arg-type]


def _is_same(one: torch.Tensor | None, other: torch.Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    places = [(x.data_ptr(), x.shape, x.stride()) for x in (one, other)]
    return places[0] == places[1]


def at_atom(maps: Maps, atom: int, vectors: torch.Tensor) -> torch.Tensor:
    """Apply one atom's matrix to many vectors.

    Args:
        maps: (N, A, B).
        atom: which one's.
        vectors: (n, B).

    Returns:
        (n, A).
    """
    if isinstance(maps, torch.Tensor):
        return vectors @ maps[atom].T
    return (maps[atom : atom + 1] @ vectors.T[None])[0].T


def by_group(maps: Maps, vectors: torch.Tensor, counts: list[int]) -> torch.Tensor:
    """Apply every atom's matrix to the vectors of that atom.

    Args:
        maps: (N, A, B).
        vectors: (n, B) sorted by atom.
        counts: how many of them each of the N atoms has.

    Returns:
        (n, A).
    """
    if isinstance(maps, Pieces):
        return maps.through(vectors, 1, lambda piece, given: by_group(piece, given, counts))
    if is_shared(maps):
        return at_atom(maps, 0, vectors)
    most = max(counts)
    if most * len(counts) <= PADDED * len(vectors):
        return _by_padding(maps, vectors, counts, most)
    parts = vectors.split(counts)
    return torch.cat([at_atom(maps, atom, part) for atom, part in enumerate(parts)])


def _by_padding(
    maps: torch.Tensor, vectors: torch.Tensor, counts: list[int], most: int
) -> torch.Tensor:
    """:func:`by_group` as one product, with as many vectors for each atom as any has."""
    if most * len(counts) == len(vectors):
        return (vectors.view(len(counts), most, vectors.shape[1]) @ maps.mT).flatten(0, 1)
    groups = torch.as_tensor(counts, device=vectors.device)
    before = (most - groups).cumsum(0) - (most - groups)
    row = torch.arange(len(vectors), device=vectors.device)
    row += before.repeat_interleave(groups, output_size=len(vectors))
    padded = vectors.new_zeros(len(counts) * most, vectors.shape[1]).index_copy_(0, row, vectors)
    moved = padded.view(len(counts), most, vectors.shape[1]) @ maps.mT
    return moved.flatten(0, 1).index_select(0, row)


def vanishes(maps: Maps) -> torch.Tensor:
    """(N,) whether all entries of an atom's matrix are zero."""
    if isinstance(maps, torch.Tensor):
        # The largest size: several times faster than any().
        return maps.abs().amax((-1, -2)) == 0
    pieces = [piece for piece in maps.table.values() if piece is not None]
    silent = torch.stack([piece.abs().amax((-1, -2)) == 0 for piece in pieces]).all(0)
    return silent & (len(pieces) == len(maps.table))
