"""The items of `each` are kept apart: no output of one is an output or an input of another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from nearsight.cli.app import app
from nearsight.cli.guard import Place, inputs_of, outputs_of
from nearsight.cli.places import parameters_of
from nearsight.errors import ConfigError

if TYPE_CHECKING:
    import click


def check_items(items: Mapping[str, Sequence[str]]) -> None:
    """Refuse items that would write over each other's files, at whatever time each is carried out.

    Args:
        items: verb and arguments of each item, by item.

    Raises:
        ConfigError: names the two items and the file.
    """
    group: Any = get_command(app)
    written: dict[Any, tuple[str, Place]] = {}
    read: dict[Any, list[str]] = {}
    for item, arguments in items.items():
        outputs, inputs = _places(group, arguments)
        for key, place in _keyed(outputs):
            other, first = written.setdefault(key, (item, place))
            if other != item:
                raise ConfigError(
                    f"each: {item}: {place}: is what {other} writes too ({first}): put {{}} in it"
                )
        for key, _ in _keyed(inputs):
            read.setdefault(key, []).append(item)
    for key, (item, place) in written.items():
        for other in read.get(key, ()):
            if other != item:
                raise ConfigError(f"each: {item}: {place}: is an input of {other}: name another")


def _places(group: Any, arguments: Sequence[str]) -> tuple[list[Place], list[Place]]:
    """What an item writes and reads; what is wrong in its arguments it says itself, later."""
    verb: click.Command = group.commands[arguments[0]]
    given = verb.make_context(verb.name, list(arguments[1:]), resilient_parsing=True).params
    assert verb.callback is not None  # noqa: S101 - every verb is a function
    known = parameters_of(verb.callback)
    return list(outputs_of(known, given)), list(inputs_of(known, given))


def _keyed(places: list[Place]) -> Iterator[tuple[Any, Place]]:
    """Each place under its path, and under what tells a file apart whatever it is called."""
    for place in places:
        yield place.real, place
        if place.identity is not None:
            yield place.identity, place
