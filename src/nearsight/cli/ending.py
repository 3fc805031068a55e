"""How a command ends: one line for what a user can cause, and an exit code that means something."""

import errno
from collections.abc import Callable

import typer

from nearsight.errors import NearsightError
from nearsight.interruption import EXIT_CODE, Interrupted

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
}
"""What the user's disk or path does to us; any other ``OSError`` is a fault of ours."""


def exit_code(work: Callable[[], object]) -> int:
    """Do the work of a command; say in one line what went wrong.

    Returns:
        0; 1 after a user's mistake; 143 when SIGTERM came and the work saved itself.

    Raises:
        Exception: a fault of nearsight's own, with its traceback.
    """
    try:
        work()
    except Interrupted as saved:
        typer.secho(f"nearsight: asked to end (SIGTERM): {saved}", fg="yellow", err=True)
        return EXIT_CODE
    except NearsightError as error:
        return _failed(str(error))
    except OSError as error:
        if error.errno not in OUTPUT_FAULTS:
            raise
        where = error.filename or "output"
        return _failed(f"{where}: {error.strerror}; nothing half-written is left behind")
    return 0


def _failed(message: str) -> int:
    typer.secho(f"nearsight: error: {' '.join(message.split())}", fg="red", err=True)
    return 1
