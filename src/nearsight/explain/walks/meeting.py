"""Halves of walks: what a path alone brings forward to an atom, and what one brings back to it.

A walk is cut in two. Its first half is a vector (the state that this path alone brings to its last
atom), its second half another (the gradient that this path alone brings back); the relevance is
their dot product. Halves are shared by many walks: N k^(T/2) of them make N k^T walks, with k
neighbours per atom.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from nearsight.explain.walks.paths import Paths, Step, grow
from nearsight.lrp.chain import Block, Chain


@dataclass(frozen=True)
class Meeting:
    """Every walk made of one first half and one second half that meet at an atom.

    The walk of rows p and s is ``head[p]`` followed by ``tail[s]`` reversed. Its relevance is the
    product of their vectors, which may be of more than one kind: messages to the atom, and states
    of paths that stay there.

    Attributes:
        atom: where the halves meet; the last atom of each row of ``tail``.
        head: (n, a) atoms of first halves, in the order of the walk.
        tail: (m, b) atoms of second halves, from the end of the walk.
        parts: vectors of first halves (n_1, X), (n_2, Y), ... that lie one after another in
            ``head``, each with the second halves (m, X), (m, Y), ... that fit.
    """

    atom: int
    head: torch.Tensor
    tail: torch.Tensor
    parts: tuple[tuple[torch.Tensor, torch.Tensor], ...]

    def relevance(self, rows: slice) -> torch.Tensor:
        """(m, rows) relevance of the walks of all second halves with some first halves.

        There are many more first halves: with them last, whatever is done per walk runs in long
        rows.
        """
        found = self.parts[0][0].new_empty(len(self.tail), rows.stop - rows.start)
        for start, first, second in self.products():
            begin, end = max(rows.start - start, 0), min(rows.stop - start, len(first))
            if begin < end:
                place = found[:, begin + start - rows.start : end + start - rows.start]
                torch.mm(second, first[begin:end].T, out=place)
        return found

    def products(self) -> Iterator[tuple[int, torch.Tensor, torch.Tensor]]:
        """The parts (n_1, X) and (m, X), each after the row of ``head`` where it begins."""
        start = 0
        for first, second in self.parts:
            yield start, first, second
            start += len(first)

    def walks(self, first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        """(n, depth + 1) atoms of the walks made of rows ``first`` and ``second``."""
        return torch.cat([self.head[first], self.tail[second].flip(1)], dim=1)

    def split(self, size: int) -> Iterator[slice]:
        """Rows of first halves that make about ``size`` walks, at least one row at a time."""
        step = max(1, size // len(self.tail))
        for start in range(0, len(self.head), step):
            yield slice(start, min(start + step, len(self.head)))


def meetings(chain: Chain) -> Iterator[Meeting]:
    """Every walk exactly once, as products of halves that meet at one atom after the other.

    The last step of each half is taken only when its meeting is asked for, so memory holds
    N k^(ceil(T/2) - 1) vectors and those of a few meetings.
    """
    half = chain.depth // 2
    back = [block.adjoint for block in reversed(chain.blocks)]
    if chain.depth % 2:
        first, second = grow(chain.blocks[:half], chain.h), grow(back[:half], chain.o)
        yield from _meet_in_hop(chain.blocks[half], first, second)
        return
    first, second = grow(chain.blocks[: half - 1], chain.h), grow(back[: half - 1], chain.o)
    yield from _meet_at_atom(Step(chain.blocks[half - 1], first), Step(back[half - 1], second))


def _meet_in_hop(block: Block, first: Paths, second: Paths) -> Iterator[Meeting]:
    """Odd depth: the halves meet as messages of the middle block, or at an atom that stays."""
    step, wanted = Step(block, first), second.apply(block.M.mT)
    for targets in step.groups():
        sent = step.sent(targets)
        for place, atom in enumerate(targets):
            rows, stay, back = sent.at(place), step.staying(atom), second.at(atom)
            after = second.vector[back]
            head = torch.cat([sent.atoms[rows], first.atoms[stay]])
            if len(head) and len(after):
                parts = ((sent.vector[rows], wanted[back]), (step.kept[stay], after))
                yield Meeting(atom, head, second.atoms[back], parts)


def _meet_at_atom(forward: Step, backward: Step) -> Iterator[Meeting]:
    """Even depth: the halves meet as states of an atom."""
    for targets in forward.groups():
        before, after = forward.arrived(targets), backward.arrived(targets)
        for place, atom in enumerate(targets):
            rows, back = before.at(place), after.at(place)
            # The atom where they meet stands in both; the walk holds it once.
            head, tail = before.atoms[rows, :-1], after.atoms[back]
            if len(head) and len(tail):
                yield Meeting(atom, head, tail, ((before.vector[rows], after.vector[back]),))
