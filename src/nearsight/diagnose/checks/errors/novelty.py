"""How far a structure is from everything that a model was trained on."""

import numpy as np
from scipy.spatial.distance import cdist

from nearsight.data.frames import Frames

MOST = 1000
"""Training frames of one composition that are compared with, spread over them."""


def novelty(frames: Frames, train: Frames) -> np.ndarray:
    """Distance of each frame from the nearest training frame of its composition.

    Frames are described by their inverse interatomic distances, sorted within each pair of
    elements: rotation, translation and the order of like atoms are gone, and near pairs, which
    carry the energy, count most. The distance is the root mean square of the difference.

    Args:
        frames: that are asked about.
        train: that the model has seen.

    Returns:
        (frame,) Å⁻¹; NaN where the composition is not among the training frames.
    """
    found = np.full(len(frames), np.nan)
    seen = _by_composition(train)
    for key, rows in _by_composition(frames).items():
        others = seen.get(key)
        if others is None:
            continue
        spread = np.unique(np.linspace(0, len(others) - 1, MOST).astype(int))
        here, there = (
            np.stack([described(part, int(k)) for k in chosen])
            for part, chosen in ((frames, rows), (train, others[spread]))
        )
        size = max(1, here.shape[1])
        found[rows] = cdist(here, there).min(axis=1) / np.sqrt(size)
    return found


def described(frames: Frames, frame: int) -> np.ndarray:
    """(pair,) inverse distances in Å⁻¹ of a frame, sorted within each pair of elements."""
    atoms = frames.atoms(frame)
    i, j = np.triu_indices(len(atoms), k=1)
    inverse = 1 / np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1)
    low, high = np.sort([atoms.numbers[i], atoms.numbers[j]], axis=0)
    return np.asarray(inverse[np.lexsort((inverse, high, low))])


def _by_composition(frames: Frames) -> dict[bytes, np.ndarray]:
    groups: dict[bytes, list[int]] = {}
    for k, (start, size) in enumerate(zip(frames.first_atom, frames.n_atoms, strict=True)):
        key = np.sort(frames.atomic_number[start : start + size].astype(int)).tobytes()
        groups.setdefault(key, []).append(k)
    return {key: np.array(rows) for key, rows in groups.items()}
