"""The base of every section of the configuration: strict, closed, and never changed."""

from typing import ClassVar

import pytest
from pydantic import ValidationError

from nearsight.limits import LONGEST_PATH
from nearsight.section import PathText, Section, Words, setting


class Example(Section):
    """A section of each kind of value."""

    stages: ClassVar[tuple[str, ...]] = ("train",)

    count: int = setting(3, unit="frames", description="How many.", ge=0, le=9)
    size: float = setting(1.0, unit="angstrom", description="How large.", gt=0, le=10)
    note: Words = setting("", unit="", description="In words.", stages=())
    path: PathText = setting("a", unit="", description="Where.")
    flag: bool = setting(False, unit="", description="Whether.")


class Needed(Section):
    """One that cannot be left out."""

    name: Words = setting(unit="", description="What it is called.")


def fault(**values: object) -> str:
    with pytest.raises(ValidationError) as caught:
        Example(**values)  # type: ignore[arg-type]
    (error,) = caught.value.errors()
    return f"{error['type']}: {error['msg']}"


def test_defaults_stand_where_nothing_is_said() -> None:
    assert Example() == Example(count=3, size=1.0, note="", path="a", flag=False)
    with pytest.raises(ValidationError, match="name"):
        Needed()  # type: ignore[call-arg]


def test_unknown_keys_are_refused() -> None:
    assert "extra_forbidden" in fault(counts=3)


def test_nothing_is_changed_once_it_is_made() -> None:
    section = Example()
    with pytest.raises(ValidationError, match="frozen"):
        section.count = 4  # type: ignore[misc]
    assert hash(Example()) == hash(Example())


@pytest.mark.parametrize(
    "values",
    [
        {"count": "3"},
        {"count": 3.0},
        {"count": True},
        {"size": "1.0"},
        {"flag": 1},
        {"flag": "yes"},
        {"note": 3},
        {"count": None},
        {"path": ["a"]},
    ],
)
def test_one_kind_is_not_taken_for_another(values: dict[str, object]) -> None:
    assert "type" in fault(**values)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_numbers_are_numbers(value: float) -> None:
    assert "finite" in fault(size=value) or "less" in fault(size=value)


@pytest.mark.parametrize(
    ("key", "value"), [("count", -1), ("count", 10), ("size", 0), ("size", 11)]
)
def test_bounds_hold_at_both_ends(key: str, value: float) -> None:
    assert "input should be" in fault(**{key: value}).lower()
    assert Example(count=0).count == 0
    assert Example(count=9, size=10).size == 10


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "a\tb", "\x1b[31m", "a\u2028b", "\u200b"])
@pytest.mark.parametrize("key", ["note", "path"])
def test_text_is_one_line_that_can_be_shown(key: str, text: str) -> None:
    assert "line break or a control character: leave it out" in fault(**{key: text})


@pytest.mark.parametrize("text", ["water ≤ 3 Å", "氢", "a  b", " ", "-1", "{}"])
def test_words_may_be_any(text: str) -> None:
    assert Example(note=text).note == text
    assert "at most 200 characters" in fault(note="x" * 201)


@pytest.mark.parametrize("text", ["a b.xyz", "../data/é.nc", "/a", "~/a", "a-b", "./-a", "a;b", ""])
def test_paths_may_be_unusual(text: str) -> None:
    assert Example(path=text).path == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("-a.xyz", "a path that begins with - would be an option: put ./ before it"),
        ("--out", "would be an option"),
        ("a{b}.xyz", "{ in a path is a wildcard to Snakemake: rename the file"),
        ("a}.xyz", "} in a path is a wildcard"),
        ("x" * (LONGEST_PATH + 1), f"at most {LONGEST_PATH} characters"),
    ],
)
def test_paths_that_others_would_misread(text: str, words: str) -> None:
    assert words in fault(path=text)


def test_units_descriptions_and_stages_go_into_the_schema() -> None:
    properties = Example.model_json_schema()["properties"]
    assert properties["size"]["unit"] == "angstrom"
    assert properties["size"]["description"] == "How large."
    assert properties["size"]["exclusiveMinimum"] == 0
    assert properties["note"]["stages"] == []
    # Those of the section are said once, by the section.
    assert "stages" not in properties["count"]
    assert Example.model_json_schema()["additionalProperties"] is False


def test_what_is_dumped_is_what_it_was() -> None:
    section = Example(count=5, note="x")
    assert Example(**section.model_dump()) == section
    assert Example.model_validate_json(section.model_dump_json()) == section
