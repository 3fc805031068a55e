"""The global heaps of an HDF5 file, walked before HDF5 does: a damaged one makes it turn for ever.

Text of any length lies in such heaps. HDF5 goes from object to object by the sizes that stand
there; one flipped byte in a size and its library never comes back (seen with HDF5 1.14 and 2.0).
Layout: HDF5 file format specification, III.E.
"""

import mmap
from pathlib import Path

from nearsight.errors import CorruptFileError

# Signature, version 1 and three reserved bytes.
_HEAD = b"GCOL\x01\x00\x00\x00"
_SIZE = 8
_OBJECT = 16


def require_sound_heaps(path: Path) -> None:
    """Refuse a file with a heap whose sizes lead out of it.

    Raises:
        CorruptFileError: it has one.
    """
    with path.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as file:
        start = file.find(_HEAD)
        while start >= 0:
            if not _is_sound(file, start):
                raise CorruptFileError(
                    f"{path}: damaged: the heap at byte {start} does not add up; get or make the "
                    "file again"
                )
            start = file.find(_HEAD, start + 1)


def _is_sound(file: mmap.mmap, start: int) -> bool:
    size = _number(file, start + len(_HEAD), _SIZE)
    end = start + size
    here = start + len(_HEAD) + _SIZE
    if not here <= end <= len(file):
        return False
    while end - here >= _OBJECT:
        index, length = _number(file, here, 2), _number(file, here + 8, _SIZE)
        if index == 0:
            # Free space, which counts its own head, up to the end.
            return here + length == end
        here += _OBJECT + -(-length // 8) * 8
    return here <= end


def _number(file: mmap.mmap, at: int, size: int) -> int:
    return int.from_bytes(file[at : at + size], "little")
