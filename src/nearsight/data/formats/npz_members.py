"""Members of a NumPy archive, one at a time and only those that are asked for; never pickles.

``numpy.load`` makes room for whatever a header declares before it looks at the bytes. Here the
declared size must be that of the member, and a member must not grow a thousandfold.
"""

import math
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from nearsight.data.formats.foreign_parsers import one_line, parsing
from nearsight.errors import CorruptFileError, DataError

_ENDING = ".npy"
# Deflate reaches 1,032 : 1 on zeros; numbers that mean something stay below 10 : 1.
_MOST_GROWTH = 100
_ALWAYS_FINE = 100 << 20


@dataclass(frozen=True)
class Members:
    """An open archive.

    Attributes:
        path: the file.
        archive: its members.
    """

    path: Path
    archive: zipfile.ZipFile

    @property
    def names(self) -> list[str]:
        """Keys of the arrays, as NumPy shows them."""
        return [name.removesuffix(_ENDING) for name in self.archive.namelist()]

    def array(self, key: str) -> np.ndarray:
        """One array, of whatever shape (...) it has in the file.

        Raises:
            CorruptFileError: damaged, encrypted, pickled, or of another size than it declares.
            DataError: it does not fit into memory.
        """
        origin = f"{self.path}: array {one_line(key, 40)!r}"
        with parsing(origin, ".npz"):
            found = self.archive.namelist()
            info = self.archive.getinfo(key + _ENDING if key + _ENDING in found else key)
        if info.flag_bits & 1:
            raise CorruptFileError(f"{origin}: is encrypted; save the archive without a password")
        if info.file_size > max(_ALWAYS_FINE, _MOST_GROWTH * info.compress_size):
            raise CorruptFileError(
                f"{origin}: {info.compress_size} bytes would grow to {info.file_size}: not read"
            )
        with parsing(origin, ".npz"), self.archive.open(info) as source:
            shape, fortran, dtype = _header(source)
            body = info.file_size - source.tell()
            if not dtype.hasobject:
                _require_size(shape, dtype, body, origin)
                data = np.frombuffer(source.read(), dtype=dtype)
                return data.reshape(shape, order="F" if fortran else "C")
        raise CorruptFileError(f"{origin}: is a pickled object, which nearsight never loads")


def _header(source: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = npy.read_magic(source)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(source)
    return shape, fortran, dtype


def _require_size(shape: tuple[int, ...], dtype: np.dtype, body: int, origin: str) -> None:
    declared = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or declared != body:
        raise CorruptFileError(
            f"{origin}: cannot be read as .npz: its header declares {one_line(shape, 60)} "
            f"{one_line(dtype, 40)}, {one_line(declared, 30)} bytes, but it has {body}"
        )


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """Open an archive.

    Raises:
        CorruptFileError: not an archive, or a damaged one.
    """
    with path.open("rb") as handle:
        if handle.read(6) == b"\x93NUMPY":
            raise CorruptFileError(f"{path}: a single array, not an .npz archive")
        handle.seek(0)
        if not zipfile.is_zipfile(handle):
            raise CorruptFileError(
                f"{path}: cannot be read as .npz (not a NumPy archive, or cut off, or a pickled "
                "one, which nearsight never loads)"
            )
        with parsing(path, ".npz"):
            archive = zipfile.ZipFile(handle)
        yield Members(path, archive)


def numbers(array: np.ndarray, origin: str) -> np.ndarray:
    """The array (...) as floats.

    Raises:
        CorruptFileError: it holds no real numbers.
    """
    if array.dtype.kind not in "iuf":
        raise CorruptFileError(f"{origin}: holds {one_line(array.dtype, 40)}, not real numbers")
    return array.astype(float)


def text(array: np.ndarray) -> str | None:
    """The text of an array (...) of one text; ``None`` if it is something else."""
    if array.size != 1 or array.dtype.kind not in "US":
        return None
    value = array.reshape(()).item()
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def nuclear_charges(array: np.ndarray, origin: str) -> np.ndarray:
    """The array (...) as integers from 0 (no atom) to 118.

    Raises:
        DataError: anything else stands in it.
    """
    values = numbers(array, origin)
    if not ((values >= 0) & (values <= 118) & (values == np.floor(values))).all():
        bad = values[~((values >= 0) & (values <= 118) & (values == np.floor(values)))][0]
        raise DataError(f"{origin}: {bad:g} is no nuclear charge (1 to 118; 0 fills up)")
    return values.astype(int)
