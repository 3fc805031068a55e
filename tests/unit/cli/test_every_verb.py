"""What holds of all verbs, read off the application: helps, examples, options, refusals."""

import re
from collections import defaultdict
from typing import Any

import click
import pytest
import typer
from every_command import COMMANDS, ROOT, examples_of, options_of, parsed
from typer.testing import CliRunner, Result

from nearsight.cli import app
from nearsight.cli.verbs import _ORDER, STAGES

EVERY = [pytest.param(name, command, id=name) for name, command in COMMANDS.items()]
EXAMPLES = [
    pytest.param(words, id=" ".join(words)[:60])
    for command in COMMANDS.values()
    for words in examples_of(command)
]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "300"})


def refused(*arguments: str) -> str:
    """What is said of wrong words: the usage, and one line of what is wrong."""
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    told = [line for line in result.stderr.splitlines() if line.startswith("│")]
    assert len(told) == 1, result.stderr
    return told[0].strip("│ ")


def wrong(*arguments: str) -> str:
    """The same of the words alone, without drawing the usage around it."""
    with pytest.raises(Exception, match=r".") as caught:
        parsed(list(arguments))
    error: Any = caught.value
    assert error.exit_code == 2
    message = str(error.format_message())
    assert "\n" not in message.strip()
    return message


def test_the_walk_finds_them_all() -> None:
    assert len(COMMANDS) >= 24
    assert len(EXAMPLES) >= len(COMMANDS)


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_every_verb_says_what_it_does_in_a_sentence(name: str, command: Any) -> None:
    first = " ".join(command.help.split("\n\n")[0].split())
    assert first.endswith((".", ":")), first
    assert first[0].isupper()
    assert len(first) <= 200
    assert command.get_short_help_str(300) in first


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_every_verb_shows_an_example_of_itself(name: str, command: Any) -> None:
    own = [
        words for words in examples_of(command) if words[1:][: len(name.split())] == name.split()
    ]
    assert own, f"{name} --help shows no example"


@pytest.mark.parametrize("words", EXAMPLES)
def test_every_example_can_be_typed(words: list[str]) -> None:
    """As it stands: known options, values of the right kind, nothing left out."""
    context = parsed(words[1:])
    if context.command.name == "each":
        inner = context.args[: context.args.index(":::")]
        assert parsed(inner).command.name == inner[0]


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_every_option_says_what_it_is(name: str, command: Any) -> None:
    for flag, option in options_of(command).items():
        text = " ".join((option.help or "").split())
        assert text.endswith((".", ". ")), f"{name} {flag}: {text!r}"
        assert flag == flag.lower()


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_every_argument_says_what_it_is(name: str, command: Any) -> None:
    for argument in command.params:
        if argument.param_type_name == "argument":
            assert argument.help, f"{name}: {argument.name}"


def test_one_flag_means_one_thing_in_all_verbs() -> None:
    """The same name in Python, and a value or none.

    But for `bundle`, which packs trajectories, for names of figures, of which there are many, and
    for the arguments of calculators, of which `diagnose` compares several.
    """
    kinds: dict[str, set[Any]] = defaultdict(set)
    for command in COMMANDS.values():
        for flag, option in options_of(command).items():
            kinds[flag].add((option.name, option.is_flag, option.multiple))
    several = {flag for flag, kind in kinds.items() if len(kind) > 1}
    assert several <= {"--trajectories", "--name", "--calculator-arguments"}


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_short_flags_are_those_of_all(name: str, command: Any) -> None:
    short = {flag for flag in options_of(command) if not flag.startswith("--")}
    assert {"-q", "-v"} <= short <= {"-q", "-v", "-o", "-h"}
    assert ("-o" in short) is ("--out" in options_of(command))


def test_the_order_of_verbs_names_those_that_there_are() -> None:
    assert sorted(_ORDER) == sorted(ROOT.commands)
    assert list(ROOT.list_commands(click.Context(ROOT))) == list(_ORDER)


def test_every_verb_has_a_stage() -> None:
    registered = [*app.registered_commands, *app.registered_groups]
    assert {entry.rich_help_panel for entry in registered} == set(STAGES)


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_an_unknown_option_is_named(name: str, command: Any) -> None:
    if name == "each":
        return  # what follows it is for the verb that it calls
    assert "No such option: --nonsense" in refused(*name.split(), "--nonsense")


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_what_is_missing_is_named(name: str, command: Any) -> None:
    needed = [p for p in command.params if p.required]
    if not needed:
        return
    said = wrong(*name.split())
    first = needed[0]
    word = (first.metavar or first.name) if first.param_type_name == "argument" else first.opts[0]
    assert "Missing " in said
    assert word.lower() in said.lower()


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_a_word_too_many_is_named(name: str, command: Any) -> None:
    arguments = [p.nargs for p in command.params if p.param_type_name == "argument"]
    if name == "each" or -1 in arguments:
        return  # it takes as many as there are
    count = sum(arguments)
    given = [flag for p in command.params if p.required and p.param_type_name == "option"
             for flag in (p.opts[0], "x")]  # fmt: skip
    said = wrong(*name.split(), *["x"] * count, "surplus", *given)
    assert "Got unexpected extra argument" in said
    assert "surplus" in said


@pytest.mark.parametrize(("name", "command"), EVERY)
def test_an_option_without_its_value_is_named(name: str, command: Any) -> None:
    for flag, option in options_of(command).items():
        if not option.is_flag and name != "each":
            assert f"{flag}' requires an argument" in wrong(*name.split(), flag)


def test_an_unknown_verb_is_named_with_those_that_are_near() -> None:
    assert "No such command 'trian'" in refused("trian")
    assert "No such command 'chek'" in refused("data", "chek")


@pytest.mark.parametrize("words", [[], ["data"], ["config"]])
def test_no_verb_shows_what_there_is(words: list[str]) -> None:
    result = run(*words)
    assert result.exit_code in (0, 2)
    assert "Usage: nearsight" in result.output or "Usage: root" in result.output
    assert re.search(r"--help", result.output)


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize(("name", "command"), EVERY)
def test_help_by_both_flags(name: str, command: Any, flag: str) -> None:
    result = run(*name.split(), flag)
    assert result.exit_code == 0
    assert f"{name} [OPTIONS]" in result.stdout
    for long in options_of(command):
        if long.startswith("--"):
            assert long in result.stdout


def test_a_verb_is_registered_by_one_class_alone() -> None:
    """A plain typer would neither check outputs nor take --quiet behind the verb."""
    groups = [app, *(group.typer_instance for group in app.registered_groups)]
    assert {type(group) for group in groups if group}.isdisjoint({typer.Typer})
