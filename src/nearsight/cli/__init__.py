"""The ``nearsight`` command line: files in, files out; heavy imports wait inside the verbs."""

import errno
import sys

import typer

from nearsight.cli.app import app
from nearsight.errors import NearsightError

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


def _register_verbs() -> None:
    # Importing a module of verbs adds them to the app; their heavy imports come later.
    from nearsight.cli import (  # noqa: F401
        configuration,
        data,
        dynamics,
        faithfulness,
        figures,
        models,
        relevance,
        response,
        study,
    )


_register_verbs()


def main() -> None:
    """Entry point: a user's mistake ends in one line and exit code 1, without a traceback."""
    try:
        app()
    except NearsightError as error:
        _fail(str(error))
    except OSError as error:
        if error.errno not in OUTPUT_FAULTS:
            raise
        _fail(
            f"{error.filename or 'output'}: {error.strerror}; nothing half-written is left behind"
        )


def _fail(message: str) -> None:
    typer.secho(f"nearsight: error: {' '.join(message.split())}", fg="red", err=True)
    sys.exit(1)
