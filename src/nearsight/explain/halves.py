"""Halves of walks: what a path alone brings forward to an atom, and what one brings back to it.

A walk is cut in two. Its first half is a vector (the state that this path alone brings to its last
atom), its second half another (the gradient that this path alone brings back); the relevance is
their dot product. Halves are shared by many walks: N k^(T/2) of them make N k^T walks, with k
neighbours per atom.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from nearsight.explain.chain import Block, Chain


@dataclass(frozen=True)
class Paths:
    """Parts of walks.

    Attributes:
        atoms: (n, length) atoms in the order of growth.
        vector: (n, S or D) what the path brings to where it ends.
    """

    atoms: torch.Tensor
    vector: torch.Tensor

    @property
    def tip(self) -> torch.Tensor:
        """(n,) where each path stands."""
        return self.atoms[:, -1]

    def at(self, rows: torch.Tensor) -> "Paths":
        """Some of the paths."""
        return Paths(self.atoms.index_select(0, rows), self.vector.index_select(0, rows))

    def standing_on(self, atom: int) -> "Paths":
        """Paths that end at an atom."""
        return self.at((self.tip == atom).nonzero()[:, 0])

    def __len__(self) -> int:
        return len(self.atoms)


@dataclass(frozen=True)
class Meeting:
    """Every walk made of one of ``before`` and one of ``after``, which is stored from its end.

    The walk of rows p and s is ``before.atoms[p]`` followed by ``after.atoms[s]`` reversed, and its
    relevance is ``before.vector[p] @ after.vector[s]``.
    """

    before: Paths
    after: Paths

    @property
    def n_walks(self) -> int:
        """How many walks there are."""
        return len(self.before) * len(self.after)

    def walks(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """(n, depth + 1) atoms of the walks made of rows ``first`` and ``second``."""
        return torch.cat([self.before.atoms[first], self.after.atoms[second].flip(1)], dim=1)


def meetings(chain: Chain) -> Iterator[Meeting]:
    """Every walk exactly once, as products of halves that meet at one atom after the other.

    The last step of each half is taken only when its meeting is asked for, so memory holds
    N k^(ceil(T/2) - 1) vectors and those of one meeting.
    """
    half = chain.depth // 2
    back = [block.adjoint for block in reversed(chain.blocks)]
    if chain.depth % 2:
        first, second = _grow(chain.blocks[:half], chain.h), _grow(back[:half], chain.o)
        yield from _meet_in_hop(chain.blocks[half], first, second)
        return
    first, second = _grow(chain.blocks[: half - 1], chain.h), _grow(back[: half - 1], chain.o)
    to, fro = chain.blocks[half - 1], back[half - 1]
    sent, sent_back = _messages(to, first), _messages(fro, second)
    for atom in range(chain.n_atoms):
        before = _extend(to, atom, first, sent)
        after = _extend(fro, atom, second, sent_back)
        if len(before) and len(after):
            # The atom where they meet stands in both; the walk holds it once.
            yield Meeting(Paths(before.atoms[:, :-1], before.vector), after)


def _meet_in_hop(block: Block, first: Paths, second: Paths) -> Iterator[Meeting]:
    """Odd depth: the halves meet as messages of the middle block, or at an atom that stays."""
    messages = _messages(block, first)
    stays = block.adjacency.diagonal().tolist()
    for atom, stay in enumerate(stays):
        after = second.standing_on(atom)
        if len(after) == 0:
            continue
        here = first.standing_on(atom)
        if stay and len(here):
            yield Meeting(Paths(here.atoms, _stay(block, atom, here.vector)), after)
        sent = _sent_to(block, atom, first, messages)
        if len(sent):
            yield Meeting(sent, Paths(after.atoms, after.vector @ block.M[atom]))


def _grow(blocks: Sequence[Block], start: torch.Tensor) -> Paths:
    """All paths along the blocks, from start vectors (N, S) at every atom."""
    paths = Paths(torch.arange(len(start), device=start.device)[:, None], start)
    for block in blocks:
        messages = _messages(block, paths)
        parts = [_extend(block, atom, paths, messages) for atom in range(len(start))]
        paths = Paths(torch.cat([p.atoms for p in parts]), torch.cat([p.vector for p in parts]))
    return paths


def _extend(block: Block, atom: int, paths: Paths, messages: torch.Tensor) -> Paths:
    """Paths that take their next step to an atom, itself included."""
    moved = _sent_to(block, atom, paths, messages)
    atoms, vectors = [moved.atoms], [moved.vector @ block.M[atom].T]
    if block.adjacency[atom, atom]:
        stay = paths.standing_on(atom)
        atoms.append(stay.atoms)
        vectors.append(_stay(block, atom, stay.vector))
    joined = torch.cat(atoms)
    return Paths(torch.cat([joined, torch.full_like(joined[:, :1], atom)], 1), torch.cat(vectors))


def _stay(block: Block, atom: int, vector: torch.Tensor) -> torch.Tensor:
    return vector if block.P is None else vector @ block.P[atom].T


def _messages(block: Block, paths: Paths) -> torch.Tensor:
    """(n, D) message that each path sends from where it stands."""
    if block.K.stride(0) == 0:
        return paths.vector @ block.K[0].T
    messages = paths.vector.new_empty(len(paths), block.K.shape[1])
    for atom in range(len(block.K)):
        rows = (paths.tip == atom).nonzero()[:, 0]
        messages[rows] = paths.vector[rows] @ block.K[atom].T
    return messages


def _sent_to(block: Block, atom: int, paths: Paths, messages: torch.Tensor) -> Paths:
    """Paths that stand on a neighbour of an atom, with their filtered messages to it."""
    near = block.adjacency[atom].clone()
    near[atom] = False
    rows = near.index_select(0, paths.tip).nonzero()[:, 0]
    atoms = paths.atoms.index_select(0, rows)
    vector = messages.index_select(0, rows)
    vector *= block.f[atom].index_select(0, atoms[:, -1])
    return Paths(atoms, vector)
