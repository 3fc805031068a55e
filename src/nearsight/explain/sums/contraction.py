"""Contraction of the tensor network of equality patterns, :mod:`nearsight.explain.sums.patterns`.

The widest tensors have two labels and an axis of atoms apart at depths 4 and 5, and a label more
for every two blocks beyond. They are never held whole: whatever has an open label is carried for
some atoms of its first label at a time, until that label is closed and all parts are added up.
"""

from dataclasses import replace

import torch

from nearsight.explain.sums.patterns import START, Pattern, widest
from nearsight.explain.variables import require_tables
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.maps import Maps, is_shared, per_atom

MEMORY = 5e6
"""Bytes of a part of the widest tensor of states and messages; about ``LIVE`` such at once."""

LIVE = 15

PatternStates = dict[Pattern, torch.Tensor]


def bodies_by_patterns(chain: Chain) -> torch.Tensor:
    """(depth + 1,) relevance of walks on 1, 2, ... distinct atoms, in double precision.

    The alternating sums cancel: the error is rounding of double precision relative to the largest
    of them, whatever the precision of the chain.

    Raises:
        MemoryLimitError: filters of all pairs, or the widest tensor, do not fit.
    """
    n_state, n_message = chain.blocks[0].M.shape[1:]
    widest_part = chain.n_atoms ** (widest(START, chain.depth) - 1) * (n_state + n_message)
    require_tables(
        chain,
        chain.depth * n_message,
        "body orders by patterns",
        instead="take method = 'sampling', or fewer atoms",
        extra=LIVE * widest_part,
    )
    return _Contraction(chain.to(dtype=torch.float64)).run()


class _Contraction:
    """States by position: whole ones, and those at some atoms of their first label.

    Attributes:
        chain: what is contracted.
        every: (N,) all atoms.
        some: the atoms that a partial axis runs over.
        whole, partial: states by position, without and with a partial axis.
    """

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.every = self.some = torch.arange(chain.n_atoms, device=chain.h.device)
        self.whole: list[PatternStates] = [{} for _ in range(chain.depth + 1)]
        self.partial: list[PatternStates] = [{} for _ in range(chain.depth + 1)]

    def run(self) -> torch.Tensor:
        """Carry all states to the read-out; coefficients of z, z^2, ..."""
        chain = self.chain
        self._place(0, START, chain.h)
        for position in range(chain.depth):
            states, self.whole[position] = self.whole[position], {}
            n_parts = self._n_parts(position, states)
            labelled = {key: states.pop(key) for key in list(states) if key.counts and n_parts > 1}
            for key, state in states.items():
                self._advance(position + 1, key, state)
            for some in self.every.chunk(n_parts) if labelled else ():
                self.some = some
                self._run_part(position, labelled)
        total = chain.h.new_zeros(chain.depth + 2)
        for key, state in self.whole[chain.depth].items():
            total[key.power] += (state * chain.o).sum()
        return total[1:]

    def _n_parts(self, position: int, states: PatternStates) -> int:
        """Parts small enough for the widest tensor to come; one where all fit at once."""
        n_atoms, sizes = self.chain.n_atoms, self.chain.blocks[0].M.shape[1:]
        left = self.chain.depth - position
        axes = max((widest(key, left) for key in states), default=0)
        size = n_atoms**axes * sum(sizes) * self.chain.h.element_size()
        # Twice the size is still held whole: parts have fewer patterns in common.
        return 1 if size <= 2 * MEMORY else min(n_atoms, int(size // MEMORY) + 1)

    def _run_part(self, position: int, states: PatternStates) -> None:
        """Carry states at some atoms of their first label to where it is closed."""
        for key, state in states.items():
            self._advance(position + 1, replace(key, part=0), state[self.some])
        for later in range(position + 1, self.chain.depth):
            held, self.partial[later] = self.partial[later], {}
            for key, state in held.items():
                self._advance(later + 1, key, state)

    def _advance(self, position: int, key: Pattern, state: torch.Tensor) -> None:
        """One step of one tensor to a position, shared out among the patterns that can follow."""
        step = _Step(self.chain.blocks[position - 1], key, state, self.some, self.every)
        if key.part == len(key.counts):
            key = replace(key, part=None)  # it was the axis of the atoms that are left
        if len(key.counts) <= self.chain.depth - position:
            self._place(position, key, step.anywhere())
            return
        # As many labels open as positions left: each of them closes one.
        for label in range(len(key.counts)):
            self._close(position, key, label, step.at_label(label))

    def _place(self, position: int, key: Pattern, arrived: torch.Tensor) -> None:
        """Share out states that arrived at any atom (labels..., N, S)."""
        left, n_open = self.chain.depth - position, len(key.counts)
        self._add(position, key.apart(power=1), arrived)
        if n_open + 1 <= left:
            self._add(position, key.opened(), arrived)
        for label in range(n_open):
            visited = self._at_label(arrived, key, label)
            self._add(position, key.again(label), visited)
            self._close(position, key, label, visited)

    def _at_label(self, arrived: torch.Tensor, key: Pattern, label: int) -> torch.Tensor:
        """States (labels..., S) of those that arrived at the atom of a label."""
        atoms = self.some if key.part == label else self.every
        rows = torch.arange(len(atoms), device=atoms.device)
        return arrived.movedim(label, 0)[rows, ..., atoms, :].movedim(0, label)

    def _close(self, position: int, key: Pattern, label: int, visited: torch.Tensor) -> None:
        """The last visit to a label."""
        moved = visited.movedim(label, -2)
        for coefficient, closed in key.closed(label):
            self._add(position, closed, coefficient * moved)

    def _add(self, position: int, key: Pattern, state: torch.Tensor) -> None:
        left = self.chain.depth - position
        if key.part == len(key.counts) < max(1, left):
            # It may go anywhere next, or has arrived: once for all, when every part is there.
            full = state.new_zeros(*state.shape[:-2], len(self.every), state.shape[-1])
            state = full.index_copy_(-2, self.some, state)
            key = replace(key, part=None)
        states = (self.whole if key.part is None else self.partial)[position]
        states[key] = states[key] + state if key in states else state


class _Step:
    """One step of one tensor of states."""

    def __init__(
        self,
        block: Block,
        key: Pattern,
        state: torch.Tensor,
        some: torch.Tensor,
        every: torch.Tensor,
    ) -> None:
        self.block, self.key, self.state, self.some, self.every = block, key, state, some, every

    def atoms(self, axis: int) -> torch.Tensor:
        """Atoms that an axis runs over: of a label, or of the atoms apart."""
        return self.some if self.key.part == axis else self.every

    def anywhere(self) -> torch.Tensor:
        """To every atom: (labels..., N, S)."""
        block, label = self.block, self.key.current
        if label < 0:
            return block.step(self.state)
        here, state = self.atoms(label), self.state.movedim(label, -2)
        sent = per_atom(_of(block.K, here), state)
        arrived = per_atom(block.M, sent[..., None, :] * block.array[:, here].transpose(0, 1))
        rows = torch.arange(len(here), device=here.device)
        arrived[..., rows, here, :] += _kept(block, here, state)
        return arrived.movedim(-3, label)

    def at_label(self, label: int) -> torch.Tensor:
        """To the atom of one label alone: (labels..., S)."""
        source = self.key.current
        if source < 0:
            return self._from_apart(label)
        if source != label:
            return self._from_label(source, label)
        state = self.state.movedim(label, -2)
        return _kept(self.block, self.atoms(label), state).movedim(-2, label)

    def _from_apart(self, label: int) -> torch.Tensor:
        block, to, here = self.block, self.atoms(label), self.atoms(len(self.key.counts))
        sent = per_atom(_of(block.K, here), self.state).movedim(label, 0)
        gathered = torch.einsum("and,a...nd->...ad", block.array[to][:, here], sent)
        arrived = per_atom(_of(block.M, to), gathered)
        row, column = (to[:, None] == here).nonzero(as_tuple=True)
        own = self.state.movedim(label, -3)[..., row, column, :]
        arrived[..., row, :] += _kept(block, to[row], own)
        return arrived.movedim(-2, label)

    def _from_label(self, source: int, label: int) -> torch.Tensor:
        block, here, to = self.block, self.atoms(source), self.atoms(label)
        sent = per_atom(_of(block.K, here), self.state.movedim(source, -2)).movedim(-2, source)
        messages = sent.movedim((source, label), (-3, -2)) * block.array[to[None, :], here[:, None]]
        arrived = per_atom(_of(block.M, to), messages)
        # Labels may run into the same atom: then it stays.
        j, i = (here[:, None] == to).nonzero(as_tuple=True)
        own = self.state.movedim((source, label), (-3, -2))[..., j, i, :]
        arrived[..., j, i, :] += _kept(block, to[i], own)
        return arrived.movedim((-3, -2), (source, label))


def _kept(block: Block, atoms: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
    """What stays at atoms (a,) of states (..., a, S)."""
    return state if block.P is None else per_atom(_of(block.P, atoms), state)


def _of(maps: Maps, atoms: torch.Tensor) -> Maps:
    """The maps of some atoms; one shared by all is not copied."""
    if isinstance(maps, torch.Tensor) and is_shared(maps):
        return maps[:1].expand(len(atoms), -1, -1)
    return maps[atoms]
