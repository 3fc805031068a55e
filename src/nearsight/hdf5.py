"""HDF5 files hold their own bytes: what would read another file is refused before it is opened.

An HDF5 file (NetCDF-4 is one) can name other files in four ways, and its libraries follow them
without a word: external links, external storage of a data set, virtual data sets, and links of a
user's own kind. A soft link may pass one of these on its way, so none is followed.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nearsight.errors import CorruptFileError
from nearsight.hdf5_heaps import require_sound_heaps

MOST_IN_ATTRIBUTE = 1_000_000
"""Values of an attribute; a damaged one may declare 10^10, and its library reads on for hours."""

LOCKING = "HDF5_USE_FILE_LOCKING"
"""By this environment variable HDF5 is told whether to lock files; nearsight needs no locks."""
SIGNATURE = b"\x89HDF\r\n\x1a\n"
_ADVICE = "it is not opened; copy the data into one file (h5repack, or h5py without links)"


def about_locks() -> str:
    """What to add to an error of HDF5 where a user has asked for locks of files; else nothing.

    HDF5 names no cause where the file system knows no locks.
    """
    asked = os.environ.get(LOCKING, "FALSE")
    if asked.upper() in ("FALSE", "0"):
        return ""
    return f"; {LOCKING}={asked} asks for locks, which a file system may lack: try {LOCKING}=FALSE"


def require_own_bytes(path: Path, what: str = "HDF5") -> None:
    """Refuse an HDF5 file that names other files; a file of another format passes.

    Args:
        path: the file.
        what: what it should be, for the message.

    Raises:
        CorruptFileError: an external link, external storage, a virtual data set, or a damaged file.
    """
    import h5py

    with path.open("rb") as handle:
        if handle.read(len(SIGNATURE)) != SIGNATURE:
            return
    require_sound_heaps(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            require_small_attributes(file, str(path))
            for name in _links(file):
                require_own(file, name, str(path))
    except CorruptFileError:
        raise
    # HDF5's own errors come as any of these; RuntimeError and KeyError for damaged trees.
    except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
        reason = " ".join(str(error).split()) + about_locks()
        raise CorruptFileError(f"{path}: cannot be read as {what} ({reason})") from None


def _links(file: Any) -> Iterator[str]:
    """Full names of all links, each group once even where links form a ring."""
    seen: set[Any] = set()
    waiting = [file]
    while waiting:
        group = waiting.pop()
        if group.id in seen:
            continue
        seen.add(group.id)
        for name in group:
            full = f"{group.name.rstrip('/')}/{name}"
            yield full
            if _is_hard(file, full) and _is_group(file[full]):
                waiting.append(file[full])


def _is_hard(group: Any, name: str) -> bool:
    import h5py

    return isinstance(group.get(name, getlink=True), h5py.HardLink)


def _is_group(found: Any) -> bool:
    import h5py

    return isinstance(found, h5py.Group)


def require_own(group: Any, name: str, origin: str) -> None:
    """Refuse a link, or the data set behind it, that leads to another file.

    Args:
        group: an ``h5py.Group``.
        name: of a link in it.
        origin: the file, for the message.

    Raises:
        CorruptFileError: it leads out of the file, or might.
    """
    import h5py

    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        target = getattr(link, "filename", None) or getattr(link, "path", "another file")
        raise CorruptFileError(f"{origin}: {name!r} is a link to {target!r}: {_ADVICE}")
    found = group[name]
    require_small_attributes(found, f"{origin}: {name!r}")
    if isinstance(found, h5py.Dataset):
        if found.external:
            outside = found.external[0][0]
            raise CorruptFileError(
                f"{origin}: {name!r} keeps its bytes in the file {outside!r}: {_ADVICE}"
            )
        if found.is_virtual:
            raise CorruptFileError(
                f"{origin}: {name!r} is a virtual data set of other files: {_ADVICE}"
            )


def require_small_attributes(found: Any, origin: str) -> None:
    """Refuse an object with an attribute that declares more values than any has.

    Raises:
        CorruptFileError: it does.
    """
    for name in found.attrs:
        shape = found.attrs.get_id(name).shape or ()
        if math.prod(shape) > MOST_IN_ATTRIBUTE:
            raise CorruptFileError(f"{origin}: damaged: attribute {name!r} declares {shape} values")
