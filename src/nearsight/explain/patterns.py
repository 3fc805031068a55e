"""Totals by body order without walks: a generating function over equality patterns of positions.

For every walk W, sum over partitions sigma of its T + 1 positions whose blocks are equal atoms,

    sum_sigma prod_{B in sigma} q_|B|(z) = z^(number of distinct atoms of W),
    q_s(z) = sum_k (-1)^(k-1) (k-1)! S(s, k) z^k      (S: Stirling numbers of the second kind),

because Q(x) = log(1 + z (e^x - 1)) is the exponential generating function of q_s, and exp Q that of
z for each group of equal positions. This is Moebius inversion over the lattice of partitions. The
left side, summed over walks, needs positions to be *equal* in blocks but never to be *different*
between them, so it is a tensor network; it is contracted position by position. What has to be
carried are the labels still open: atoms that will be visited again. Partitions that share counts of
open labels and the power of z are carried together.
"""

from dataclasses import dataclass, replace
from functools import cache
from math import comb, factorial

import torch

from nearsight.explain.chain import Block, Chain

MEMORY = 256e6
"""Bytes above which a tensor is carried in slices of its first label."""


@dataclass(frozen=True)
class Pattern:
    """What walks have in common that are carried in one tensor.

    Attributes:
        power: power of z so far.
        counts: visits so far to each open label.
        current: the open label where the walk stands, or -1: at an atom of its own (an axis).
        sliced: whether the first label runs over some of the atoms only.
    """

    power: int
    counts: tuple[int, ...]
    current: int
    sliced: bool = False


States = dict[Pattern, torch.Tensor]


@cache
def weights(size: int) -> tuple[tuple[int, int], ...]:
    """(k, coefficient of z^k) of q_size."""
    return tuple(
        (k, (-1) ** (k - 1) * factorial(k - 1) * _stirling(size, k)) for k in range(1, size + 1)
    )


def _stirling(n: int, k: int) -> int:
    return sum((-1) ** (k - i) * comb(k, i) * i**n for i in range(k + 1)) // factorial(k)


def bodies_by_patterns(chain: Chain) -> torch.Tensor:
    """(depth + 1,) relevance of walks on 1, 2, ... distinct atoms, in double precision.

    The alternating sums cancel: the error is rounding of double precision relative to the largest
    of them, whatever the precision of the chain.
    """
    chain = chain.to(dtype=torch.float64)
    total = chain.h.new_zeros(chain.depth + 2)
    every = torch.arange(chain.n_atoms, device=chain.h.device)
    start: States = {}
    _place(start, chain.h, Pattern(0, (), -1), chain.depth, every)
    _run(chain, 1, start, every, total)
    return total[1:]


def cost_of_patterns(chain: Chain) -> float:
    """Floating-point operations, to leading order: rows of all tensors times matrix products."""
    n_atoms, (n_state, n_message) = chain.n_atoms, chain.blocks[0].M.shape[1:]
    live = _successors(Pattern(0, (), -1), chain.depth)
    operations = 0.0
    for left in reversed(range(chain.depth)):
        following = set()
        for key in live:
            sent = float(n_atoms) ** (len(key.counts) + (key.current < 0))
            # With every step left bound to close a label, only labels are arrived at.
            wide = len(key.counts) <= left
            rows = float(n_atoms) ** (len(key.counts) + wide)
            gathers = rows * (n_atoms if key.current < 0 else 1) * n_message
            operations += 2 * ((sent + rows) * n_state * n_message + gathers)
            following |= _successors(key, left)
        live = following
    return operations


def _successors(key: Pattern, left: int) -> set[Pattern]:
    """Patterns that arise at the next position, with ``left`` positions after it."""
    found, n_open = set(), len(key.counts)
    if n_open <= left:
        found.add(Pattern(key.power + 1, key.counts, -1))
        found |= {Pattern(key.power, _raised(key, label), label) for label in range(n_open)}
    if n_open + 1 <= left:
        found.add(Pattern(key.power, (*key.counts, 1), n_open))
    for label in range(n_open):
        rest = key.counts[:label] + key.counts[label + 1 :]
        found |= {Pattern(key.power + k, rest, -1) for k, _ in weights(key.counts[label] + 1)}
    return found


def _raised(key: Pattern, label: int) -> tuple[int, ...]:
    return (*key.counts[:label], key.counts[label] + 1, *key.counts[label + 1 :])


def _run(
    chain: Chain, position: int, states: States, first: torch.Tensor, total: torch.Tensor
) -> None:
    """Carry states to the end and add what they give to the coefficients of z."""
    if position > chain.depth:
        for key, state in states.items():
            total[key.power] += (state * chain.o).sum()
        return
    following: States = {}
    every = torch.arange(chain.n_atoms, device=first.device)
    for key, state in states.items():
        width = state[..., :1].numel() * (1 if key.current < 0 else chain.n_atoms)
        size = width * sum(chain.blocks[0].M.shape[1:]) * state.element_size()
        n_slices = min(len(state), -(-int(size) // int(MEMORY))) if key.counts else 1
        if n_slices == 1:
            atoms = first if key.sliced else every
            _advance(chain, position, key, state, atoms, following)
            continue
        # Depth first for a slice of the first label: all that follows is as much smaller.
        held = first if key.sliced else every
        for part, atoms in zip(state.chunk(n_slices), held.chunk(n_slices), strict=True):
            alone: States = {}
            _advance(chain, position, replace(key, sliced=True), part, atoms, alone)
            _run(chain, position + 1, alone, atoms, total)
    _run(chain, position + 1, following, first, total)


def _advance(
    chain: Chain,
    position: int,
    key: Pattern,
    state: torch.Tensor,
    first: torch.Tensor,
    following: States,
) -> None:
    """One step of one tensor, shared out among the patterns that can follow."""
    left, block = chain.depth - position, chain.blocks[position - 1]
    labels = _Labels(key, state, first, chain.n_atoms)
    if len(key.counts) <= left:
        arrived = block.step(state) if key.current < 0 else labels.spread(block)
        _place(following, arrived, key, left, first)
        return
    for label in range(len(key.counts)):
        _close(following, labels.arrive(block, label), key, label, first, chain.n_atoms)


def _place(
    following: States, arrived: torch.Tensor, key: Pattern, left: int, first: torch.Tensor
) -> None:
    """Share out states that arrived at any atom (labels..., N, S)."""
    n_open = len(key.counts)
    if n_open <= left:
        _add(following, replace(key, power=key.power + 1, current=-1), arrived)
    if n_open + 1 <= left:
        opened = replace(key, counts=(*key.counts, 1), current=n_open)
        _add(following, opened, arrived)
    for label in range(n_open):
        visited = _diagonal(arrived, label, key, first)
        if n_open <= left:
            again = replace(key, counts=_raised(key, label), current=label)
            _add(following, again, visited)
        _close(following, visited, key, label, first, arrived.shape[-2])


def _close(
    following: States,
    visited: torch.Tensor,
    key: Pattern,
    label: int,
    first: torch.Tensor,
    n_atoms: int,
) -> None:
    """The last visit to a label: its axis becomes that of the atom where the walk stands."""
    moved = visited.movedim(label, -2)
    if key.sliced and label == 0:
        full = moved.new_zeros(*moved.shape[:-2], n_atoms, moved.shape[-1])
        moved = full.index_copy_(-2, first, moved)
    rest = key.counts[:label] + key.counts[label + 1 :]
    for k, coefficient in weights(key.counts[label] + 1):
        closed = Pattern(key.power + k, rest, -1, key.sliced and label > 0)
        _add(following, closed, coefficient * moved)


def _add(following: States, key: Pattern, state: torch.Tensor) -> None:
    following[key] = following[key] + state if key in following else state


def _diagonal(arrived: torch.Tensor, label: int, key: Pattern, first: torch.Tensor) -> torch.Tensor:
    """States (labels..., S) of those that arrived at the atom of a label."""
    at = (
        first
        if key.sliced and label == 0
        else torch.arange(arrived.shape[label], device=first.device)
    )
    moved = arrived.movedim(label, 0)
    found = moved[torch.arange(len(at), device=at.device), ..., at, :]
    return found.movedim(0, label)


class _Labels:
    """A tensor of states by open labels, and where its steps lead."""

    def __init__(
        self, key: Pattern, state: torch.Tensor, first: torch.Tensor, n_atoms: int
    ) -> None:
        self.key, self.state, self.first = key, state, first
        self.every = torch.arange(n_atoms, device=first.device)

    def atoms(self, label: int) -> torch.Tensor:
        """Atoms that the axis of a label runs over."""
        return self.first if self.key.sliced and label == 0 else self.every

    def rows(self, atoms: torch.Tensor) -> torch.Tensor:
        """0, 1, ... beside some atoms."""
        return torch.arange(len(atoms), device=atoms.device)

    def spread(self, block: Block) -> torch.Tensor:
        """From the label where all stand to every atom: (labels..., N, S)."""
        label = self.key.current
        here, state = self.atoms(label), self.state.movedim(label, 0)
        sent = torch.einsum("ads,a...s->a...d", block.K[here], state)
        shape = (len(here), *[1] * (sent.ndim - 2), len(self.every), sent.shape[-1])
        filters = block.f[:, here].transpose(0, 1).reshape(shape)
        arrived = torch.einsum("nsd,...nd->...ns", block.M, sent[..., None, :] * filters)
        arrived[self.rows(here), ..., here, :] += _kept(block, here, state)
        return arrived.movedim(0, label)

    def arrive(self, block: Block, label: int) -> torch.Tensor:
        """To the atom of one label alone: (labels..., S)."""
        to, source = self.atoms(label), self.key.current
        if source == label:
            return _kept(block, to, self.state.movedim(label, 0)).movedim(0, label)
        if source < 0:
            state = self.state.movedim(label, 0)
            sent = torch.einsum("nds,a...ns->a...nd", block.K, state)
            gathered = torch.einsum("and,a...nd->a...d", block.f[to], sent)
            own = state[self.rows(to), ..., to, :]
            arrived = torch.einsum("asd,a...d->a...s", block.M[to], gathered)
            return (arrived + _kept(block, to, own)).movedim(0, label)
        here = self.atoms(source)
        state = self.state.movedim((source, label), (0, 1))
        sent = torch.einsum("jds,j...s->j...d", block.K[here], state)
        shape = (len(here), len(to), *[1] * (sent.ndim - 3), sent.shape[-1])
        filters = block.f[to[None, :], here[:, None]].reshape(shape)
        arrived = torch.einsum("isd,ji...d->ji...s", block.M[to], filters * sent)
        # Labels may run into the same atom: then it stays.
        j, i = (here[:, None] == to).nonzero(as_tuple=True)
        arrived[j, i] += _kept(block, to[i], state[j, i])
        return arrived.movedim((0, 1), (source, label))


def _kept(block: Block, atoms: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
    """What stays at atoms (a,) of states (a, ..., S)."""
    return state if block.P is None else torch.einsum("ast,a...t->a...s", block.P[atoms], state)
