"""A replica of the dynamics as a trajectory that a browser plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from nearsight.errors import DataError, one_line

MOST_FRAMES: Final = 60
"""Frames a replica keeps: our choice, six seconds of play. Of 22 atoms they take 8 kB."""

LAST_WHOLE: Final = 20
"""Of these, frames before the end that are kept one by one: that is where it breaks."""


@dataclass(frozen=True)
class Replica:
    """Positions over time, up to the end.

    Attributes:
        title: such as ``replica 3``.
        time: (frame,) in ps.
        position: (frame, atom, 3) in Å.
        end: how it ended, in words.
        guilty: atoms that broke the rule at the end; marked in the last frame.
        frames_before: frames of the trajectory before it was thinned.
    """

    title: str
    time: np.ndarray
    position: np.ndarray
    end: str = ""
    guilty: Sequence[int] = ()
    frames_before: int = 0

    def __post_init__(self) -> None:
        n_frames = len(self.time)
        name = one_line(self.title)
        if n_frames == 0:
            raise DataError(f"{name}: a trajectory without frames")
        if self.position.ndim != 3 or self.position.shape[::2] != (n_frames, 3):
            raise DataError(f"{name}: positions {self.position.shape} for {n_frames} frames")
        if not np.isfinite(self.position).all():
            raise DataError(f"{name}: a position is not finite; leave that frame out")
        if any(not 0 <= atom < self.position.shape[1] for atom in self.guilty):
            raise DataError(f"{name}: guilty atoms {list(self.guilty)} are not all there")

    @property
    def is_thinned(self) -> bool:
        """Whether frames were left out."""
        return self.frames_before > len(self.time)

    @classmethod
    def thinned(
        cls,
        title: str,
        time: np.ndarray,
        position: np.ndarray,
        *,
        end: str = "",
        guilty: Sequence[int] = (),
        most: int = MOST_FRAMES,
    ) -> "Replica":
        """A replica with at most ``most`` frames: the last ones whole, the rest evenly.

        Frames after the first that is not finite are left out.

        Args:
            title: such as ``replica 3``.
            time: (frame,) in ps.
            position: (frame, atom, 3) in Å.
            end: how it ended, in words.
            guilty: atoms that broke the rule at the end.
            most: frames that are kept.
        """
        broken = ~np.isfinite(position).all(axis=(1, 2))
        count = int(broken.argmax()) if broken.any() else len(position)
        kept = thinned_frames(count, most)
        return cls(title, np.asarray(time)[kept], position[kept], end, tuple(guilty), len(position))


def thinned_frames(count: int, most: int = MOST_FRAMES, whole: int = LAST_WHOLE) -> np.ndarray:
    """Frames (kept,) that stay: the first, the last ``whole`` one by one, between them evenly.

    Args:
        count: frames there are.
        most: frames that may stay.
        whole: frames before the end that all stay.
    """
    if count <= most:
        return np.arange(count)
    whole = min(whole, most - 1)
    early = np.linspace(0, count - whole, most - whole, endpoint=False).astype(int)
    return np.concatenate([early, np.arange(count - whole, count)])
