"""Edges of a molecule inside the cutoff, and how values on them are laid out as filters."""

from dataclasses import dataclass
from functools import cached_property

import torch

from nearsight.lrp.filters import Filters, Listed
from nearsight.lrp.links import ALL_PAIRS, Links, near_pairs

DENSE = 64
"""Atoms up to which filters are arrays over all pairs: below, that is quicker than lists."""

FILLED = 0.4
"""Share of all pairs within the cutoff from which filters are arrays for larger molecules too."""


@dataclass(frozen=True)
class Edges:
    """Ordered pairs of different atoms closer than the cutoff.

    Attributes:
        i, j: (E,) receiving and sending atom.
        vector: (E, 3) from i to j, Å.
        distance: (E,) Å.
        n_atoms: number of atoms N.
    """

    i: torch.Tensor
    j: torch.Tensor
    vector: torch.Tensor
    distance: torch.Tensor
    n_atoms: int

    @property
    def direction(self) -> torch.Tensor:
        """(E, 3) unit vectors from i to j."""
        return self.vector / self.distance[:, None]

    @cached_property
    def links(self) -> Links:
        """Who hears whom."""
        return Links(self.i, self.j, self.n_atoms)

    @property
    def few(self) -> bool:
        """Whether lists are quicker than arrays over all pairs."""
        return self.n_atoms > DENSE and len(self.i) < FILLED * self.n_atoms**2

    def filters(self, values: torch.Tensor) -> Filters:
        """Filters of values (E, D), zero where there is no edge."""
        return Listed(self.links, values) if self.few else self.dense(values)

    def dense(self, values: torch.Tensor) -> torch.Tensor:
        """Values (E, D) as an array (N to, N from, D), zero where there is no edge."""
        found = values.new_zeros(self.n_atoms, self.n_atoms, values.shape[-1])
        found[self.i, self.j] = values
        return found


def find_edges(position: torch.Tensor, cutoff: float) -> Edges:
    """Edges of atoms at positions (N, 3), closer than a cutoff in the same unit."""
    i, j = _candidates(position, cutoff)
    vector = position[j] - position[i]
    distance = vector.norm(dim=-1)
    near = distance < cutoff
    return Edges(i[near], j[near], vector[near], distance[near], len(position))


def _candidates(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Ordered pairs of different atoms, all that are within the cutoff and some beyond; sorted."""
    n_atoms, device = len(position), position.device
    if n_atoms <= ALL_PAIRS:
        i, j = torch.ones(n_atoms, n_atoms, device=device).fill_diagonal_(0).nonzero(as_tuple=True)
        return i, j
    first, second = (
        torch.as_tensor(x, dtype=torch.long, device=device)
        for x in near_pairs(position.cpu().numpy(), cutoff)
    )
    key = torch.cat([first * n_atoms + second, second * n_atoms + first]).sort().values
    return key // n_atoms, key % n_atoms
