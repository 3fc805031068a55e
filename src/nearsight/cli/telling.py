"""What a verb says: one line for each file it wrote, which ``--quiet`` leaves out."""

import logging
from pathlib import Path
from typing import Annotated

import typer

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log what is being done.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Say nothing but errors: no progress, no success.")
]

# The options of loudness in force; they hold for the whole process.
_asked: list[str] = []


def choose_loudness(*, verbose: bool, quiet: bool) -> None:
    """How much the process says from here on.

    Raises:
        ConfigError: both were asked for.
    """
    from nearsight.errors import ConfigError

    if verbose and quiet:
        raise ConfigError("--verbose and --quiet: give one of them")
    if quiet != is_quiet():
        from nearsight.progress import hide

        hide(quiet)
    _asked[:] = ["--quiet"] * quiet + ["--verbose"] * verbose
    level = logging.INFO if verbose else logging.ERROR if quiet else logging.WARNING
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger().setLevel(level)
    if not verbose:
        # It warns of a home that cannot be written to, and does well without.
        logging.getLogger("matplotlib").setLevel(logging.ERROR)


def as_asked() -> list[str]:
    """The options of loudness in force, for a verb that calls others."""
    return list(_asked)


def is_quiet() -> bool:
    """Whether only errors are said."""
    return "--quiet" in _asked


def remark(text: str) -> None:
    """Say what is going on, on standard error."""
    if not is_quiet():
        typer.echo(text, err=True)


def tell(out: Path, what: str) -> None:
    """Say that a file, or a folder, is there now and what it holds."""
    if not is_quiet():
        typer.echo(f"{out}: {what}")
