"""Pair potentials whose Hessians are known in closed form."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PairPotential:
    """E = sum over pairs of V(r), given V' and V''; everything follows by hand."""

    slope: Callable[[np.ndarray], np.ndarray]
    curvature: Callable[[np.ndarray], np.ndarray]

    def forces(self, positions: np.ndarray) -> np.ndarray:
        """(copy, atom, 3) eV/Å."""
        separation, distance = geometry(positions)
        return -(self.slope(distance)[..., None] * separation / distance[..., None]).sum(axis=2)

    def hessian(self, position: np.ndarray) -> np.ndarray:
        """H_ij = -[V'' n n^T + V'/r (1 - n n^T)] for i != j, and H_ii = -sum_j H_ij."""
        separation, distance = geometry(position)
        direction = separation / distance[..., None]
        along = direction[..., :, None] * direction[..., None, :]
        curvature = self.curvature(distance)[..., None, None]
        slope = (self.slope(distance) / distance)[..., None, None]
        blocks = -(curvature * along + slope * (np.eye(3) - along))
        diagonal = np.arange(len(position))
        blocks[diagonal, diagonal] = 0
        blocks[diagonal, diagonal] = -blocks.sum(axis=1)
        return blocks


def geometry(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    separation = positions[..., :, None, :] - positions[..., None, :, :]
    # A huge distance of an atom to itself takes it out of every sum.
    own = np.eye(positions.shape[-2])
    return separation, np.linalg.norm(separation, axis=-1) + 1e30 * own
