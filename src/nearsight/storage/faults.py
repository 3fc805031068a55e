"""What a failed write really failed of: libraries report a full disk as a fault of their format."""

import errno
import os
import re
from collections.abc import Iterator
from pathlib import Path

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""No space left, quota exceeded, file larger than allowed."""

_NUMBER = re.compile(r"(?:os error|errno\s*=?)\s*(\d+)")
_SAID = {"No space left on device": errno.ENOSPC, "database or disk is full": errno.ENOSPC}
_PROBE_BYTES = 1 << 20


def lack_of_room(error: BaseException, folder: Path | None) -> int | None:
    """The number of the system's error if a write has failed for lack of room, else ``None``.

    Libraries wrap the error (safetensors), speak of a fault of HDF5 or of missing permission
    (NetCDF), or drop it. So where the error itself does not say it, a little is written.

    Args:
        error: what the library has raised.
        folder: where it wrote; what it has written still lies there. ``None`` where that could
            not be made.
    """
    stated = [number for link in _chain(error) for number in _stated(link)]
    for number in stated:
        if number in NO_ROOM:
            return number
    return None if folder is None else _probed(folder) or _at_limit(folder)


def failed_write(path: Path, error: Exception, hint: str = "") -> OSError:
    """The ``OSError`` behind a library's own error while writing, which names no cause.

    NetCDF and safetensors report a full disk, a quota or a size limit as a fault of their format.

    Args:
        path: of the file that was to be written.
        error: what the library raised.
        hint: what else may be the cause, for the end of the message.
    """
    text = f"could not be written in full; disk full, quota or size limit? ({error}){hint}"
    return OSError(errno.EIO, text, str(path))


def _stated(error: BaseException) -> list[int]:
    """Numbers of the system's errors that an error states, by attribute or in its text."""
    text = str(error)
    found = [error.errno] if isinstance(error, OSError) and error.errno is not None else []
    found += [int(number) for number in _NUMBER.findall(text)]
    return found + [number for words, number in _SAID.items() if words in text]


def _chain(error: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__


def _probed(folder: Path) -> int | None:
    probe = folder / ".room"
    try:
        with probe.open("wb") as handle:
            handle.write(bytes(_PROBE_BYTES))
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        return error.errno if error.errno in NO_ROOM else None
    finally:
        probe.unlink(missing_ok=True)
    return None


def _at_limit(folder: Path) -> int | None:
    """``EFBIG`` if a file has grown to what a process is allowed to write."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if limit == resource.RLIM_INFINITY:
        return None
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    return errno.EFBIG if sizes and max(sizes) + _PROBE_BYTES > limit else None
