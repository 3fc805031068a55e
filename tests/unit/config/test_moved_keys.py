"""Keys of earlier study files: read where they stand now, and never twice."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.aims.specs import MOVED
from nearsight.config import Study, validate
from nearsight.config.moved import with_moved_keys
from nearsight.errors import ConfigError

NOW = {"old.size": "new.length", "old.name": "other.title"}
PLAIN = st.one_of(st.integers(), st.text(max_size=3), st.none())
SECTION = st.dictionaries(st.sampled_from(["size", "name", "length", "title", "x"]), PLAIN)


def test_a_key_is_read_where_it_stands_now() -> None:
    values = {"old": {"size": 3, "x": 1}, "z": 2}
    assert with_moved_keys(values, NOW) == {"old": {"x": 1}, "new": {"length": 3}, "z": 2}


def test_what_stands_there_already_stays_beside_it() -> None:
    values = {"old": {"size": 3, "name": "a"}, "new": {"x": 1}, "other": {}}
    assert with_moved_keys(values, NOW) == {
        "old": {}, "new": {"x": 1, "length": 3}, "other": {"title": "a"},
    }  # fmt: skip


def test_a_key_under_both_names_is_left_to_be_refused() -> None:
    values = {"old": {"size": 3}, "new": {"length": 4}}
    assert with_moved_keys(values, NOW) == values


@given(old=SECTION, new=SECTION, other=SECTION)
def test_nothing_is_lost_and_nothing_is_changed_in_place(
    old: dict[str, Any], new: dict[str, Any], other: dict[str, Any]
) -> None:
    values = {"old": old, "new": new, "other": other}
    before = copy.deepcopy(values)
    found = with_moved_keys(values, NOW)
    assert values == before
    assert sum(map(len, found.values())) == sum(map(len, values.values()))
    assert with_moved_keys(found, NOW) == found
    for then, now in NOW.items():
        (a, key), (b, name) = then.split("."), now.split(".")
        if key in values[a] and name not in values[b]:
            assert found[b][name] == values[a][key]
            assert key not in found[a]


@pytest.mark.parametrize("values", [None, 3, "text", [1], [("old", {"size": 3})]])
def test_what_is_no_study_is_left_as_it_is(values: Any) -> None:
    assert with_moved_keys(values, NOW) is values


@pytest.mark.parametrize("section", [None, 3, "size", ["size"]])
def test_a_section_that_is_none_is_left_to_be_refused(section: Any) -> None:
    assert with_moved_keys({"old": section}, NOW) == {"old": section}


@pytest.mark.parametrize(("then", "now"), MOVED.items())
def test_every_key_that_has_moved_stands_where_it_is_said_to(
    study: dict[str, Any], then: str, now: str
) -> None:
    (old, key), (new, name) = then.split("."), now.split(".")
    default = getattr(getattr(validate(Study, study, "x"), new), name)
    value = default + 1 if isinstance(default, int) else default
    moved = validate(Study, {**study, old: {**study.get(old, {}), key: value}}, "x")
    assert getattr(getattr(moved, new), name) == value
    both = {**study, old: {key: value}, new: {name: value}}
    with pytest.raises(ConfigError, match=f"{old}.{key}: is called {now} now: move it there"):
        validate(Study, both, "x")
