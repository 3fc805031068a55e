"""Options of all verbs: numbers have bounds, and whatever is beyond them is refused by name.

The list of options is read off the application, so one that is added without bounds fails here.
"""

import inspect
from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import pytest
import typer
from typer.models import ParameterInfo
from typer.testing import CliRunner

from nearsight.cli import app

Found = tuple[tuple[str, ...], str, Any, ParameterInfo]


def commands(group: typer.Typer, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, tuple]]:
    """Every command of the application with the words that call it."""
    for command in group.registered_commands:
        name = command.name or command.callback.__name__.replace("_", "-")  # type: ignore[union-attr]
        yield command.callback, (*path, name)
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from commands(inner.typer_instance, (*path, inner.name or ""))


def parameters() -> Iterator[Found]:
    for function, path in commands(app):
        for name, hint in get_type_hints(function, include_extras=True).items():
            if get_origin(hint) is Annotated:
                plain, *extras = get_args(hint)
                (info,) = [extra for extra in extras if isinstance(extra, ParameterInfo)]
                yield path, name, plain, info


def flag(name: str, info: ParameterInfo) -> str:
    given = [word for word in info.param_decls or () if word.startswith("--")]
    return given[0] if given else f"--{name.replace('_', '-')}"


EVERY = list(parameters())
NUMBERS = [
    pytest.param(path, flag(name, info), plain, info, id=f"{' '.join(path)} {flag(name, info)}")
    for path, name, plain, info in EVERY
    if {int, float} & {plain, *get_args(plain)}
]


def test_the_walk_finds_the_verbs_and_their_options() -> None:
    verbs = {" ".join(path) for path, *_ in EVERY}
    assert {"data import", "data make", "train", "md", "config check", "verify"} <= verbs
    assert len(NUMBERS) >= 15
    assert all(inspect.getdoc(function) for function, _ in commands(app))


@pytest.mark.parametrize(("path", "option", "plain", "info"), NUMBERS)
def test_numbers_have_bounds(path: Any, option: str, plain: Any, info: ParameterInfo) -> None:
    assert info.min is not None
    assert info.max is not None
    assert info.min < info.max < 2**31


@pytest.mark.parametrize(("path", "option", "plain", "info"), NUMBERS)
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e300", "-7", "1e400", "9" * 400, "", "x"])
def test_what_is_beyond_them_is_refused(
    path: tuple[str, ...], option: str, plain: Any, info: ParameterInfo, text: str
) -> None:
    run = CliRunner().invoke(app, [*path, option, text], env={"COLUMNS": "300"})
    assert run.exit_code == 2
    assert option in run.output
    assert "Traceback" not in run.output


def test_threads_from_the_environment_have_the_same_bounds() -> None:
    environment = {"NEARSIGHT_THREADS": "100000", "COLUMNS": "300"}
    run = CliRunner().invoke(app, ["md", "a.nc", "--out", "b"], env=environment)
    assert run.exit_code == 2
    assert "NEARSIGHT_THREADS" in run.output
