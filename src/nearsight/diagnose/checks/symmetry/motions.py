"""Motions of a molecule that change nothing in physics, and how forces go along with them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

Move = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Motion:
    """One motion.

    Attributes:
        name: of its kind.
        move: from positions (atom, 3) to positions (atom, 3).
        back: from forces (atom, 3) there to forces (atom, 3) here.
    """

    name: str
    move: Move
    back: Move


KINDS = ("again", "permutation", "rotation", "reflection", "translation", "far_1e3", "far_1e4")
WORDS = {
    "again": "asked twice",
    "permutation": "like atoms exchanged",
    "rotation": "rotated",
    "reflection": "reflected",
    "translation": "moved by 10 Å",
    "far_1e3": "1,000 Å from the origin",
    "far_1e4": "10,000 Å from the origin",
}
_AWAY = {"translation": 1e1, "far_1e3": 1e3, "far_1e4": 1e4}


def motions(atomic_number: np.ndarray, rotations: int, rng: np.random.Generator) -> list[Motion]:
    """Motions of every kind.

    Args:
        atomic_number: (atom,) nuclear charges.
        rotations: how many random rotations, and reflections.
        rng: draws axes, angles and permutations.
    """
    found = [_turned("rotation", Rotation.random(rng=rng).as_matrix()) for _ in range(rotations)]
    found += [
        # A rotation times the inversion is a reflection in a plane and a turn about its normal.
        _turned("reflection", -Rotation.random(rng=rng).as_matrix())
        for _ in range(rotations)
    ]
    found += [_shifted(name, away * _direction(rng)) for name, away in _AWAY.items()]
    found.append(_permuted(_like(atomic_number, rng)))
    # Last, so that all the others were asked in between.
    found.append(Motion("again", np.copy, np.copy))
    return found


def _turned(name: str, matrix: np.ndarray) -> Motion:
    return Motion(name, lambda r: r @ matrix.T, lambda f: f @ matrix)


def _shifted(name: str, vector: np.ndarray) -> Motion:
    return Motion(name, lambda r: r + vector, np.copy)


def _permuted(order: np.ndarray) -> Motion:
    return Motion("permutation", lambda r: r[order], lambda f: f[np.argsort(order)])


def _like(atomic_number: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(atom,) a permutation that leaves every atom's element as it is."""
    order = np.arange(len(atomic_number))
    for element in np.unique(atomic_number):
        places = np.flatnonzero(atomic_number == element)
        order[places] = rng.permutation(places)
    return order


def _direction(rng: np.random.Generator) -> np.ndarray:
    vector = rng.normal(size=3)
    return np.asarray(vector / np.linalg.norm(vector))
