"""Frames of one molecule as one array."""

import numpy as np

from nearsight.data.frames import Frames
from nearsight.errors import DataError


def one_molecule(frames: Frames, role: str) -> tuple[np.ndarray, np.ndarray]:
    """Nuclear charges (atom,) and positions (frame, atom, 3) in Å of frames of one molecule.

    Args:
        frames: structures with the same atoms in the same order.
        role: what the frames are for, named in messages.

    Raises:
        DataError: there is no frame, or the frames differ in their atoms or in their order.
    """
    if not len(frames):
        raise DataError(f"{role}: there are 0 frames; dynamics needs at least 1")
    n_atoms = int(frames.n_atoms[0])
    other = np.flatnonzero(frames.n_atoms != n_atoms)
    if not len(other):
        numbers = frames.atomic_number.reshape(len(frames), n_atoms)
        other = np.flatnonzero((numbers != numbers[0]).any(axis=1))
    if len(other):
        raise DataError(
            f"{role}: frame {other[0]} has other atoms than frame 0, or the same in another order; "
            "dynamics takes one molecule: select its frames first"
        )
    return numbers[0], frames.position.reshape(len(frames), n_atoms, 3)
