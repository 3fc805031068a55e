"""The rules on positions of many atoms, at a cost that grows with their number.

Tables of limits and distances of all pairs would grow with its square. Here limits follow from
radii, and only what can break a rule is looked at: bonds, pairs that are nearer than any limit
(a list with a skin), and atoms that no bond holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from scipy.spatial import cKDTree

from nearsight.families.tree import SkinPairs


@dataclass(frozen=True, eq=False)
class PairLimits:
    """Limits of all pairs of many atoms, as multiples of the sum of two radii.

    Attributes:
        radius: (atom,) covalent radii in Å.
        bond: (bond, 2) bonds of the reference, i < j, sorted.
        close_contact: below which two atoms are in close contact.
        bond_forms: below which two atoms are bonded that the reference does not bond.
        bond_breaks: above which a bond of the reference is broken.
    """

    radius: torch.Tensor
    bond: torch.Tensor
    close_contact: float
    bond_forms: float
    bond_breaks: float
    _near: SkinPairs = field(init=False, repr=False)

    def __post_init__(self) -> None:
        most = max(self.close_contact, self.bond_forms) * 2 * float(self.radius.max())
        object.__setattr__(self, "_near", SkinPairs(most))

    @cached_property
    def keys(self) -> torch.Tensor:
        """(bond,) i times the number of atoms plus j of every bond, sorted."""
        return self.bond[:, 0] * len(self.radius) + self.bond[:, 1]

    @cached_property
    def breaks(self) -> torch.Tensor:
        """(bond,) Å above which each bond is broken."""
        return self.bond_breaks * self.radius[self.bond].sum(1)

    def closest(self) -> torch.Tensor:
        """(atom, atom) Å below which a rule holds for two atoms; zero on the diagonal."""
        reach = self.radius[:, None] + self.radius
        i, j = self.bond.unbind(-1)
        forms = self.bond_forms * reach
        forms[i, j] = forms[j, i] = 0.0
        return torch.maximum(self.close_contact * reach, forms).fill_diagonal_(0)

    def near(self, position: torch.Tensor) -> "Near":
        """Pairs of (row, atom, 3) Å that are nearer than any of their limits."""
        first, second = self._near(position)
        n_atoms, flat = len(self.radius), position.reshape(-1, 3)
        distance = (flat.index_select(0, first) - flat.index_select(0, second)).norm(dim=1)
        i, j = first % n_atoms, second % n_atoms
        reach = self.radius[i] + self.radius[j]
        closer = ~(distance >= max(self.close_contact, self.bond_forms) * reach)
        first, i, j = first[closer], i[closer], j[closer]
        distance, reach, key = distance[closer], reach[closer], i * n_atoms + j
        place = torch.searchsorted(self.keys, key).clamp_(max=max(0, len(self.keys) - 1))
        bonded = self.keys[place] == key if len(self.keys) else torch.zeros_like(closer[closer])
        return Near(
            row=first // n_atoms,
            pair=torch.stack([i, j], 1),
            contact=self.close_contact * reach - distance,
            forms=torch.where(bonded, -torch.inf, self.bond_forms * reach - distance),
        )


@dataclass(frozen=True, eq=False)
class Near:
    """Pairs that are near.

    Attributes:
        row: (pair,) of which replica.
        pair: (pair, 2) atoms, i < j.
        contact: (pair,) Å by which they are closer than a close contact.
        forms: (pair,) Å by which they are closer than a new bond; -inf for what is bonded.
    """

    row: torch.Tensor
    pair: torch.Tensor
    contact: torch.Tensor
    forms: torch.Tensor


def largest(
    n_rows: int, excesses: Sequence[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether any excess of a row is above zero (row,), and the pair (row, 2) of the largest.

    Args:
        n_rows: replicas.
        excesses: each the row (pair,), the atoms (pair, 2) and the excess (pair,) in Å.
    """
    row, pair, excess = (torch.cat(column) for column in zip(*excesses, strict=True))
    most = excess.new_full((n_rows,), -torch.inf)
    atoms = torch.full((n_rows, 2), -1)
    broken = excess > 0
    row, pair, excess = row[broken], pair[broken], excess[broken]
    for k in row.unique().tolist():
        own = row == k
        most[k] = excess[own].max()
        atoms[k] = pair[own][excess[own].argmax()]
    return most > 0, atoms


def loneliest(
    position: torch.Tensor, bond: torch.Tensor, length: torch.Tensor, isolation: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whether an atom is further than ``isolation`` from all others (row,), and which (row,).

    An atom with a bond no longer than that is not; of the rest the nearest is looked up. Rows that
    are not finite have none.

    Args:
        position: (row, atom, 3) Å.
        bond: (bond, 2).
        length: (row, bond) Å.
        isolation: Å.
    """
    rows, n_atoms, _ = position.shape
    gone, atom = torch.zeros(rows, dtype=torch.bool), torch.zeros(rows, dtype=torch.int64)
    held = torch.zeros((rows, n_atoms), dtype=torch.bool)
    row, k = (length <= isolation).nonzero(as_tuple=True)
    held[row, bond[k, 0]] = held[row, bond[k, 1]] = True
    loose = ~held & position.isfinite().all(-1).all(-1, keepdim=True)
    for r in loose.any(1).nonzero()[:, 0].tolist():
        own, points = loose[r].nonzero()[:, 0], position[r].numpy()
        # The nearest of all is the atom itself, or another at the same place.
        nearest = cKDTree(points).query(points[own.numpy()], k=2)[0][:, 1]
        farthest = int(np.argmax(nearest))
        gone[r], atom[r] = bool(nearest[farthest] > isolation), own[farthest]
    return gone, atom
