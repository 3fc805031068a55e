"""A canonical data set that stays in its file: positions and forces are read when asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from nearsight.config import TargetName
from nearsight.data.frames import SUBSETS, Frames, rows_of
from nearsight.data.layout import opened
from nearsight.data.validation import validate, validate_rows
from nearsight.errors import CorruptFileError

_PER_FRAME = ("n_atoms", "energy", "subset", "source")


@dataclass(frozen=True)
class StoredFrames:
    """Frames of a file, chosen by index; what is one number per frame or atom is in memory.

    Attributes:
        path: the canonical data set.
        index: (frame,) the chosen frames, ascending.
        whole: frames of the whole file without positions and forces (both empty).
        has_forces: whether the file has forces.
        sizes: dimensions of the file.
    """

    path: Path
    index: np.ndarray
    whole: Frames
    has_forces: bool
    sizes: Mapping[Any, int]

    def __len__(self) -> int:
        return len(self.index)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """Global attributes of the file."""
        return self.whole.attributes

    @property
    def subset(self) -> np.ndarray:
        """(frame,) subset of each chosen frame."""
        return self.whole.subset[self.index]

    @property
    def n_atoms(self) -> np.ndarray:
        """(frame,) atoms of each chosen frame."""
        return self.whole.n_atoms[self.index]

    @cached_property
    def atomic_number(self) -> np.ndarray:
        """(atom,) nuclear charges of the chosen frames."""
        if len(self.index) == len(self.whole):
            return self.whole.atomic_number
        starts, lengths = self.whole.first_atom[self.index], self.n_atoms
        spans = [self.whole.atomic_number[s : s + n] for s, n in zip(starts, lengths, strict=True)]
        return np.concatenate(spans) if spans else self.whole.atomic_number[:0]

    def label(self, target: TargetName) -> np.ndarray:
        """(frame,) values of a target; raises DataError where the file does not have it."""
        return self.whole.label(target)[self.index]

    def select(self, frames: np.ndarray) -> "StoredFrames":
        """Some of the chosen frames, by indices (frame,) or a mask; they keep ascending order."""
        return replace(self, index=np.sort(self.index[frames]))

    def of_subset(self, name: str) -> "StoredFrames":
        """The chosen frames of ``train``, ``validation`` or ``test``."""
        return self.select(self.subset == SUBSETS.index(name))

    def parts(self, size: int) -> Iterator[Frames]:
        """The chosen frames, so many at a time."""
        for start in range(0, len(self), size):
            yield self.read(start, start + size)

    def read(self, start: int, stop: int) -> Frames:
        """Chosen frames ``start`` to ``stop`` with positions and forces.

        Raises:
            CorruptFileError: the file fails its checksum, is no longer there or is another one.
            DataError: what is read is not sound (:func:`nearsight.data.validation.validate`).
        """
        wanted = self.index[start:stop]
        if not len(wanted):
            return self.whole.select(wanted)
        low, high = int(wanted[0]), int(wanted[-1]) + 1
        first = self.whole.first_atom
        atoms = slice(int(first[low]), int(first[high - 1] + self.whole.n_atoms[high - 1]))
        with opened(self.path) as file:
            if dict(file.sizes) != self.sizes:
                raise CorruptFileError(f"{self.path}: has changed while it was being read")
            position = _real(file, "position", atoms)
            force = _real(file, "force", atoms) if self.has_forces else position * np.nan
        span = slice(low, high)
        piece = Frames(
            atomic_number=self.whole.atomic_number[atoms],
            position=position,
            force=force,
            **{name: getattr(self.whole, name)[span] for name in _PER_FRAME},
            attributes=self.whole.attributes,
            properties={name: values[span] for name, values in self.whole.properties.items()},
        )
        chosen = piece.select(wanted - low)
        validate(chosen, str(self.path), forces=self.has_forces, number=wanted)
        return chosen


def open_frames(path: Path) -> StoredFrames:
    """All frames of a canonical data set, left in the file.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: not NetCDF, or not a canonical data set.
        DataError: it holds no frame, or labels that are not sound.
    """
    path = Path(path)
    with opened(path) as file:
        sizes, has_forces = dict(file.sizes), "force" in file
        small = file.drop_vars([n for n in ("force", "position") if n in file]).load()
    whole = rows_of(small, str(path))
    validate_rows(whole, str(path))
    return StoredFrames(path, np.arange(len(whole)), whole, has_forces, sizes)


def _real(file: xr.Dataset, name: str, atoms: slice) -> np.ndarray:
    values: np.ndarray = file[name][atoms].to_numpy().astype(np.float64, copy=False)
    return values
