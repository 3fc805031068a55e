"""Files and folders that are whole or absent: written under a temporary name, then renamed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nearsight.errors import NearsightError
from nearsight.storage.faults import lack_of_room
from nearsight.storage.folders import require_replaceable
from nearsight.storage.lock import remove_dead_lock
from nearsight.storage.permissions import set_modes, usual_mode
from nearsight.storage.temporary import OLD, make_temporary, remove_temporary


@contextmanager
def atomic_path(path: Path, *, ours: Callable[[str], bool] | None = None) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block ends well.

    The suffix is kept because several libraries choose the format by it. When the block raises,
    the temporary file or folder is removed and what was at ``path`` stays as it was. A link is
    followed. A folder that is to be replaced is put aside and removed once the new one stands.

    Args:
        path: where the file or folder appears.
        ours: of a folder, whether a file of this name in it is part of the output; a folder that
            holds anything else is not replaced. Without it only an empty folder is.

    Raises:
        DataError: a folder stands there that holds something else; see
            :func:`nearsight.storage.folders.require_replaceable`.
        OSError: it cannot be written in full; names ``path``, and a full disk as such.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))
    folder: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_dead_lock(target)
        folder = make_temporary(target)
        usual = usual_mode(folder)
        temporary = folder / target.name
        yield temporary
        _flush(temporary)
        set_modes(temporary, target, usual)
        if temporary.is_dir():
            _replace_folder(temporary, target, folder / OLD, path, ours or (lambda _: False))
        else:
            temporary.replace(target)
        _flush_names(target.parent)
    except Exception as error:
        if (told := _told(error, path, folder)) is None:
            raise
        raise told from error
    finally:
        if folder is not None:
            remove_temporary(folder)


def _replace_folder(
    new: Path, target: Path, old: Path, path: Path, ours: Callable[[str], bool]
) -> None:
    """At every moment the old folder or the new one is whole, here or in the temporary folder."""
    if not target.exists():
        new.rename(target)
        return
    require_replaceable(path, ours)
    target.rename(old)
    try:
        # Looked at again where nobody else comes by any more.
        require_replaceable(old, ours, called=path)
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise
    # Nothing but the output's own files: each is removed by name, and never what they lead to.
    for file in old.iterdir():
        file.unlink()
    old.rmdir()


def _flush(path: Path) -> None:
    """Hand a file, or all files of a folder, to the disk."""
    for file in path.rglob("*") if path.is_dir() else (path,):
        if file.is_file():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())


def _flush_names(folder: Path) -> None:
    """Hand a folder's list of names to the disk, where the file system knows such a thing."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _told(error: Exception, path: Path, folder: Path | None) -> OSError | None:
    """The error in the words of the final path, or ``None`` where it needs none."""
    if isinstance(error, NearsightError):
        return None
    number = lack_of_room(error, folder)
    if number is not None:
        return OSError(number, os.strerror(number), str(path))
    if not isinstance(error, OSError) or error.errno is None:
        return None
    inside = folder is None or Path(os.fspath(error.filename or folder)).is_relative_to(folder)
    return OSError(error.errno, error.strerror, str(path)) if inside else None
