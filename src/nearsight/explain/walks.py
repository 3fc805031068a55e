"""Every walk and its relevance, by meeting in the middle instead of one pass per walk.

A walk is cut in two. Its first half is a vector (the state that this path alone brings to its last
atom), its second half another (the gradient that this path alone brings back); the relevance is
their dot product. Halves are shared by many walks, and the dot products of all halves that meet at
one atom are one matrix product.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from nearsight import units
from nearsight.errors import WalkLimitError
from nearsight.explain.chain import Block, Chain
from nearsight.explain.labels import chain_attributes, energy, variable

WALK_LIMIT = 5_000_000
CHUNK = 1 << 16


@dataclass(frozen=True)
class _Paths:
    """Parts of walks.

    Attributes:
        atoms: (n, length) atoms in the order of growth; the last column is where a path stands.
        vector: (n, S or D) what the path brings there.
    """

    atoms: torch.Tensor
    vector: torch.Tensor

    @property
    def tip(self) -> torch.Tensor:
        return self.atoms[:, -1]

    def at(self, rows: torch.Tensor) -> "_Paths":
        return _Paths(self.atoms[rows], self.vector[rows])

    def standing_on(self, atom: int) -> "_Paths":
        return self.at((self.tip == atom).nonzero()[:, 0])


def count_walks(chain: Chain) -> int:
    """Exact number of walks along edges, by powers of the adjacency in integers of any size."""
    counts = [1] * chain.n_atoms
    for block in chain.blocks:
        rows = [row.nonzero()[:, 0].tolist() for row in block.adjacency]
        counts = [sum(counts[j] for j in row) for row in rows]
    return sum(counts)


def check_limit(chain: Chain, limit: int) -> int:
    """Number of walks.

    Raises:
        WalkLimitError: it is above the limit.
    """
    n_walks = count_walks(chain)
    if n_walks > limit:
        raise WalkLimitError(
            f"{n_walks} walks ({chain.n_atoms} atoms, depth {chain.depth}), the limit is {limit}: "
            "raise the limit, or use pairs and balance, which need no enumeration"
        )
    return n_walks


def walks(chain: Chain, limit: int = WALK_LIMIT) -> xr.Dataset:
    """Every walk with its relevance, in lexicographic order.

    Returns:
        ``walk(walk, step)``, the atoms from the embedding to the read-out, and
        ``relevance(walk)`` in eV.

    Raises:
        WalkLimitError: there are more walks than the limit.
    """
    check_limit(chain, limit)
    atoms, relevance = (np.concatenate(parts) for parts in zip(*stream(chain), strict=True))
    order = np.lexsort(atoms.T[::-1])
    return xr.Dataset(
        {
            "walk": variable(
                ("walk", "step"), atoms[order], units.ONE, "atoms of a walk, embedding first"
            ),
            "relevance": energy(("walk",), relevance[order], "relevance of a walk"),
        },
        attrs=chain_attributes(chain),
    )


def stream(chain: Chain, chunk: int = CHUNK) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield every walk once, in pieces: atoms (n, depth + 1) int32 and relevance (n,).

    Args:
        chain: what to enumerate.
        chunk: about the largest number of walks in a piece.
    """
    half = chain.depth // 2
    middle = chain.blocks[half] if chain.depth % 2 else None
    first = _grow(chain.blocks[:half], chain.h)
    second = _grow([b.adjoint for b in reversed(chain.blocks[chain.depth - half :])], chain.o)
    messages = first.vector if middle is None else _messages(middle, first)
    for atom in range(chain.n_atoms):
        here, after = first.standing_on(atom), second.standing_on(atom)
        if middle is None:
            yield from _meet(_Paths(here.atoms[:, :-1], here.vector), after, chunk)
            continue
        if middle.adjacency[atom, atom]:
            stay = _Paths(here.atoms, _stay(middle, atom, here.vector))
            yield from _meet(stay, after, chunk)
        back = _Paths(after.atoms, after.vector @ middle.M[atom])
        yield from _meet(_sent_to(middle, atom, first, messages), back, chunk)


def _meet(before: _Paths, after: _Paths, chunk: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """All walks made of a first part and a second part, which is stored from its end."""
    n_after = len(after.atoms)
    if n_after == 0:
        return
    tail = after.atoms.flip(1)
    for rows in torch.arange(len(before.atoms)).split(max(1, chunk // n_after)):
        part = before.at(rows)
        relevance = part.vector @ after.vector.T
        atoms = torch.cat(
            [part.atoms.repeat_interleave(n_after, dim=0), tail.repeat(len(rows), 1)], dim=1
        )
        yield atoms.numpy().astype(np.int32), relevance.reshape(-1).numpy()


def _grow(blocks: "list[Block] | tuple[Block, ...]", start: torch.Tensor) -> _Paths:
    """All paths along the blocks, from start vectors (N, S) at every atom."""
    paths = _Paths(torch.arange(len(start))[:, None], start)
    for block in blocks:
        messages = _messages(block, paths)
        parts = [_extend(block, atom, paths, messages) for atom in range(len(start))]
        paths = _Paths(torch.cat([p.atoms for p in parts]), torch.cat([p.vector for p in parts]))
    return paths


def _extend(block: Block, atom: int, paths: _Paths, messages: torch.Tensor) -> _Paths:
    """Paths that take their next step to an atom, itself included."""
    moved = _sent_to(block, atom, paths, messages)
    atoms, vectors = [moved.atoms], [moved.vector @ block.M[atom].T]
    if block.adjacency[atom, atom]:
        stay = paths.standing_on(atom)
        atoms.append(stay.atoms)
        vectors.append(_stay(block, atom, stay.vector))
    joined = torch.cat(atoms)
    return _Paths(torch.cat([joined, torch.full_like(joined[:, :1], atom)], 1), torch.cat(vectors))


def _stay(block: Block, atom: int, vector: torch.Tensor) -> torch.Tensor:
    return vector if block.P is None else vector @ block.P[atom].T


def _messages(block: Block, paths: _Paths) -> torch.Tensor:
    """(n, D) message that each path sends from where it stands."""
    messages = paths.vector.new_empty(len(paths.vector), block.K.shape[1])
    for atom in range(len(block.K)):
        rows = paths.tip == atom
        messages[rows] = paths.vector[rows] @ block.K[atom].T
    return messages


def _sent_to(block: Block, atom: int, paths: _Paths, messages: torch.Tensor) -> _Paths:
    """Paths that stand on a neighbour of an atom, with their filtered messages to it."""
    near = block.adjacency[atom].clone()
    near[atom] = False
    rows = near[paths.tip].nonzero()[:, 0]
    return _Paths(paths.atoms[rows], messages[rows] * block.f[atom, paths.tip[rows]])
