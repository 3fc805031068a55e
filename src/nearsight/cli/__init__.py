"""The ``nearsight`` command line: files in, files out; heavy imports wait inside the verbs."""

import sys

from nearsight.cli.app import app
from nearsight.cli.ending import escape_what_cannot_be_shown, exit_code, require_utf8


def _register_verbs() -> None:
    # Importing a module of verbs adds them to the app; their heavy imports come later.
    from nearsight.cli import (  # noqa: F401
        bundle,
        configuration,
        conversion,
        costs,
        data,
        data_out,
        diagnosis,
        dynamics,
        each,
        failures,
        faithfulness,
        fetching,
        figures,
        merging,
        models,
        prediction,
        relevance,
        report,
        response,
        study,
        walks,
    )


_register_verbs()


def main() -> None:
    """Entry point: a user's mistake ends in one line and exit code 1, without a traceback."""
    escape_what_cannot_be_shown()
    sys.exit(exit_code(_checked_app))


def _checked_app() -> None:
    require_utf8(sys.argv[1:])
    app()
