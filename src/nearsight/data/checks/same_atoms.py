"""Frames of the same atoms in the same order, some of them where there are many."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nearsight.data.frames import Frames

MOST_GROUPS = 60
MOST_FRAMES = 400


@dataclass(frozen=True)
class Group:
    """Frames of one sequence of atoms.

    Attributes:
        frame: (frame,) numbers in the data set, ascending.
        atomic_number: (atom,).
        position: (frame, atom, 3) Å.
        force: (frame, atom, 3) eV/Å.
        energy: (frame,) eV.
    """

    frame: np.ndarray
    atomic_number: np.ndarray
    position: np.ndarray
    force: np.ndarray
    energy: np.ndarray


def spread(n: int, most: int) -> np.ndarray:
    """At most so many indices (index,) below n, evenly spaced, 0 among them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(int))


def groups(frames: Frames, *, fewest: int = 2, by_source: bool = False) -> Iterator[Group]:
    """Groups of at least so many frames, the largest first; a sample of groups and of frames.

    Args:
        frames: a data set.
        fewest: frames of a group.
        by_source: frames of different sources are of different groups.
    """
    members: dict[tuple[bytes, int], list[int]] = {}
    numbers = frames.atomic_number.astype(np.int64)
    for k, (start, n) in enumerate(zip(frames.first_atom, frames.n_atoms, strict=True)):
        source = int(frames.source[k]) if by_source else 0
        members.setdefault((numbers[start : start + n].tobytes(), source), []).append(k)
    found = sorted((m for m in members.values() if len(m) >= fewest), key=len, reverse=True)
    for chosen in found[:MOST_GROUPS]:
        # Neighbours in time too: they are the nearest in a long trajectory.
        some = spread(len(chosen), MOST_FRAMES // 2 if len(chosen) > MOST_FRAMES else MOST_FRAMES)
        both = np.unique(np.minimum([some, some + 1], len(chosen) - 1))
        yield _group(frames, np.array(chosen)[both])


def _group(frames: Frames, chosen: np.ndarray) -> Group:
    n = int(frames.n_atoms[chosen[0]])
    atoms = frames.first_atom[chosen][:, None] + np.arange(n)
    return Group(
        frame=chosen,
        atomic_number=frames.atomic_number[atoms[0]].astype(int),
        position=frames.position[atoms],
        force=frames.force[atoms],
        energy=frames.energy[chosen],
    )
