"""Locks that die with their owner, on file systems that know no locks.

A lock is a file ``.NAME.lock`` beside what it guards, made by the one call that every file system
makes whole or not at all, and holding who owns it. Where that process has ended the lock is void.
Of an owner on another machine nothing can be asked, so every owner touches its locks now and then,
and one that has not for a while is taken for dead.
"""

import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nearsight.errors import OutputInUseError
from nearsight.storage.owner import Owner, owner_from, this_process

logger = logging.getLogger(__name__)

BEAT = 10.0
"""Seconds between two touches of a lock that is held."""
PATIENCE = 60.0
"""Seconds without a touch after which the owner on another machine is taken for dead."""
_LOOK = 0.5

_held: dict[Path, tuple[Owner, int]] = {}
_guard = threading.RLock()
_beating: threading.Thread | None = None


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of a file or folder that may not exist yet; again within the same process.

    Args:
        path: what is to be written; links are followed.
        wait: wait for another owner instead of refusing.

    Raises:
        OutputInUseError: another process holds it, and ``wait`` is false; names the process.
        OSError: the folder cannot be written.
    """
    lock = lock_of(path)
    with _guard:
        owner, count = _held.get(lock, (None, 0))
        if owner is None:
            try:
                owner = _acquire(lock, Path(path), wait)
            except OSError as error:
                # The user knows the name of the output, and not that of its lock.
                raise OSError(error.errno, error.strerror, str(path)) from error
        _held[lock] = (owner, count + 1)
        _start_beating()
    try:
        yield
    finally:
        _release(lock, owner)


def lock_of(path: Path) -> Path:
    """The lock file of an output."""
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.lock")


def is_held(path: Path) -> bool:
    """Whether this process holds the lock of an output."""
    return lock_of(path) in _held


def remove_dead_lock(path: Path) -> None:
    """Remove the lock of an output if its owner is known to have ended; a cheap look otherwise."""
    lock = lock_of(path)
    text = _read(lock)
    owner = owner_from(text or "")
    if text is not None and owner is not None and owner.is_dead():
        _remove_void(lock, text)


def _acquire(lock: Path, path: Path, wait: bool) -> Owner:
    while True:
        mine = this_process()
        if _created(lock, mine):
            return mine
        text = _read(lock)
        if text is None:
            continue  # given back in between
        found = owner_from(text)
        if _is_void(lock, text, found):
            _remove_void(lock, text)
        elif not wait:
            raise OutputInUseError(
                f"{path}: another command is writing it ({found or f'see {lock}'}): wait for it, "
                "or name another output"
            )
        else:
            time.sleep(_LOOK)


def _created(lock: Path, owner: Owner) -> bool:
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    except FileExistsError:
        return False
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(owner.to_text())
    except OSError:
        lock.unlink(missing_ok=True)
        raise
    return True


def _read(lock: Path) -> str | None:
    try:
        return lock.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _is_void(lock: Path, text: str, owner: Owner | None) -> bool:
    """Whether a lock has no owner any more; of one elsewhere, or without a name, watched."""
    if owner is not None and owner.is_here:
        return owner.is_dead()
    logger.warning(
        "%s: locked by %s, which cannot be asked from here; watched for up to %.0f s",
        lock,
        owner or "an unknown process",
        PATIENCE,
    )
    first, until = _touched(lock), time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if _touched(lock) != first or _read(lock) != text:
            return False
        time.sleep(_LOOK)
    return True


def _touched(lock: Path) -> int | None:
    # Opened, since a file system over a network asks its server then, and not for every stat.
    try:
        with lock.open("rb") as handle:
            return os.fstat(handle.fileno()).st_mtime_ns
    except FileNotFoundError:
        return None


def _remove_void(lock: Path, text: str) -> None:
    """Remove a lock without an owner, and never one that another process has made since.

    Whoever removes it holds a lock that is named after the one to be removed.
    """
    owner = owner_from(text)
    guard = lock.with_name(f"{lock.name}.{owner.token if owner else 'void'}")
    mine = this_process()
    if not _created(guard, mine):
        other = owner_from(_read(guard) or "")
        if other is not None and other.is_dead():
            guard.unlink(missing_ok=True)
        time.sleep(_LOOK / 10)
        return
    try:
        if _read(lock) == text:
            lock.unlink(missing_ok=True)
    finally:
        guard.unlink(missing_ok=True)


def _release(lock: Path, owner: Owner) -> None:
    with _guard:
        if owner.pid != os.getpid() or lock not in _held:
            return  # a forked child: the lock is its parent's
        count = _held[lock][1] - 1
        if count:
            _held[lock] = (owner, count)
            return
        del _held[lock]
        with suppress(OSError):
            if _read(lock) == owner.to_text():
                lock.unlink()


def _start_beating() -> None:
    global _beating
    if _beating is None or not _beating.is_alive():
        _beating = threading.Thread(target=_beat, name="nearsight locks", daemon=True)
        _beating.start()


def _beat() -> None:
    while True:
        time.sleep(BEAT)
        for lock in list(_held):
            with suppress(OSError):
                os.utime(lock)


def _forget() -> None:
    """A forked child holds nothing, and threads do not come along."""
    global _beating, _guard
    _held.clear()
    _beating, _guard = None, threading.RLock()


os.register_at_fork(after_in_child=_forget)
