"""Totals by body order without walks: a generating function over equality patterns of positions.

For every walk W, sum over partitions sigma of its T + 1 positions whose blocks are equal atoms,

    sum_sigma prod_{B in sigma} q_|B|(z) = z^(number of distinct atoms of W),
    q_s(z) = sum_k (-1)^(k-1) (k-1)! S(s, k) z^k      (S: Stirling numbers of the second kind),

because Q(x) = log(1 + z (e^x - 1)) is the exponential generating function of q_s, and exp Q that of
z for each group of equal positions. This is Moebius inversion over the lattice of partitions. The
left side, summed over walks, needs positions to be *equal* in blocks but never to be *different*
between them, so it is a tensor network, which :mod:`nearsight.explain.sums.contraction` contracts
position by position. What has to be carried are the labels still open: atoms that will be visited
again. Partitions that share counts of open labels and the power of z are carried together.
"""

from dataclasses import dataclass, replace
from functools import cache
from math import comb, factorial

from nearsight.lrp.chain import Chain


@dataclass(frozen=True)
class Pattern:
    """What walks have in common that are carried in one tensor (labels..., N if apart, S).

    Attributes:
        power: power of z so far.
        counts: visits so far to each open label.
        current: the open label where the walk stands, or -1: apart, at an atom of its own (an
            axis behind those of the labels).
        part: the axis that runs over some of the atoms only; ``None`` for none.
    """

    power: int
    counts: tuple[int, ...]
    current: int
    part: int | None = None

    def apart(self, power: int = 0) -> "Pattern":
        """The walk arrives at an atom that it does not visit again."""
        return replace(self, power=self.power + power, current=-1)

    def opened(self) -> "Pattern":
        """The walk arrives at an atom that it will visit again."""
        return replace(self, counts=(*self.counts, 1), current=len(self.counts))

    def again(self, label: int) -> "Pattern":
        """The walk arrives at a label, and not for the last time."""
        counts = list(self.counts)
        counts[label] += 1
        return replace(self, counts=tuple(counts), current=label)

    def closed(self, label: int) -> list[tuple[int, "Pattern"]]:
        """The walk arrives at a label for the last time: coefficients and patterns.

        The axis of the label becomes the one behind the others.
        """
        rest = self.counts[:label] + self.counts[label + 1 :]
        part = {None: None, label: len(rest)}.get(self.part, self.part)
        return [
            (coefficient, Pattern(self.power + k, rest, -1, part))
            for k, coefficient in weights(self.counts[label] + 1)
        ]


START = Pattern(power=0, counts=(), current=-1)


@cache
def weights(size: int) -> tuple[tuple[int, int], ...]:
    """(k, coefficient of z^k) of q_size."""
    return tuple(
        (k, (-1) ** (k - 1) * factorial(k - 1) * _stirling(size, k)) for k in range(1, size + 1)
    )


def _stirling(n: int, k: int) -> int:
    return sum((-1) ** (k - i) * comb(k, i) * i**n for i in range(k + 1)) // factorial(k)


def widest(key: Pattern, left: int) -> int:
    """Most axes over atoms that a tensor comes to have, with ``left`` positions after its own.

    Each open label needs a position to come, so every second one at most can open another.
    """
    n_open = len(key.counts)
    return n_open + max(key.current < 0, (left - n_open + 1) // 2)


def cost_of_patterns(chain: Chain) -> float:
    """Floating-point operations, to leading order: rows of all tensors times matrix products."""
    n_atoms, (n_state, n_message) = chain.n_atoms, chain.blocks[0].M.shape[1:]
    live = _successors(START, chain.depth)
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
    found, labels = set(), range(len(key.counts))
    if len(labels) <= left:
        found |= {key.apart(power=1), *(key.again(label) for label in labels)}
    if len(labels) + 1 <= left:
        found.add(key.opened())
    for label in labels:
        found |= {closed for _, closed in key.closed(label)}
    return found
