"""Every command of the application, by the words that call it."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import click
from typer.main import get_command

from nearsight.cli import app

ROOT: Any = get_command(app)
SPAN = re.compile(r"`([^`]+)`")


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Name and command of each verb, those of groups too."""
    for name, command in (group or ROOT).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands())


def options_of(command: Any) -> dict[str, Any]:
    """Parameters by each of the flags that set them."""
    given = [p for p in command.params if p.param_type_name == "option"]
    return {flag: p for p in given for flag in (*p.opts, *p.secondary_opts)}


def examples_of(command: Any) -> list[list[str]]:
    """Words of each command line that the help of a verb gives as example, of nearsight alone."""
    text = " ".join((command.help or "").split())
    spans = SPAN.findall(re.split(r"\bExamples?:", text, maxsplit=1)[-1])
    return [shlex.split(span) for span in spans if span.startswith("nearsight ")]


def parsed(arguments: list[str]) -> click.Context:
    """The context of the command that these words call; raises what click raises."""
    command = ROOT
    context: click.Context | None = None
    words = list(arguments)
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    context = command.make_context(command.name, words)
    assert context is not None
    return context
