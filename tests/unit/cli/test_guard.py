"""No output of any verb is an input, none is another's, and nothing foreign is in the way."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.cli.guard import guarded, prepared
from nearsight.cli.places import (
    Parameter,
    Reads,
    Replaces,
    Writes,
    WritesInto,
    beside,
    nothing_else,
    parameters_of,
    within,
)
from nearsight.errors import ConfigError, DataError, OutputInUseError
from nearsight.storage import locked

Verb = Callable[..., Any]

WITHOUT_OUTPUT = {"check", "verify", "each", "costs"}


def verbs(where: typer.Typer = app) -> Iterator[tuple[str, Verb]]:
    """Every registered verb by name, those of groups too."""
    for command in where.registered_commands:
        assert command.callback is not None
        yield command.name or command.callback.__name__, command.callback
    for group in where.registered_groups:
        assert group.typer_instance is not None
        yield from verbs(group.typer_instance)


VERBS = list(verbs())
OUTPUTS = (Writes, WritesInto, Replaces)


def by_name(pair: tuple[str, Verb]) -> str:
    return f"{pair[1].__module__.rpartition('.')[2]}-{pair[0]}"


def outputs_of(verb: Verb) -> list[Parameter]:
    return [p for p in parameters_of(verb) if isinstance(p.mark, OUTPUTS)]


def test_all_verbs_are_seen() -> None:
    assert len(VERBS) >= 24


@pytest.mark.parametrize("pair", VERBS, ids=by_name)
def test_every_path_of_every_verb_says_what_becomes_of_it(pair: tuple[str, Verb]) -> None:
    name, verb = pair
    known = {parameter.name: parameter for parameter in parameters_of(verb)}
    assert outputs_of(verb) or name in WITHOUT_OUTPUT
    if "out" in known:
        assert isinstance(known["out"].mark, Writes | WritesInto | Replaces)
    # Registered through the one place that checks, and nowhere else.
    chain, link = [], verb
    while link is not None:
        chain.append(getattr(link, "__code__", None))
        link = getattr(link, "__wrapped__", None)
    assert guarded(lambda: None).__code__ in chain


def pairs() -> Iterator[Any]:
    """Every output of every verb with every input of the same verb."""
    for name, verb in VERBS:
        known = parameters_of(verb)
        for output in outputs_of(verb):
            for read in known:
                # The name of a figure says which files are written.
                if isinstance(read.mark, Reads) or (read.mark is None and read.name != "name"):
                    yield pytest.param(verb, output, read, id=f"{name}-{output.label}-{read.label}")


def clash(output: Parameter, folder: Path, arguments: dict[str, Any]) -> Path | None:
    """A file that the output would take the place of, with the output set to do so."""
    if isinstance(output.mark, Writes):
        arguments[output.name] = folder / "a.nc"
        return folder / "a.nc"
    arguments[output.name] = folder / "into"
    if isinstance(output.mark, Replaces):
        return folder / "into" / "replica_000.nc"
    assert isinstance(output.mark, WritesInto)
    files = list(output.mark.further(folder / "into", arguments))
    return None if output.mark.waits or not files else files[0]


@pytest.mark.parametrize(("verb", "output", "read"), pairs())
@pytest.mark.parametrize("kind", ["same", "link", "hard link"])
def test_no_output_is_an_input(
    verb: Verb, output: Parameter, read: Parameter, kind: str, tmp_path: Path, repository: Path
) -> None:
    arguments: dict[str, Any] = {parameter.name: None for parameter in parameters_of(verb)}
    target = clash(output, tmp_path, arguments)
    if target is None:
        return  # what is brought into a folder of downloads is never written over
    target.parent.mkdir(exist_ok=True)
    # A study, since `collect` looks into it for what it reads.
    target.write_text((repository / "config" / "demo.yaml").read_text())
    named = tmp_path / "other.nc"
    if kind == "same":
        named = target
    elif kind == "link":
        named.symlink_to(target)
    else:
        named.hardlink_to(target)
    arguments[read.name] = str(named) if read.mark is None else named
    if read.name == "tables":
        arguments[read.name] = [named]
    before = target.read_text()
    with (
        pytest.raises((ConfigError, DataError), match="an input of this command"),
        prepared(parameters_of(verb), arguments),
    ):
        pytest.fail("the verb would have begun")
    assert target.read_text() == before


def read_and_write(
    data: Annotated[Path, Reads()],
    out: Annotated[Path, typer.Option("--out", "-o"), Writes(beside("card.json"))],
    settings: str | None = None,
    trajectories: Annotated[Path | None, Replaces("replica_000.nc".__eq__)] = None,
    figures: Annotated[Path | None, WritesInto(within("a.svg", "b.svg"))] = None,
) -> None:
    """A verb that does what it says."""
    out.write_text("made")


run = guarded(read_and_write)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data.nc"
    path.write_text("labels")
    return path


def refused(match: str, **arguments: Any) -> None:
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    with pytest.raises((ConfigError, DataError), match=match) as error:
        run(**arguments)
    assert "\n" not in str(error.value)
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_verb_with_nothing_in_its_way(data: Path) -> None:
    run(data, Path("new/deep/out.nc"))
    assert Path("new/deep/out.nc").read_text() == "made"
    assert sorted(path.name for path in Path("new/deep").iterdir()) == ["out.nc"]


def test_side_product_is_no_input(data: Path) -> None:
    Path("card.json").write_text("mine")
    refused(
        r"card\.json, which goes with --out model: it is an input",
        data=Path("card.json"),
        out=Path("model"),
    )


def test_outputs_are_different_files(data: Path) -> None:
    refused(
        r"--out card\.json: is the same file as card\.json, which", data=data, out=Path("card.json")
    )
    refused("lies in --trajectories t", data=data, out=Path("t/out.nc"), trajectories=Path("t"))
    refused("lies in --out o", data=data, out=Path("o"), figures=Path("o/figures"))
    Path("link").symlink_to("t")
    refused("lies in", data=data, out=Path("link/out.nc"), trajectories=Path("t"))


def test_text_that_names_a_file_is_an_input(data: Path) -> None:
    Path("s.yaml").write_text("{seed: 1}")
    refused("--settings s.yaml|it is an input", data=data, out=Path("s.yaml"), settings="s.yaml")
    inline = "{weights: [s.yaml, other]}"
    refused("s.yaml is an input|it is an input", data=data, out=Path("s.yaml"), settings=inline)
    run(data, Path("s.yaml"), settings="{seed: 1}")


def test_text_longer_than_any_path_is_no_input(data: Path) -> None:
    """Rules hand over the variants of a batch inline."""
    inline = json.dumps({f"painn~rc{k}.0": {"family": "painn"} for k in range(300)})
    run(data, Path("out.nc"), settings=inline)
    train = dict(VERBS)["train"]
    arguments = {parameter.name: None for parameter in parameters_of(train)}
    arguments |= {"data": data, "out": Path("model.safetensors"), "variants": inline}
    with prepared(parameters_of(train), arguments):
        pass


def test_input_in_a_folder_that_is_replaced(data: Path) -> None:
    Path("t").mkdir()
    (Path("t") / "replica_000.nc").write_text("labels")
    refused(
        r"DATA t/replica_000\.nc|--data t/replica_000\.nc, an input",
        data=Path("t/replica_000.nc"),
        out=Path("out.nc"),
        trajectories=Path("t"),
    )


def test_input_in_a_folder_that_is_read(data: Path) -> None:
    Path("model/deep").mkdir(parents=True)
    Path("model/deep/weights").write_text("mine")
    refused("is an input", data=Path("model"), out=Path("model/deep/weights"))
    run(Path("model"), Path("model/deep/new"))


def test_folder_with_files_of_a_user_is_refused_before_any_work(data: Path) -> None:
    Path("t").mkdir()
    Path("t/notes.txt").write_text("mine")
    refused(r"notes\.txt", data=data, out=Path("out.nc"), trajectories=Path("t"))
    refused("working folder|lies in this folder", data=data, out=Path("../o"), trajectories=Path())


def test_what_cannot_become_a_file(data: Path) -> None:
    Path("folder").mkdir()
    refused("is a directory", data=data, out=Path("folder"))
    os.mkfifo("pipe")
    refused("no regular file", data=data, out=Path("pipe"))
    refused("no regular file", data=data, out=Path("/dev/null"))
    refused("is no directory", data=data, out=Path("data.nc/out.nc"))
    Path("loop").symlink_to("loop")
    refused("cannot be written", data=data, out=Path("loop"))


def test_protected_file_is_left(data: Path) -> None:
    Path("out.nc").write_text("mine")
    Path("out.nc").chmod(0o444)
    refused("protected", data=data, out=Path("out.nc"))


def test_second_command_on_an_output_is_refused(data: Path) -> None:
    pid_read, pid_write = os.pipe()
    child = os.fork()
    if child == 0:
        with locked(Path("card.json")):
            os.write(pid_write, b"held")
            os.read(pid_read, 0)
            import time

            time.sleep(30)
        os._exit(0)
    os.read(pid_read, 4)
    try:
        with pytest.raises(OutputInUseError, match=rf"card\.json: another command .* {child} on"):
            run(data, Path("model"))
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    run(data, Path("model"))
    assert not list(Path().glob(".*"))


def test_folders_made_for_a_verb_that_fails_are_removed(data: Path) -> None:
    def fails(out: Annotated[Path, Writes(nothing_else)]) -> None:
        raise DataError("no frames")

    with pytest.raises(DataError, match="no frames"):
        guarded(fails)(Path("new/deep/out.nc"))
    assert [path.name for path in Path().iterdir()] == ["data.nc"]


def test_path_without_a_mark_cannot_be_registered() -> None:
    def forgetful(data: Path) -> None:
        """It does not say whether it reads or writes."""

    with pytest.raises(TypeError, match="forgetful: parameter 'data' is a path"):
        guarded(forgetful)


def test_labelled_file_survives_its_own_import(data: Path) -> None:
    xyz = Path("set.xyz")
    xyz.write_text("1\nenergy=-1.0\nHe 0 0 0\n")
    result = CliRunner().invoke(
        app, ["data", "import", "set.xyz", "--energy-unit", "eV", "--out", "set.xyz"]
    )
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception) == (
        "--out set.xyz: it is an input of this command: name another output"
    )
    assert xyz.read_text() == "1\nenergy=-1.0\nHe 0 0 0\n"
