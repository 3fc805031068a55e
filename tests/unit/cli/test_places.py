"""What a verb says of its paths: marks are read off annotations, and labels are what users type."""

from pathlib import Path
from typing import Annotated, Any, Optional

import pytest
import typer
from every_command import COMMANDS

from nearsight.cli.guard import Place, check_outputs, inputs_of, outputs_of, prepared
from nearsight.cli.places import (
    Parameter,
    Reads,
    Replaces,
    Says,
    Writes,
    WritesInto,
    beside,
    nothing_else,
    parameters_of,
    within,
)
from nearsight.errors import ConfigError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_beside_and_within() -> None:
    assert list(nothing_else(Path("a"), {})) == []
    assert list(beside("x", "y.nc")(Path("home/model"), {})) == [Path("home/x"), Path("home/y.nc")]
    Path("f").mkdir()
    for name in ("r_1.nc", "r_2.nc", "other.nc"):
        Path("f", name).touch()
    found = list(within("top.pdb", "r_*.nc")(Path("f"), {}))
    # A plain name whether it is there or not, a pattern only where it matches.
    assert sorted(found) == [Path("f/r_1.nc"), Path("f/r_2.nc"), Path("f/top.pdb")]


def one(annotation: Any, name: str = "some_file") -> Parameter:
    def verb(**_: Any) -> None:
        """Made for its signature alone."""

    import inspect

    kind = inspect.Parameter.KEYWORD_ONLY
    parameter = inspect.Parameter(name, kind, annotation=annotation)
    verb.__signature__ = inspect.Signature([parameter])  # type: ignore[attr-defined]
    (found,) = parameters_of(verb)
    return found


@pytest.mark.parametrize("mark", [Reads(), Writes(), WritesInto(nothing_else), Says()])
@pytest.mark.parametrize("kind", [Path, Path | None, list[Path], Optional[Path]])  # noqa: UP045
def test_marks_are_found_in_whatever_a_path_is_wrapped(mark: Any, kind: Any) -> None:
    found = one(Annotated[kind, typer.Option("--here"), mark])
    assert found == Parameter("some_file", "--here", mark)


@pytest.mark.parametrize(
    ("extra", "label"),
    [
        (typer.Option(), "--some-file"),
        (typer.Option("--out", "-o"), "--out"),
        (typer.Option("-o", "--out"), "--out"),
        (typer.Option("-o"), "--some-file"),
        (typer.Argument(), "SOME_FILE"),
        (typer.Argument(metavar="MORE"), "MORE"),
    ],
)
def test_labels_are_what_is_typed(extra: Any, label: str) -> None:
    assert one(Annotated[Path, extra, Reads()]).label == label


def test_a_name_with_a_bar_behind_it_is_typed_without() -> None:
    assert one(Annotated[Path, typer.Option(), Reads()], "import_").label == "--import"
    assert one(Annotated[Path, typer.Argument(), Reads()], "set_").label == "SET"


def test_texts_may_name_files_and_numbers_do_not() -> None:
    def verb(a: str, b: str | None, c: int, d: list[str], e: bool, f: float = 1.0) -> None:
        """Of texts and numbers."""

    assert [(p.name, p.mark) for p in parameters_of(verb)] == [
        ("a", None),
        ("b", None),
        ("d", None),
    ]


@pytest.mark.parametrize("marks", [(), (Reads(), Writes()), (Reads(), Reads())])
def test_a_path_has_one_mark(marks: tuple[Any, ...]) -> None:
    # Another order than Annotated[...] needs for no mark at all.
    annotation = Annotated[(Path, typer.Option(), *marks)]  # type: ignore[valid-type]
    with pytest.raises(TypeError, match="parameter 'some_file' is a path: mark it with one of Rea"):
        one(annotation)


# From marks to places.

OUT = Parameter("out", "--out", Writes(beside("card.json")))
DATA = Parameter("data", "DATA", Reads())
TEXT = Parameter("settings", "--settings", None)
NAME = Parameter("name", "NAME", Says())


def names(places: Any) -> list[str]:
    return [str(place) for place in places]


def test_outputs_are_named_and_implied() -> None:
    assert names(outputs_of([OUT, DATA], {"out": Path("m/x"), "data": Path("d")})) == [
        "--out m/x",
        "m/card.json, which goes with --out m/x",
    ]
    assert names(outputs_of([OUT], {"out": None})) == []
    assert names(outputs_of([OUT], {})) == []


def test_several_paths_of_one_option_are_several_places() -> None:
    many = Parameter("more", "--more", Reads())
    assert names(inputs_of([many], {"more": [Path("a"), Path("b")]})) == ["--more a", "--more b"]
    assert names(inputs_of([many], {"more": (Path("a"),)})) == ["--more a"]


def test_a_folder_that_is_read_counts_with_every_file() -> None:
    Path("f/deep").mkdir(parents=True)
    (place,) = inputs_of([DATA], {"data": Path("f")})
    assert place.whole
    some = Parameter("data", "DATA", Reads(within("a.nc")))
    assert [p.whole for p in inputs_of([some], {"data": Path("f")})] == [False, False]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s.yaml", ["s.yaml"]),
        ("{a: s.yaml}", ["s.yaml"]),
        ("{a: [s.yaml, 3]}", ["s.yaml"]),
        ("a=s.yaml", ["s.yaml"]),
        ("'s.yaml'", ["s.yaml"]),
        ("plain", ["plain"]),
        ("none.yaml", []),
        ("x: 1", []),
        ("", []),
        ("f", []),
        ("a\0b", []),
        ("x" * 5000, []),
    ],
)
def test_files_that_a_text_names(text: str, found: list[str]) -> None:
    Path("f").mkdir()
    for name in ("s.yaml", "plain"):
        Path(name).touch()
    assert sorted(str(p.path) for p in inputs_of([TEXT], {"settings": text})) == found


def test_a_name_that_may_be_a_file_is_one_by_its_ending_or_folder() -> None:
    Path("water").touch()
    Path("water.xyz").touch()
    for text, found in (("water", []), ("water.xyz", ["water.xyz"]), ("./water", ["water"])):
        assert [str(p.path) for p in inputs_of([NAME], {"name": text})] == found


# What is refused.


def place(path: str, label: str = "--out", **more: Any) -> Place:
    return Place(Path(path), label, Path(path), **more)


def fault(outputs: list[Place], inputs: list[Place]) -> str:
    with pytest.raises(ConfigError) as caught:
        check_outputs(outputs, inputs)
    return str(caught.value)


def test_links_and_dots_lead_to_the_same_file() -> None:
    Path("f").mkdir()
    Path("f/a.nc").touch()
    Path("link").symlink_to("f/a.nc")
    Path("hard").hardlink_to("f/a.nc")
    for other in ("f/a.nc", "./f/../f/a.nc", "link", "hard"):
        message = fault([place("f/a.nc")], [place(other, "DATA")])
        assert message.endswith("is an input of this command: name another output")
    check_outputs([place("f/b.nc")], [place("f/a.nc", "DATA")])


def test_an_output_that_is_not_there_yet_is_known_by_where_it_will_be() -> None:
    Path("f").mkdir()
    Path("g").symlink_to("f")
    assert "is the same file as --more g/new.nc" in fault(
        [place("f/new.nc"), place("g/new.nc", "--more")], []
    )
    assert "lies in --folder f" in fault([place("f/new.nc"), place("f", "--folder",
                                          replaced=str.isupper)], [])  # fmt: skip


def test_what_waits_its_turn_is_never_in_the_way() -> None:
    Path("a.nc").touch()
    waiting = place("a.nc", waits=True)
    check_outputs([waiting], [place("a.nc", "DATA")])
    Path("a.nc").chmod(0o444)
    check_outputs([waiting], [])


@pytest.mark.parametrize("depth", [1, 3])
def test_a_folder_in_which_nothing_may_be_made_is_named(depth: int) -> None:
    import os

    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    Path("f").mkdir(mode=0o500)
    out = "/".join(["f", *["x"] * (depth - 1), "a.nc"])
    assert "f may not be written by you: name another output" in fault([place(out)], [])


def test_a_name_too_long_for_any_file_is_refused_in_one_line() -> None:
    message = fault([place("x" * 300)], [])
    assert "cannot be written" in message
    assert "\n" not in message


def test_folders_and_locks_are_there_while_the_verb_works_and_gone_behind_it() -> None:
    out = Parameter("out", "--out", Writes())
    with prepared([out], {"out": Path("new/a.nc")}):
        assert [path.name for path in Path("new").iterdir()] != []
    assert list(Path().iterdir()) == []


def test_a_verb_without_outputs_is_asked_nothing() -> None:
    with prepared([DATA], {"data": Path("none.nc")}):
        assert list(Path().iterdir()) == []


def test_a_replaced_folder_is_ours_in_whole_or_refused() -> None:
    folder = Parameter("t", "--trajectories", Replaces("r.nc".__eq__))
    Path("t").mkdir()
    Path("t/r.nc").touch()
    with prepared([folder], {"t": Path("t")}):
        pass
    Path("t/mine.txt").touch()
    with pytest.raises(Exception, match=r"mine\.txt"), prepared([folder], {"t": Path("t")}):
        pytest.fail("it would be lost")
    assert Path("t/mine.txt").exists()


def test_every_verb_marks_its_paths() -> None:
    marks = {
        parameter.mark.__class__
        for command in COMMANDS.values()
        for parameter in parameters_of(command.callback)
    }
    assert {Reads, Writes, WritesInto, Replaces, Says} <= marks
