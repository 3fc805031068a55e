"""Batches from a file that is larger than memory: a window of frames is held at a time."""

from collections.abc import Iterator

import numpy as np
import torch

from nearsight.data.frames import join_frames
from nearsight.data.stored import StoredFrames
from nearsight.families.graph import LabelledGraph
from nearsight.models.batching import TensorFrames, to_tensors

PIECES = 8
"""Stretches of consecutive frames that a window is put together from."""


class StreamedFrames:
    """Frames of a file in windows, each put together from stretches that are drawn at random.

    An epoch visits every frame once. Frames of a batch come from one window, so what is shuffled is
    the order of stretches, and the frames within a window.

    Args:
        frames: the chosen frames of the file.
        cutoff: Å, the model's own; infinite for every pair.
        label: (frame,) what is learned, with its offset taken off in float64.
        window: the most frames in memory.
        forces: whether to learn forces, where there are any.
        device: where batches live.
    """

    def __init__(
        self,
        frames: StoredFrames,
        cutoff: float,
        label: np.ndarray,
        *,
        window: int,
        forces: bool = True,
        device: torch.device | str = "cpu",
    ) -> None:
        self._frames, self._cutoff, self._label = frames, cutoff, label
        self._window, self._forces, self._device = window, forces, torch.device(device)

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def has_forces(self) -> bool:
        """Whether forces are learned."""
        return self._forces and self._frames.has_forces

    def shuffled(self, generator: torch.Generator, size: int) -> torch.Tensor:
        """(frame,) stretches in random order, windows of them shuffled within."""
        piece = max(1, self._full(size) // PIECES)
        stretches = torch.arange(len(self)).split(piece)
        order = torch.randperm(len(stretches), generator=generator).tolist()
        drawn = torch.cat([stretches[k] for k in order])
        windows = drawn.split(self._full(size))
        return torch.cat([w[torch.randperm(len(w), generator=generator)] for w in windows])

    def load(self, order: torch.Tensor, size: int) -> Iterator[LabelledGraph]:
        """Batches of a size in the given order (frame,); the last one may be smaller."""
        for window in order.split(self._full(size)):
            index, place = window.sort()
            held = self._read(index.numpy())
            # Where each frame of the window stands among those that were read.
            rank = torch.empty_like(place)
            rank[place] = torch.arange(len(place))
            for batch in rank.split(size):
                yield held.batch(batch.to(self._device))
            # Let go first: two windows at once would be twice the memory.
            del held

    def _read(self, index: np.ndarray) -> TensorFrames:
        runs = np.split(index, np.flatnonzero(np.diff(index) != 1) + 1)
        parts = [self._frames.read(int(run[0]), int(run[-1]) + 1) for run in runs]
        return to_tensors(
            join_frames(parts),
            self._cutoff,
            self._label[index],
            forces=self._forces,
            device=self._device,
        )

    def _full(self, size: int) -> int:
        """Frames of a window: whole batches."""
        return max(size, self._window // size * size)
