"""Which atom hears which: pairs of atoms as a list, whose length grows with the molecule."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

ALL_PAIRS = 128
"""Atoms up to which every distance is computed: below, that is quicker than a search."""


@dataclass(frozen=True, eq=False)
class Links:
    """Ordered pairs of different atoms, none twice.

    Attributes:
        i, j: (E,) receiving and sending atom, sorted by receiver, then by sender.
        n_atoms: number of atoms N.
    """

    i: torch.Tensor
    j: torch.Tensor
    n_atoms: int

    def __len__(self) -> int:
        """Number of links E."""
        return len(self.i)

    @cached_property
    def key(self) -> torch.Tensor:
        """(E,) ascending: one number for each link."""
        return self.i * self.n_atoms + self.j

    @cached_property
    def counts(self) -> torch.Tensor:
        """(N,) links at which each atom receives."""
        return torch.bincount(self.i, minlength=self.n_atoms)

    @cached_property
    def starts(self) -> torch.Tensor:
        """(N + 1,) first link at which each atom receives, and E."""
        return torch.cat([self.counts.new_zeros(1), self.counts.cumsum(0)])

    @cached_property
    def turned(self) -> tuple["Links", torch.Tensor]:
        """The links with receivers and senders exchanged, and (E,) which of these each was."""
        order = (self.j * self.n_atoms + self.i).argsort()
        return Links(self.j[order], self.i[order], self.n_atoms), order

    def where(self, chosen: torch.Tensor) -> "Links":
        """Some of the links, (E,) true for those."""
        return Links(self.i[chosen], self.j[chosen], self.n_atoms)

    def find(self, other: "Links") -> tuple[torch.Tensor, torch.Tensor]:
        """Where other links (M) stand among these: (M,) places, and (M,) whether they do at all."""
        place = torch.searchsorted(self.key, other.key).clamp(max=max(len(self) - 1, 0))
        if not len(self):
            return place, torch.zeros_like(place, dtype=torch.bool)
        return place, self.key[place] == other.key

    def distance(self, position: torch.Tensor) -> torch.Tensor:
        """(E,) distances of the two atoms, of positions (N, 3)."""
        return (position[self.i] - position[self.j]).norm(dim=-1)

    def to(self, device: torch.device | str | None) -> "Links":
        """The same on another device; itself where nothing changes."""
        if device is None or torch.device(device) == self.i.device:
            return self
        return Links(self.i.to(device), self.j.to(device), self.n_atoms)


def from_keys(key: torch.Tensor, n_atoms: int) -> Links:
    """Links of keys i N + j in ascending order.

    Args:
        key: (E,).
        n_atoms: N.
    """
    return Links(key // n_atoms, key % n_atoms, n_atoms)


def both_ways(links: list[Links]) -> Links:
    """Every pair that stands in any of several lists, in both directions."""
    parts = [part for one in links for part in (one.key, one.j * one.n_atoms + one.i)]
    return from_keys(torch.cat(parts).unique(), links[0].n_atoms)


def near_pairs(position: np.ndarray, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of atoms that may be closer than a cutoff, each once, by a tree: N log N.

    Args:
        position: (N, 3).
        cutoff: in the same unit.

    Returns:
        (pairs,) atoms i < j. A few beyond the cutoff are among them, by rounding.
    """
    # Late: small molecules need no search, and the import takes a fifth of a second.
    from scipy.spatial import cKDTree

    tree = cKDTree(np.asarray(position, dtype=np.float64))
    found = tree.query_pairs(cutoff * (1 + 1e-6), output_type="ndarray")
    return found[:, 0], found[:, 1]
