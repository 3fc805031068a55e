"""Pairs of neighbours of many atoms: SciPy's k-d tree, and a skin while atoms hardly move.

Time and memory of the tree grow with the number of atoms and pairs. It is quicker than the cell
lists of vesin and matscipy and, unlike them, takes any geometry: with an atom 10⁶ Å from the others
vesin 0.6.2 ends the process, and matscipy 1.3.1 raises on atoms in a line or plane
(``benchmarks/README.md``).
"""

import numpy as np
import torch
from scipy.spatial import cKDTree

SKIN = 0.75
"""Å beyond the cutoff within which pairs are kept. Wider lists are renewed less often and have more
pairs to look through at every step."""

_WITHIN = 1 - 1e-9
"""Of half of the skin, that rounding does not lose a pair."""


def pairs_by_tree(position: torch.Tensor, cutoff: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs closer than the cutoff, each once: i before j, sorted by i, then by j.

    Of a molecule with a coordinate that is not finite, the first such atom and all others are
    pairs: so what is made of them is not finite, at a cost that is linear.

    Args:
        position: (molecule, atom, 3) Å.
        cutoff: Å, finite.

    Returns:
        Indices i and j (pair,) into the atoms of all molecules one after another.
    """
    return nearer(position, *_candidates(position, cutoff), cutoff)


def nearer(
    position: torch.Tensor, first: torch.Tensor, second: torch.Tensor, cutoff: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Those of some pairs that are closer than the cutoff, or whose distance is not a number.

    Args:
        position: (molecule, atom, 3) Å.
        first: (pair,) one atom of each pair, counted over all molecules.
        second: (pair,) the other.
        cutoff: Å.
    """
    flat = position.reshape(-1, 3)
    vector = flat.index_select(0, first).sub_(flat.index_select(0, second))
    (near,) = (~(vector.square_().sum(-1) >= cutoff**2)).nonzero(as_tuple=True)
    return first.index_select(0, near), second.index_select(0, near)


class SkinPairs:
    """Pairs of neighbours from step to step.

    Pairs within cutoff and skin are found anew when an atom has moved by half of the skin, or
    molecules are others; those within the cutoff are picked from them at every call. What is
    returned is that of :func:`pairs_by_tree`, in the same order, and so a function of the
    positions alone, whatever came before: a run that is resumed has no other rounding.

    Args:
        cutoff: Å, finite.
        skin: Å.
    """

    def __init__(self, cutoff: float, skin: float = SKIN) -> None:
        self._cutoff, self._skin = cutoff, skin
        self._origin: torch.Tensor | None = None
        self._pairs: tuple[torch.Tensor, torch.Tensor] = (torch.empty(0), torch.empty(0))
        self.renewals = 0
        """How often pairs were found anew."""

    def __call__(self, position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pairs of (molecule, atom, 3) Å as :func:`pairs_by_tree` gives them."""
        if self._left(position):
            self._pairs = _candidates(position, self._cutoff + self._skin)
            self._origin = position.clone()
            self.renewals += 1
        return nearer(position, *self._pairs, self._cutoff)

    def _left(self, position: torch.Tensor) -> bool:
        """Whether a pair within the cutoff may not be among those that are kept."""
        if self._origin is None or self._origin.shape != position.shape:
            return True
        most = (position - self._origin).square().sum(-1).amax()
        # True also where a coordinate is not a number.
        return not bool(most <= (0.5 * self._skin * _WITHIN) ** 2)


def _candidates(position: torch.Tensor, reach: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Sorted pairs of which none within ``reach`` is missing, but for those that are not finite."""
    n_atoms = position.shape[1]
    points = position.detach().double().cpu().numpy()
    keys = [
        _sorted_keys(own, reach, n_atoms) + molecule * n_atoms**2
        for molecule, own in enumerate(points)
    ]
    both = torch.from_numpy(np.concatenate(keys) if keys else np.empty(0, dtype=np.int64))
    both = both.to(position.device)
    pair = both % n_atoms**2
    before = (both - pair) // n_atoms
    return before + pair // n_atoms, before + pair % n_atoms


def _sorted_keys(points: np.ndarray, reach: float, n_atoms: int) -> np.ndarray:
    """(pair,) i times the number of atoms plus j, of one molecule (atom, 3)."""
    lost = ~np.isfinite(points).all(axis=1)
    if lost.any():
        one, others = lost.argmax(), np.arange(n_atoms)
        i, j = np.minimum(one, others), np.maximum(one, others)
        return np.sort((i * n_atoms + j)[others != one])
    # Widened by more than rounding: which pairs are within the cutoff is decided by others.
    found = cKDTree(points).query_pairs(reach * (1 + 1e-9), output_type="ndarray")
    keys: np.ndarray = found[:, 0].astype(np.int64) * n_atoms + found[:, 1]
    return np.sort(keys)
