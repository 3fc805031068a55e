"""Stretches of a run, each with the state at its end: what is kept, and what a resume goes on from.

A segment is written as one file that is whole or absent and carries a checksum. So a killed run
goes on from its last segment, a damaged file costs the segments from there on and no more, and
memory holds one segment, however long the run is.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from nearsight.errors import CorruptFileError
from nearsight.models.tensors import Tensors, read_tensors, write_tensors

logger = logging.getLogger(__name__)

SCHEMA = "nearsight dynamics segment 1"
"""Layout of a segment file; to be raised with every change of what stands in it."""

_STRETCH = "stretch."


@dataclass(frozen=True, eq=False)
class Stretch:
    """Consecutive frames of the replicas that were running when the segment began.

    Attributes:
        first: (1,) number of the first frame.
        replica: (row,) which replica a row is.
        potential_energy: (row, frame) eV; NaN after the row's end, as in all that follow.
        kinetic_energy: (row, frame) eV.
        temperature: (row, frame) K.
        position: (row, frame, atom, 3) Å, float32; no frame where positions are not kept.
        velocity: (row, frame, atom, 3) Å/fs, float32; as positions.
    """

    first: np.ndarray
    replica: np.ndarray
    potential_energy: np.ndarray
    kinetic_energy: np.ndarray
    temperature: np.ndarray
    position: np.ndarray
    velocity: np.ndarray

    @property
    def span(self) -> slice:
        """Which frames of the run these are."""
        return slice(int(self.first[0]), int(self.first[0]) + self.potential_energy.shape[1])


class Store(Protocol):
    """Where segments go."""

    interval: float
    """Seconds after which a segment should end, so that no more work than that can be lost."""

    def append(self, stretch: Stretch, state: Tensors) -> None:
        """Keep the next segment."""

    def stretches(self) -> Iterator[Stretch]:
        """The frames of all segments, in order; each is read when it is asked for."""

    def latest(self) -> Tensors | None:
        """The state to go on from, ``None`` where the run begins."""


class Memory:
    """Keeps frames in memory: for short runs whose result is used at once. No run goes on here."""

    interval = float("inf")

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []

    def append(self, stretch: Stretch, state: Tensors) -> None:
        """Keep the frames of the next segment."""
        self._stretches.append(stretch)

    def stretches(self) -> Iterator[Stretch]:
        """The frames of all segments, in order."""
        yield from self._stretches

    def latest(self) -> None:
        """Nothing to go on from."""


class Disk:
    """Keeps segments as files ``000000.safetensors``, ``000001.safetensors``, ... in a folder.

    Opened on a folder that holds segments of the same run, it goes on after the last that is
    whole. A damaged one, or one of another run, is removed with a warning, and with it all that
    come after, which do not fit what will be written in its place.

    Args:
        folder: made when the first segment is written.
        key: ties the files to everything that the run follows from.
        interval: seconds after which a segment should end.
    """

    def __init__(self, folder: Path, key: str, interval: float) -> None:
        self.interval = interval
        self._folder, self._key = folder, key
        self._count = 0
        self._latest: Tensors | None = None
        while self._path(self._count).is_file():
            try:
                self._latest = self._read(self._count)
            except CorruptFileError as error:
                logger.warning("the run goes on from before a checkpoint of no use: %s", error)
                self._remove_from(self._count)
                break
            self._count += 1

    def append(self, stretch: Stretch, state: Tensors) -> None:
        """Write the next segment.

        Raises:
            OSError: it cannot be written in full.
        """
        arrays = {
            _STRETCH + f.name: torch.from_numpy(getattr(stretch, f.name)) for f in fields(Stretch)
        }
        write_tensors({**arrays, **state}, self._path(self._count), self._header())
        self._count += 1

    def stretches(self) -> Iterator[Stretch]:
        """The frames of all segments, in order; each is read when it is asked for.

        Raises:
            MissingFileError, CorruptFileError: a file has gone or changed since it was written.
        """
        for number in range(self._count):
            tensors = self._read(number)
            yield Stretch(**{f.name: tensors[_STRETCH + f.name].numpy() for f in fields(Stretch)})

    def latest(self) -> Tensors | None:
        """The state at the end of the last segment found on opening, ``None`` without any."""
        return self._latest

    def _read(self, number: int) -> Tensors:
        tensors, text = read_tensors(self._path(number))
        if text != self._header():
            raise CorruptFileError(f"{self._path(number)}: checkpoint of another run")
        return tensors

    def _remove_from(self, number: int) -> None:
        for path in self._folder.glob("*.safetensors"):
            if int(path.stem) >= number:
                path.unlink()

    def _header(self) -> dict[str, str]:
        return {"schema": SCHEMA, "run": self._key}

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06d}.safetensors"
