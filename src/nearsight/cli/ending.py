"""How a command ends: one line for what a user can cause, and an exit code that means something."""

import errno
import logging
import signal
import sys
from collections.abc import Callable, Sequence

import typer

from nearsight.errors import ConfigError, NearsightError
from nearsight.interruption import EXIT_CODE, Interrupted

INTERRUPTED = 128 + signal.SIGINT
"""Exit code of what was stopped from the keyboard, as shells count."""

OUTPUT_FAULTS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EFBIG,
    errno.EIO,
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.EEXIST,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ELOOP,
    errno.ESTALE,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.ENOTSUP,
    errno.EAGAIN,
}
"""What the user's disk, path or limits do to us; any other ``OSError`` is a fault of ours."""

# PyTorch's allocators raise a RuntimeError; these are the words of those for CPU and for CUDA.
_NO_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")

logger = logging.getLogger(__name__)


def exit_code(work: Callable[[], object]) -> int:
    """Do the work of a command; say in one line what went wrong.

    With ``--verbose`` the traceback goes before the line.

    Returns:
        0; 1 after a user's mistake; 130 when it was stopped from the keyboard; 143 when SIGTERM
        came and the work saved itself.

    Raises:
        Exception: a fault of nearsight's own, with its traceback.
    """
    try:
        work()
    except Interrupted as saved:
        typer.secho(f"nearsight: asked to end (SIGTERM): {saved}", fg="yellow", err=True)
        return EXIT_CODE
    except KeyboardInterrupt:
        return _stopped()
    except SystemExit as end:
        # Typer has made this of the interrupt.
        if end.code == INTERRUPTED:
            return _stopped()
        raise
    except Exception as error:
        message = _one_line(error)
        if message is None:
            raise
        logger.info("the error in full", exc_info=True)
        return _failed(message)
    return 0


def require_utf8(arguments: Sequence[str]) -> None:
    """Refuse words that no file of ours could name.

    Raises:
        ConfigError: one is not UTF-8; it is shown with what cannot be read as escapes.
    """
    for word in arguments:
        try:
            word.encode()
        except UnicodeEncodeError:
            raise ConfigError(f"{_escaped(word)}: not UTF-8, rename the file") from None


def escape_what_cannot_be_shown() -> None:
    """Let no character of ours end a command, whatever the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _one_line(error: Exception) -> str | None:
    """What to say of an error that a user or the machine can cause; ``None`` of one of ours."""
    if isinstance(error, NearsightError):
        return str(error)
    if isinstance(error, MemoryError) or _is_allocation(error):
        why = str(error) or "no more to be had"
        return (
            f"out of memory ({why}): give the process more, or ask for less at a time, e.g. by "
            "batch_size, frames_in_memory, replicas or n_structures"
        )
    if isinstance(error, OSError) and error.errno in OUTPUT_FAULTS:
        where = error.filename if isinstance(error.filename, str) else "output"
        return f"{where}: {error.strerror}; nothing half-written is left behind"
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:
        return f"{_escaped(error.object)}: not UTF-8, rename the file or folder"
    return None


def _is_allocation(error: Exception) -> bool:
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)


def _escaped(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()


def _stopped() -> int:
    told = "stopped from the keyboard; what keeps checkpoints goes on when it is started again"
    typer.secho(f"nearsight: {told}", fg="yellow", err=True)
    return INTERRUPTED


def _failed(message: str) -> int:
    typer.secho(f"nearsight: error: {' '.join(message.split())}", fg="red", err=True)
    return 1
