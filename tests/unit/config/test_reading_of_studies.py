"""YAML and JSON as they are typed: what is read, and what is refused with its line."""

import json
import string
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nearsight.config import Training
from nearsight.config.loading import (
    load_entry,
    load_section,
    parse_yaml,
    read_yaml,
    require_own_name,
    validate,
)
from nearsight.errors import ConfigError, MissingFileError

KEYS = st.text(string.ascii_letters + "_- ", min_size=1, max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def fault(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "study.yaml")
    message = str(caught.value)
    assert message.startswith("study.yaml: ")
    assert "\n" not in message
    return message.removeprefix("study.yaml: ")


@given(value=PLAIN)
def test_json_comes_back_as_it_was(value: Any) -> None:
    assert parse_yaml(json.dumps(value), "x") == value


@given(value=st.dictionaries(KEYS.filter(str.isalpha), st.integers() | st.booleans(), min_size=1))
def test_yaml_comes_back_as_it_was(value: dict[str, Any]) -> None:
    dumped = yaml.safe_dump(value)
    assert parse_yaml(dumped, "x") == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 1", {"a": 1}),
        ("{a: [1, 2.5], b: yes please}", {"a": [1, 2.5], "b": "yes please"}),
        ("a: 1e-3", {"a": "1e-3"}),
        ('{"a": 1e-3}', {"a": 0.001}),
        ("a: 1.0e-3", {"a": 0.001}),
        ("a: no", {"a": False}),
        ("a: 'no'", {"a": "no"}),
        ("a: ~", {"a": None}),
        ("a:", {"a": None}),
        ("a: 0o17", {"a": "0o17"}),
        ("a: 017", {"a": 15}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("# nothing", None),
        ("", None),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("é: Å", {"é": "Å"}),
    ],
)
def test_what_is_typed_is_what_yaml_says_it_is(text: str, value: Any) -> None:
    assert parse_yaml(text, "x") == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\nb: 2\na: 3", "key 'a' is given twice (line 3): keep one of them"),
        ("x:\n  a: 1\n  a: 1", "key 'a' is given twice (line 3)"),
        ("[{a: 1, a: 2}]", "key 'a' is given twice (line 1)"),
        ('{"a": 1, "a": 2}', "key 'a' is given twice: keep one of them"),
        ('{"x": {"a": 1, "a": 2}}', "key 'a' is given twice"),
        ("NO: 1", "key False is not text (line 1): put it in quotes"),
        ("a: 1\n3: 2", "key 3 is not text (line 2): put it in quotes"),
        ("2020-01-01: 2", "is not text (line 1)"),
        ("? [a, b]\n: 2", "is not text (line 1)"),
        ("base: &b {a: 1}\nc:\n  <<: *b", "merge keys (<<) are not read (line 3): write the keys"),
        ("a: [1, 2", "not valid YAML: "),
        ("a: b: c", "not valid YAML: "),
        ("a: \t- 1\n\t- 2", "not valid YAML: "),
        ("a: !!python/object/apply:os.system [ls]", "not valid YAML: "),
        ("a: !mine 3", "not valid YAML: "),
        ("a: 2020-99-99", "not valid YAML: "),
        ("a: *nothing", "not valid YAML: "),
        ("a: 1\n---\nb: 2", "not valid YAML: "),
        ("a: \x00", "not valid YAML: "),
        ("[" * 3000, "not valid YAML: nested too deeply"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, words: str) -> None:
    assert words in fault(text)


def test_files_are_read_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "my study.yaml"
    path.write_text("a: Å", encoding="utf-8")
    assert read_yaml(path, "x") == {"a": "Å"}
    path.write_bytes("a: Å".encode("latin-1"))
    with pytest.raises(ConfigError, match="x: not UTF-8 text: save it as UTF-8"):
        read_yaml(path, "x")
    with pytest.raises(MissingFileError, match=r"none\.yaml: no such file"):
        read_yaml(tmp_path / "none.yaml", "x")


# Sections.


@pytest.mark.parametrize("values", [None, 3, "text", [1, 2], [("a", 1)]])
def test_a_section_is_keys_and_values(values: Any) -> None:
    with pytest.raises(ConfigError, match=f"x: expected keys and values, found {type(values)}"
                       .replace("<class '", "").replace("'>", "")):  # fmt: skip
        validate(Training, values, "x")


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        validate(Training, {"max_epochs": 0, "epochs": 3, "batch_size": "many"}, "x")
    told = str(caught.value)
    assert told.startswith("x: ")
    assert told.count("; ") >= 2
    for words in ("max_epochs = 0: ", "epochs: unknown key", "batch_size = 'many': "):
        assert words in told


def test_a_number_that_yaml_takes_for_text_is_explained() -> None:
    with pytest.raises(ConfigError) as caught:
        load_section(Training, "learning_rate: 1e-3", {}, "x")
    assert "write 1.0e-3" in str(caught.value) or "expected keys and values" in str(caught.value)


@pytest.mark.parametrize("ending", [".yaml", ".yml", ".json"])
def test_a_text_with_an_ending_is_a_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"s{ending}"
    path.write_text('{"max_epochs": 4}')
    assert load_section(Training, str(path), {}).max_epochs == 4
    path.write_text('{"max_epochs": 0}')
    with pytest.raises(ConfigError, match=f"{path}: max_epochs = 0"):
        load_section(Training, str(path), {}, "--settings")


def test_a_text_in_braces_is_none_whatever_it_ends_in() -> None:
    with pytest.raises(ConfigError, match=r"--settings: a\.yaml"):
        load_section(Training, "{a.yaml: 3}", {}, "--settings")


def test_overrides_win_key_by_key() -> None:
    found = load_section(Training, "{max_epochs: 4, batch_size: 7}", {"max_epochs": 5})
    assert (found.max_epochs, found.batch_size) == (5, 7)
    assert load_section(Training, None, {}) == Training()


def test_one_of_several_sections_by_name(tmp_path: Path) -> None:
    several = "{quick: {max_epochs: 2}, long: {max_epochs: 900}, bad: {epochs: 1}}"
    assert load_entry(Training, several, "long", "--all").max_epochs == 900
    # The others are not looked at.
    with pytest.raises(ConfigError, match="--all: bad: epochs: unknown key"):
        load_entry(Training, several, "bad", "--all")
    with pytest.raises(ConfigError) as caught:
        load_entry(Training, several, "none", "--all")
    assert str(caught.value) == "--all: no entry 'none'; there are ['bad', 'long', 'quick']"
    path = tmp_path / "all.yaml"
    path.write_text(several)
    with pytest.raises(ConfigError, match=r"all\.yaml: no entry 'none'"):
        load_entry(Training, str(path), "none", "--all")


def test_a_file_of_the_same_name_is_another_study(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text("name: one\n")
    (tmp_path / "copy.yaml").write_text("name: one\n")
    require_own_name(tmp_path / "one.yaml", "one", [tmp_path])
    with pytest.raises(ConfigError, match=r"copy\.yaml.*'one'.*set name to 'copy'"):
        require_own_name(tmp_path / "copy.yaml", "one", [tmp_path])
    # A file of that name which states another is in nobody's way.
    (tmp_path / "one.yaml").write_text("name: other\n")
    require_own_name(tmp_path / "copy.yaml", "one", [tmp_path])
