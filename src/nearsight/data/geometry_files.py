"""Files of structures: every frame of them, opened here, whatever stands in the file's name."""

import bz2
import gzip
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ase import Atoms

from nearsight.data.formats.foreign_parsers import parsing
from nearsight.data.formats.signatures import require_kind
from nearsight.data.formats.text_structures import PARSERS, read_text_structures
from nearsight.data.formats.xyz_blocks import xyz_blocks
from nearsight.data.formats.xyz_frame import parse_frame
from nearsight.errors import DataError

XYZ = (".xyz", ".extxyz")
KNOWN = (*XYZ, *PARSERS)
"""File name endings that are read; each may have ``.gz``, ``.bz2`` or ``.xz`` behind it."""

_COMPRESSED: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def read_geometries(path: Path, *, most: int | None = None) -> list[Atoms]:
    """Structures of a text file, in Å, without labels: isolated and neutral.

    Args:
        path: extended xyz, PDB, SDF, MOL, gen or Turbomole coord, compressed or not; the ending
            says which.
        most: read no more than the first so many.

    Raises:
        CorruptFileError: it is not what its ending says; the line or frame is named.
        DataError: an unknown ending, or a structure that is periodic or charged.
    """
    packed = path.suffix.lower() if path.suffix.lower() in _COMPRESSED else ""
    ending = Path(path.stem if packed else path.name).suffix.lower()
    if ending not in KNOWN:
        raise DataError(
            f"{path}: format {ending.lstrip('.') or 'without an ending'} is not read; known: "
            f"{', '.join(KNOWN)}"
        )
    require_kind(path, packed or ending)
    with _opened(path, packed) as handle:
        if ending in XYZ:
            return list(_of_xyz(handle, str(path), most))
        return read_text_structures(handle, ending, path)[:most]


def _of_xyz(handle: IO[bytes], path: str, most: int | None) -> Iterator[Atoms]:
    for block in xyz_blocks(handle, path):
        if most is not None and block.frame >= most:
            return
        frame = parse_frame(block, path)
        yield Atoms(frame.atomic_number, positions=frame.position)


@contextmanager
def _opened(path: Path, packed: str) -> Iterator[Any]:
    with path.open("rb") as handle:
        if not packed:
            yield handle
        else:
            with _COMPRESSED[packed](handle) as unpacked:
                yield _Guarded(unpacked, path, f"a {packed} file")


class _Guarded:
    """A stream of a decompressor, whose errors are those of a damaged file."""

    def __init__(self, stream: IO[bytes], path: Path, what: str) -> None:
        self.stream, self.path, self.what = stream, path, what

    def read(self, size: int) -> bytes:
        with parsing(self.path, self.what):
            return self.stream.read(size)

    def readline(self, size: int) -> bytes:
        with parsing(self.path, self.what):
            return self.stream.readline(size)
