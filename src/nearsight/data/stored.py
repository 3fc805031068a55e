"""A canonical data set that stays in its file: positions and forces are read when asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from nearsight.config import TargetName
from nearsight.data.frames import SUBSETS, Frames, from_dataset
from nearsight.errors import CorruptFileError
from nearsight.storage import require_file

_PER_FRAME = ("n_atoms", "energy", "subset", "source")


@dataclass(frozen=True)
class StoredFrames:
    """Frames of a file, chosen by index; what is one number per frame or atom is in memory.

    Attributes:
        path: the canonical data set.
        index: (frame,) the chosen frames, ascending.
        whole: frames of the whole file without positions and forces (both empty).
        has_forces: whether the file has forces.
    """

    path: Path
    index: np.ndarray
    whole: Frames
    has_forces: bool

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
        """Some of the chosen frames (indices or a mask); they are kept in ascending order."""
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
            CorruptFileError: the file fails its checksum or is no longer there.
        """
        wanted = self.index[start:stop]
        if not len(wanted):
            return self.whole.select(wanted)
        low, high = int(wanted[0]), int(wanted[-1]) + 1
        first = self.whole.first_atom
        atoms = slice(int(first[low]), int(first[high - 1] + self.whole.n_atoms[high - 1]))
        try:
            with netCDF4.Dataset(self.path) as file:
                file.set_auto_mask(False)
                position = file["position"][atoms]
                force = file["force"][atoms] if self.has_forces else np.full_like(position, np.nan)
        except (OSError, RuntimeError, IndexError) as error:
            raise CorruptFileError(f"{self.path}: cannot be read as NetCDF ({error})") from error
        span = slice(low, high)
        piece = Frames(
            atomic_number=self.whole.atomic_number[atoms],
            position=position,
            force=force,
            **{name: getattr(self.whole, name)[span] for name in _PER_FRAME},
            attributes=self.whole.attributes,
            properties={name: values[span] for name, values in self.whole.properties.items()},
        )
        return piece.select(wanted - low)


def open_frames(path: Path) -> StoredFrames:
    """All frames of a canonical data set, left in the file.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: not NetCDF, or not a canonical data set.
        DataError: it holds no frame.
    """
    import xarray as xr

    require_file(path)
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as file:
            has_forces = "force" in file
            if "position" not in file:
                raise CorruptFileError(f"{path}: not a nearsight data set, lacks position")
            small = file.drop_vars([n for n in ("force", "position") if n in file]).load()
    except (OSError, ValueError, RuntimeError) as error:
        raise CorruptFileError(f"{path}: cannot be read as NetCDF ({error})") from error
    empty = ("nothing", "xyz"), np.empty((0, 3))
    whole = from_dataset(small.assign(position=empty, force=empty), str(path))
    return StoredFrames(path, np.arange(len(whole)), whole, has_forces)
