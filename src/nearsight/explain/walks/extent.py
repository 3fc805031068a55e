"""How many atoms given walks visit, and how far they go."""

from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np

By: TypeAlias = Literal["diameter", "start", "hop", "ends"]
"""Which distances of a walk count for its range."""

MEANING: dict[By, str] = {
    "diameter": "largest distance between two atoms of a walk",
    "start": "largest distance of an atom of a walk from its first atom",
    "hop": "longest step of a walk",
    "ends": "distance of the first and the last atom of a walk",
}


def distinct_atoms(walks: np.ndarray) -> np.ndarray:
    """(n,) number of distinct atoms on each walk (n, step)."""
    found = np.ones(len(walks), dtype=np.int64)
    for step in range(1, walks.shape[1]):
        found += (walks[:, :step] != walks[:, step, None]).all(axis=1)
    return found


def walk_range(walks: np.ndarray, distance: np.ndarray, by: By = "diameter") -> np.ndarray:
    """The range of each walk.

    Args:
        walks: (n, step) atoms.
        distance: (N, N) of all atoms.
        by: which distances count.

    Returns:
        (n,) in the unit of ``distance``.
    """
    steps = range(walks.shape[1])
    counted = {
        "diameter": [(a, b) for b in steps for a in range(b)],
        "start": [(0, b) for b in steps],
        "hop": list(pairwise(steps)),
        "ends": [(0, steps[-1])],
    }[by]
    found = np.zeros(len(walks), dtype=distance.dtype)
    for a, b in counted:
        np.maximum(found, distance[walks[:, a], walks[:, b]], out=found)
    return found
