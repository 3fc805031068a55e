"""One matrix for each atom, applied to states of that atom: dense, shared, or made of pieces.

A map is a tensor (N, A, B), which may be one matrix expanded to all atoms, or :class:`Pieces` where
most of A × B is zero. The functions here take both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch

LARGE = 1 << 20
"""Entries above which products of matrices with one state no longer fit a processor's cache."""

PieceTable: TypeAlias = Mapping[tuple[int, int], torch.Tensor | None]


@dataclass(frozen=True, eq=False)
class Pieces:
    """Matrices (N, rows × F, columns × F) of which only some F × F pieces are not zero.

    Attributes:
        rows, columns: number of pieces.
        width: F.
        n_atoms: N.
        table: (N, F, F) by row and column; ``None`` for the identity. A tensor may stand in several
            places, and is then applied once to what stands in one column.
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
        columns = states.unflatten(1, (self.columns, self.width))
        found = states.new_zeros(self.n_atoms, self.rows, self.width, states.shape[-1])
        done: dict[tuple[int, int], torch.Tensor] = {}
        for (row, column), piece in self.table.items():
            given = columns[:, column]
            if piece is not None:
                key = id(piece), column
                if key not in done:
                    done[key] = piece @ given
                given = done[key]
            found[:, row] += given
        return found.flatten(1, 2)

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


def per_atom(maps: Maps, state: torch.Tensor) -> torch.Tensor:
    """Apply each atom's matrix to its own state, (..., N, B) to (..., N, A)."""
    if isinstance(maps, torch.Tensor):
        if maps.stride(0) == 0:
            return state @ maps[0].T
        if state.ndim == 2 and maps.numel() > LARGE:
            pairs = zip(maps, state, strict=True)
            return torch.stack([matrix @ vector for matrix, vector in pairs])
        if state.ndim == 2:
            # One state: products and sums are several times faster than batched products.
            return (maps * state[:, None]).sum(-1)
    batch = state.reshape(-1, *state.shape[-2:]).permute(1, 2, 0)
    return (maps @ batch).permute(2, 0, 1).reshape(*state.shape[:-1], maps.shape[1])


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
    if is_shared(maps):
        return at_atom(maps, 0, vectors)
    parts = vectors.split(counts)
    return torch.cat([at_atom(maps, atom, part) for atom, part in enumerate(parts)])


def vanishes(maps: Maps) -> torch.Tensor:
    """(N,) whether all entries of an atom's matrix are zero."""
    if isinstance(maps, torch.Tensor):
        # The largest size: several times faster than any().
        return maps.abs().amax((-1, -2)) == 0
    pieces = [piece for piece in maps.table.values() if piece is not None]
    silent = torch.stack([piece.abs().amax((-1, -2)) == 0 for piece in pieces]).all(0)
    return silent & (len(pieces) == len(maps.table))
