"""Temporary folders beside an output: made, recognised as ours, swept when their owner is dead.

``.NAME.XXXXXXXX/`` holds the new file or folder under its final name, whose ending libraries choose
the format by; a note of its owner; and, while a folder is being replaced, the old one.
"""

import glob
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nearsight.storage.lock import is_held, lock_of, locked, remove_dead_lock
from nearsight.storage.owner import Owner, owner_from, this_process

logger = logging.getLogger(__name__)

OLD = "replaced"
"""Where the folder that is being replaced waits until the new one stands."""
NOTE = ".owner.json"
_PRIVATE = 0o700
# What a finished run keeps beside its output has a name of as many letters.
_RANDOM = r"(?!finished)[a-z0-9_]{8}"


def make_temporary(target: Path) -> Path:
    """A new folder beside an output, in which it is written.

    Raises:
        OSError: the parent folder cannot be written.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        (folder / NOTE).write_text(this_process().to_text(), encoding="utf-8")
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def remove_temporary(folder: Path) -> None:
    """Remove a temporary folder, unless an old folder in it could not be cleared."""
    if (folder / OLD).is_dir():
        logger.warning("%s: what was there before is kept here", folder / OLD)
    else:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def claimed(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of an output, free of what killed processes have left of it.

    Args:
        path: what is to be written; links are followed.
        wait: wait for another owner instead of refusing.

    Raises:
        OutputInUseError: another process holds it, and ``wait`` is false.
        OSError: the folder cannot be written.
    """
    with locked(path, wait=wait):
        sweep(path)
        yield


def sweep(path: Path, *, held: bool | None = None) -> None:
    """Remove what killed processes have left of an output, and bring back what they put aside.

    Only folders that are surely temporary ones of this output, and whose owner is dead. A folder
    that was put aside by a process that died before the new one stood is put back.

    Args:
        path: the output; links are followed.
        held: whether this process alone writes it; by default, whether it holds the lock.
    """
    target = Path(os.path.realpath(path))
    held = is_held(target) if held is None else held
    pattern = re.compile(re.escape(f".{target.name}.") + _RANDOM)
    try:
        found = [entry for entry in target.parent.iterdir() if pattern.fullmatch(entry.name)]
    except OSError:
        return
    for folder in found:
        if _is_left_behind(folder, target.name, held=held):
            _restore(folder, target)
            logger.info("%s: left by a command that was killed; removed", folder)
            shutil.rmtree(folder, ignore_errors=True)
    remove_dead_lock(target)
    _sweep_guards(target)


def sweep_inside(folder: Path) -> None:
    """Remove what killed processes have left of any output in a folder and below it.

    Args:
        folder: one that belongs to a single output whose lock is held.
    """
    name = re.compile(rf"\.(?P<name>.+)\.{_RANDOM}")
    for parent, folders, _ in os.walk(folder):
        for entry in folders:
            if match := name.fullmatch(entry):
                sweep(Path(parent) / match["name"], held=True)


def _sweep_guards(target: Path) -> None:
    """Locks by which a void lock was being removed when that process was killed too."""
    for file in target.parent.glob(f"{glob.escape(lock_of(target).name)}.*"):
        owner = _noted(file)
        if owner is not None and owner.is_dead():
            file.unlink(missing_ok=True)


def _is_left_behind(folder: Path, name: str, *, held: bool) -> bool:
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        contents = {entry.name for entry in folder.iterdir()}
        mode, uid = folder.stat().st_mode & 0o777, folder.stat().st_uid
    except OSError:
        return False
    if NOTE in contents:
        owner = _noted(folder / NOTE)
        # Of an owner elsewhere nothing is known; but no two hold the lock of an output.
        return owner is not None and (owner.is_dead() or (held and not owner.is_here))
    # Killed before it left its note, or a version of nearsight that left none.
    ours = mode == _PRIVATE and uid == os.getuid()
    return held and ours and all(entry.startswith(name) for entry in contents)


def _noted(file: Path) -> Owner | None:
    try:
        return owner_from(file.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None


def _restore(folder: Path, target: Path) -> None:
    old = folder / OLD
    if old.is_dir() and not target.exists():
        old.rename(target)
        logger.warning("%s: put back, after a command was killed while replacing it", target)
