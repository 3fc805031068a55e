"""Edges of a molecule inside the cutoff, and their scatter into dense arrays."""

from dataclasses import dataclass

import torch


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

    def dense(self, values: torch.Tensor) -> torch.Tensor:
        """Values (E, D) as an array (N to, N from, D), zero where there is no edge."""
        found = values.new_zeros(self.n_atoms, self.n_atoms, values.shape[-1])
        found[self.i, self.j] = values
        return found


def find_edges(position: torch.Tensor, cutoff: float) -> Edges:
    """Edges of atoms at positions (N, 3) in Å; every distance is computed."""
    vector = position[None, :] - position[:, None]
    distance = vector.norm(dim=-1)
    near = distance < cutoff
    near.fill_diagonal_(False)
    i, j = near.nonzero(as_tuple=True)
    return Edges(i, j, vector[i, j], distance[i, j], len(position))
