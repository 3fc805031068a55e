"""Verbs: each takes ``--quiet`` and ``--verbose`` itself, and stands with those of its stage."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import typer
from typer.core import TyperGroup

from nearsight.cli.guard import guarded
from nearsight.cli.telling import Quiet, Verbose, choose_loudness
from nearsight.cli.wording import as_options
from nearsight.errors import NearsightError

F = TypeVar("F", bound=Callable[..., Any])

DATA, MODELS, INTERACTIONS, DYNAMICS, STUDIES = STAGES = (
    "Data",
    "Models",
    "Interactions",
    "Dynamics",
    "Studies and their results",
)
"""Stages of the work: ``--help`` shows verbs by them."""

_ORDER = (
    *("data", "train", "evaluate", "predict", "convert", "export", "diagnose"),
    *("explain", "walks", "respond", "reference-curves", "faithfulness", "md", "stability"),
    "failures",
    *("config", "each", "collect", "associate", "figures", "report", "costs"),
    *("bundle", "verify", "unbundle", "merge"),
)


class Staged(TyperGroup):
    """Commands in the order in which they are used."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands."""
        return sorted(super().list_commands(ctx), key=self._place)

    def _place(self, name: str) -> int:
        return _ORDER.index(name) if name in _ORDER else len(_ORDER)


class Verbs(typer.Typer):
    """A typer whose commands take the options of loudness after the verb too.

    Before a command works, its outputs are checked and locked.
    """

    def command(self, name: str | None = None, **options: Any) -> Callable[[F], F]:
        """Register a function as a command, as typer does.

        Raises:
            TypeError: a path of it does not say whether it is read or written.
        """
        register = super().command(name, **options)

        def add(function: F) -> F:
            register(_with_loudness(guarded(function)))
            return function

        return add


def _with_loudness(function: F) -> F:
    """The function with two options more, whose values are acted on and not handed to it.

    Its errors speak of options.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def verb(*arguments: Any, verbose: bool, quiet: bool, **others: Any) -> Any:
        if verbose or quiet:
            choose_loudness(verbose=verbose, quiet=quiet)
        try:
            return function(*arguments, **others)
        except NearsightError as error:
            error.args = tuple(
                as_options(part, signature.parameters) if isinstance(part, str) else part
                for part in error.args
            )
            raise

    added = {"verbose": Verbose, "quiet": Quiet}
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in added.items()
    ]
    verb.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *options]
    )
    verb.__annotations__ = {**function.__annotations__, **added}
    return verb  # type: ignore[return-value]
