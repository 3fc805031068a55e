"""Items of `each`: how arguments are filled and parted, and how an item ends."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.cli.each import (
    PARENT,
    PLACE,
    SEPARATOR,
    VERBS,
    _exit_code,
    _filled,
    _is_file,
    _is_settings,
    _require_checkpoint,
    _split,
)
from nearsight.cli.telling import choose_loudness
from nearsight.errors import ConfigError
from nearsight.storage.names import CHECKPOINTS

WORDS = st.text("abc.{}/-: =", max_size=12)
ITEMS = st.text("abc/.", min_size=1, max_size=8).filter(lambda item: item.strip("/."))


@given(arguments=st.lists(WORDS, max_size=4), item=ITEMS)
def test_no_place_is_left_open(arguments: list[str], item: str) -> None:
    filled = _filled(arguments, item)
    assert len(filled) == len(arguments)
    for before, after in zip(arguments, filled, strict=True):
        if not before.startswith("{"):
            assert after == before.replace(PARENT, str(Path(item).parent)).replace(PLACE, item)
        if PLACE not in before and PARENT not in before:
            assert after == before


@pytest.mark.parametrize(
    ("item", "parent"), [("a/b/data.nc", "a/b"), ("data.nc", "."), ("/a/b", "/a"), ("a b/c", "a b")]
)
def test_the_folder_of_an_item(item: str, parent: str) -> None:
    assert _filled(["{//}/model", "{}", "x{}y"], item) == [f"{parent}/model", item, f"x{item}y"]


@pytest.mark.parametrize(
    ("part", "settings"),
    [
        ("{}", False),
        ("{}/model", False),
        ('{"a": {}}', True),
        ('{"a": 1}', True),
        ("{a: 1}", False),
        ("{", False),
        ("[1]", False),
        ("", False),
    ],
)
def test_settings_are_told_from_places(part: str, settings: bool) -> None:
    assert _is_settings(part) is settings


@given(
    values=st.dictionaries(st.text(max_size=5), st.one_of(st.just({}), st.integers()), min_size=1)
)
def test_settings_go_through_as_they_are(values: dict) -> None:
    text = json.dumps(values)
    assert _filled([text], "item") == [text]


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_and_items_are_parted(verb: str) -> None:
    assert _split([verb, "{}", "--out", "{}/x", SEPARATOR, "a", "b"]) == (
        [verb, "{}", "--out", "{}/x"],
        ["a", "b"],
    )
    # One item needs no place: the command is that of the verb alone.
    assert _split([verb, "x", SEPARATOR, "a"]) == ([verb, "x"], ["a"])


def test_only_the_first_separator_parts() -> None:
    assert _split(["md", "{}", SEPARATOR, "a", SEPARATOR]) == (["md", "{}"], ["a", SEPARATOR])


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ([], "no ::: in the arguments: put the items after it"),
        (["md", "{}"], "no ::: in the arguments"),
        ([SEPARATOR, "a"], "nothing before :::: expected one of train, evaluate"),
        (["data", "x", SEPARATOR, "a"], "data before :::: expected one of"),
        (["--help", SEPARATOR, "a"], "--help before :::"),
        (["md", "{}", SEPARATOR], "no item after :::"),
        (["md", "{}", SEPARATOR, "b", "a", "b"], "b is given twice: two processes would write one"),
        (["md", "x", SEPARATOR, "a", "b"], "no {} in the arguments: all items would do the same"),
        (["md", '{"a": {}}', SEPARATOR, "a", "b"], "no {} in the arguments"),
    ],
)
def test_what_cannot_be_parted_says_why(given_: list[str], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        _split(given_)
    assert str(caught.value).startswith("each: ")
    assert words in str(caught.value)


def test_checkpoints_alone_may_be_discarded(tmp_path: Path) -> None:
    for name in CHECKPOINTS:
        _require_checkpoint(tmp_path / name)
        (tmp_path / name).touch()
        _require_checkpoint(tmp_path / name)
    for name in (".out.nc.partial", ".out.nc.finished"):
        _require_checkpoint(tmp_path / name)
        (tmp_path / name).mkdir()
        _require_checkpoint(tmp_path / name)


@pytest.mark.parametrize("name", ["model.safetensors", "data.nc", "notes", ".", ".partial"])
def test_anything_else_is_kept(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="only checkpoints are removed: checkpoint"):
        _require_checkpoint(tmp_path / name)


def test_a_folder_or_link_of_a_checkpoint_s_name_is_kept(tmp_path: Path) -> None:
    name = CHECKPOINTS[0]
    (tmp_path / "other").mkdir()
    (tmp_path / name).symlink_to(tmp_path / "other")
    with pytest.raises(ConfigError, match=f"--discard .*{name}"):
        _require_checkpoint(tmp_path / name)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(ConfigError, match="only checkpoints"):
        _require_checkpoint(tmp_path / name)
    (tmp_path / ".a.partial").touch()
    with pytest.raises(ConfigError, match="only checkpoints"):
        _require_checkpoint(tmp_path / ".a.partial")


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b", "", "none.nc", "{a: 1}"])
def test_a_text_that_is_no_file(text: str) -> None:
    assert not _is_file(text)


def test_an_item_ends_with_the_code_of_its_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _exit_code(["config", "schema", "--out", "s.json"]) == 0
    assert (tmp_path / "s.json").is_file()
    assert _exit_code(["md", "none.nc", "--out", "x.nc"]) == 1
    assert "none.nc: no such file" in capsys.readouterr().err
    assert _exit_code(["md", "--nonsense"]) == 2
    assert _exit_code(["--help"]) == 0


def test_a_fault_of_ours_ends_in_the_output_of_its_item(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("nearsight.config.export.schema_text", broken)
    assert _exit_code(["config", "schema"]) == 1
    assert "ZeroDivisionError: ours" in capsys.readouterr().err
    choose_loudness(verbose=False, quiet=False)
