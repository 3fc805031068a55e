"""Parts of walks, and one block's step for many of them at a time.

A path is carried as a vector: what it alone brings to the atom where it stands. Paths are sorted by
that atom, so those of an atom are a slice and each atom's matrices are applied to all of them at
once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch

from nearsight.lrp.chain import Block
from nearsight.lrp.maps import Maps, by_group

ROWS = 2048
"""Paths that are extended at a time: their vectors shall fit a processor's cache."""


@dataclass(frozen=True)
class Paths:
    """Parts of walks, sorted by where they stand.

    Attributes:
        atoms: (n, length) atoms in the order of growth.
        vector: (n, S or D) what each path brings along.
        counts: for every place in turn, how many paths stand there.
    """

    atoms: torch.Tensor
    vector: torch.Tensor
    counts: list[int]

    @cached_property
    def ends(self) -> list[int]:
        """First row after the paths of each place."""
        return list(accumulate(self.counts))

    def at(self, place: int) -> slice:
        """Rows of the paths that stand at a place."""
        return slice(self.ends[place] - self.counts[place], self.ends[place])

    def apply(self, maps: Maps) -> torch.Tensor:
        """(n, A) from the vectors (n, B) and the maps of the places where the paths stand."""
        return by_group(maps, self.vector, self.counts)

    def __len__(self) -> int:
        return len(self.atoms)


def grow(blocks: Sequence[Block], start: torch.Tensor) -> Paths:
    """All paths along some blocks, from start vectors (N, S) at every atom."""
    n_atoms = len(start)
    paths = Paths(torch.arange(n_atoms, device=start.device)[:, None], start, [1] * n_atoms)
    for block in blocks:
        step = Step(block, paths)
        parts = [step.arrived(targets) for targets in step.groups()]
        paths = Paths(
            torch.cat([part.atoms for part in parts]),
            torch.cat([part.vector for part in parts]),
            [count for part in parts for count in part.counts],
        )
    return paths


class Step:
    """One block's step from all paths to any atom."""

    def __init__(self, block: Block, paths: Paths) -> None:
        self.block, self.paths = block, paths
        self.stays: list[bool] = block.stays.tolist()
        self._hops = block.hops
        links = self._hops.links
        self._starts: list[int] = links.starts.tolist()
        counts = torch.as_tensor(paths.counts, device=links.i.device)
        # For each link the paths that stand at its sender: how many, and after which row.
        self._held = counts.index_select(0, links.j)
        self._before = (counts.cumsum(0) - counts).index_select(0, links.j)
        sizes = torch.zeros_like(counts).index_add_(0, links.i, self._held)
        self.sizes: list[int] = sizes.tolist()
        self._messages = paths.apply(block.K)

    def groups(self) -> Iterator[range]:
        """Consecutive atoms to which about ``ROWS`` paths step, at least one atom at a time."""
        first = total = 0
        for atom, size in enumerate(self.sizes):
            if atom > first and total + size > ROWS:
                yield range(first, atom)
                first, total = atom, 0
            total += size
        yield range(first, len(self.sizes))

    def sent(self, targets: range) -> Paths:
        """Paths that stand beside the targets, with their filtered messages, target by target."""
        links = slice(self._starts[targets.start], self._starts[targets.stop])
        held = self._held[links]
        shift = self._before[links] - (held.cumsum(0) - held)
        row = shift.repeat_interleave(held)
        row += torch.arange(len(row), device=row.device)
        link = torch.arange(links.start, links.stop, device=row.device).repeat_interleave(held)
        vector = self._messages.index_select(0, row)
        vector *= self._hops.of(link)
        atoms = self.paths.atoms.index_select(0, row)
        return Paths(atoms, vector, self.sizes[targets.start : targets.stop])

    @cached_property
    def kept(self) -> torch.Tensor:
        """(n, S) vectors of paths that stay where they are."""
        return self.paths.vector if self.block.P is None else self.paths.apply(self.block.P)

    def arrived(self, targets: range) -> Paths:
        """Paths that arrived at the targets, coming from elsewhere or having stayed."""
        sent = self.sent(targets)
        moved = by_group(self.block.M[targets.start : targets.stop], sent.vector, sent.counts)
        stays = [self.staying(atom) for atom in targets]
        counts = [n + stay.stop - stay.start for n, stay in zip(sent.counts, stays, strict=True)]
        atoms, vectors = [], []
        come = zip(sent.atoms.split(sent.counts), moved.split(sent.counts), stays, strict=True)
        for atom, vector, stay in come:
            atoms += [atom, self.paths.atoms[stay]]
            vectors += [vector, self.kept[stay]]
        places = torch.arange(targets.start, targets.stop, device=sent.atoms.device)
        tips = places.repeat_interleave(torch.as_tensor(counts, device=places.device))
        joined = torch.cat([torch.cat(atoms), tips[:, None]], dim=1)
        return Paths(joined, torch.cat(vectors), counts)

    def staying(self, atom: int) -> slice:
        """Rows of the paths that can stay at an atom."""
        return self.paths.at(atom) if self.stays[atom] else slice(0, 0)
