"""Pairs of atoms of one molecule as tensors from which sums over neighbours need no scatter.

A program that takes them as arguments serves any molecule. Lists of neighbours have the neighbour
in front, so that a compiler finds features, and not neighbours, to be what lies side by side.
"""

from typing import NamedTuple

import torch

SKIN = 0.5
"""How far beyond the cutoff a list reaches, in Å: measured in ``benchmarks/README.md``."""


class PairList(NamedTuple):
    """Each pair once, and of each atom the pairs that it is in.

    Attributes:
        first, second: (pair,) its atoms; a pair of an atom with itself adds nothing.
        neighbor: (neighbor, atom) the other atom of each pair that an atom is in.
        link: (neighbor, atom) the number of that pair.
        sign: (neighbor, atom) +1 where the atom is the first of the pair, -1 where the second.
    """

    first: torch.Tensor
    second: torch.Tensor
    neighbor: torch.Tensor
    link: torch.Tensor
    sign: torch.Tensor


def all_pairs(n_atoms: int, *, dtype: torch.dtype, device: torch.device | str) -> PairList:
    """Every pair of a molecule.

    Args:
        n_atoms: two at least.
        dtype: of the signs.
        device: where the tensors live.
    """
    pairs = torch.triu_indices(n_atoms, n_atoms, 1, device=device)
    return pair_list(pairs[0], pairs[1], n_atoms, dtype=dtype)


def near_pairs(position: torch.Tensor, reach: float, *, dtype: torch.dtype) -> PairList:
    """Pairs that are closer than a distance in any copy of a molecule.

    A distance that is not a number counts as close.

    Args:
        position: (copy, atom, 3), in the unit of ``reach``.
        reach: at most this far from each other.
        dtype: of the signs.
    """
    n_atoms = position.shape[1]
    i, j = torch.triu_indices(n_atoms, n_atoms, 1, device=position.device)
    squares = (position[:, i] - position[:, j]).square().sum(-1)
    near = (~(squares > reach**2)).any(0)
    return pair_list(i[near], j[near], n_atoms, dtype=dtype)


class NearPairs:
    """Pairs within a cutoff in any copy, from a list that is renewed as atoms move.

    An evaluation that is zero from the cutoff on gives the same numbers with any list that has all
    pairs within it, so what a list was made from leaves no trace in a run.

    Args:
        cutoff: in the unit of the positions.
        dtype: of the signs.
        skin: pairs are listed up to this far beyond the cutoff, until an atom has moved by half
            of it.
    """

    def __init__(self, cutoff: float, *, dtype: torch.dtype, skin: float = SKIN) -> None:
        self._cutoff, self._dtype, self._skin = cutoff, dtype, skin
        self._made: tuple[torch.Tensor, PairList] | None = None

    def __call__(self, position: torch.Tensor) -> PairList:
        """The list for positions (copy, atom, 3).

        On a GPU, which looking at positions would halt, these are all pairs.
        """
        if self._made is None or self._moved(self._made[0], position):
            self._made = position.clone(), self._listed(position)
        return self._made[1]

    def _moved(self, before: torch.Tensor, position: torch.Tensor) -> bool:
        if before.shape != position.shape or before.device != position.device:
            return True
        if position.device.type != "cpu":
            return False
        farthest = float((position - before).square().sum(-1).max())
        # Written so that what is not a number has moved.
        return not farthest <= (0.5 * self._skin) ** 2

    def _listed(self, position: torch.Tensor) -> PairList:
        n_atoms = position.shape[1]
        if position.device.type != "cpu":
            return all_pairs(n_atoms, dtype=self._dtype, device=position.device)
        return near_pairs(position, self._cutoff + self._skin, dtype=self._dtype)


def pair_list(
    first: torch.Tensor, second: torch.Tensor, n_atoms: int, *, dtype: torch.dtype
) -> PairList:
    """The lists of neighbours of pairs.

    Where atoms have neighbours in different numbers, the lists are filled up with a last pair of
    the first atom with itself. There are two pairs and two rows of neighbours at least.

    Args:
        first: (pair,) one atom of each pair, each pair once.
        second: (pair,) the other.
        n_atoms: of the molecule.
        dtype: of the signs.
    """
    n_pairs = len(first)
    ends, others = torch.cat([first, second]), torch.cat([second, first])
    order = torch.argsort(ends * n_atoms + others)
    counts = torch.bincount(ends, minlength=n_atoms)
    most = max(2, int(counts.max()) if len(ends) else 0)
    atom = ends[order]
    row = torch.arange(len(ends), device=ends.device) - (counts.cumsum(0) - counts)[atom]
    filled = bool((counts < most).any()) or n_pairs < 2
    extra = first.new_zeros(max(int(filled), 2 - n_pairs))

    def spread(values: torch.Tensor, missing: int) -> torch.Tensor:
        table = values.new_full((most, n_atoms), missing)
        table[row, atom] = values[order]
        return table

    number, sign = torch.arange(n_pairs, device=ends.device), torch.ones(n_pairs, dtype=dtype)
    sign = sign.to(ends.device)
    return PairList(
        torch.cat([first, extra]),
        torch.cat([second, extra]),
        spread(others, 0),
        spread(number.repeat(2), n_pairs),
        spread(torch.cat([sign, -sign]), 0),
    )
