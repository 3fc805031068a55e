"""Frames of one molecule, out of a set that mixes many, as one array."""

import numpy as np

from nearsight.data.frames import Frames
from nearsight.data.structures import is_unlabelled
from nearsight.errors import DataError


def frames_of(frames: Frames, source: int) -> Frames:
    """Frames of one source of a data set, or all of them for -1.

    Raises:
        DataError: there is no such source.
    """
    if source < 0:
        return frames
    chosen = frames.select(frames.source == source)
    if not len(chosen):
        raise DataError(
            f"dynamics.source = {source}: the data set has no such source; they are numbered "
            f"{int(frames.source.min())} to {int(frames.source.max())}"
        )
    return chosen


def known_frames(frames: Frames, source: int) -> Frames:
    """Frames that say what a molecule is: those for training.

    A molecule that is held out as a whole has none, and structures without labels have none: their
    own frames then say what it is.

    Args:
        frames: of one source.
        source: its number; -1 where all frames are of one molecule.
    """
    known = frames.of_subset("train")
    alone = source >= 0 or is_unlabelled(frames)
    return frames if alone and not len(known) else known


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
            "dynamics takes one molecule: name its source with --set source=NUMBER"
        )
    return numbers[0], frames.position.reshape(len(frames), n_atoms, 3)
