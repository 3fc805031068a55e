"""The setting ``yardstick``: one word or a section, checked before any job."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nearsight.config import Study, Yardstick, validate
from nearsight.config.export import key_table, schema
from nearsight.errors import ConfigError


@pytest.mark.parametrize("engine", ["same", "gfn2", "ase.calculators.emt:EMT", "mine:make"])
def test_one_word_is_short_for_a_section(study: dict[str, Any], engine: str) -> None:
    short = validate(Study, {**study, "yardstick": engine}, "study")
    long = validate(Study, {**study, "yardstick": {"engine": engine}}, "study")
    assert short.yardstick == long.yardstick == Yardstick(engine=engine)
    # As rules hand it over, and as study.json holds it.
    assert validate(Study, json.loads(short.model_dump_json()), "study") == short


def test_the_engine_of_the_labels_is_the_default(study: dict[str, Any]) -> None:
    assert validate(Study, study, "study").yardstick == Yardstick(engine="same")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("GFN2", r"study: yardstick\.engine = 'GFN2': expected package\.module:factory"),
        ("pbe0", r"same or gfn2"),
        ("a.b:", r"expected package\.module:factory"),
        ("a b:c", r"expected package\.module:factory"),
        ("../mine:make", r"expected package\.module:factory"),
        ("m:f" + "x" * 200, r"at most 200 characters"),
        (3, r"study: yardstick = 3: expected package\.module:factory"),
        (None, r"study: yardstick = None: expected"),
        (["gfn2"], r"study: yardstick = \['gfn2'\]: expected"),
        ({"calculator": "gfn2"}, r"study: yardstick\.calculator: unknown key"),
        ({"engine": "gfn2", "arguments": {"a": 1}}, r"arguments belongs to a calculator by name"),
        ({"engine": "same", "level_of_theory": "PBE"}, r"level_of_theory belongs to a calculator"),
        ({"engine": "m:f", "arguments": {"a": float("nan")}}, r"a is none of what arguments may"),
        ({"engine": "m:f", "arguments": {"a": [{"b": 1e300}]}}, r"numbers up to 1e\+18"),
        ({"engine": "m:f", "arguments": {"a": 10**400}}, r"a is none of what"),
        ({"engine": "m:f", "arguments": {"a": {1: 2}}}, r"a is none of what"),
        ({"engine": "m:f", "arguments": {"a": date(2026, 1, 1)}}, r"a is none of what"),
        ({"engine": "m:f", "arguments": {"a": [[[[[1]]]]]}}, r"a is none of what"),
        ({"engine": "m:f", "arguments": {"a": "x" * 2000}}, r"a is none of what"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(
    study: dict[str, Any], value: Any, text: str
) -> None:
    with pytest.raises(ConfigError, match=text):
        validate(Study, {**study, "yardstick": value}, "study")


@pytest.mark.parametrize(
    ("yardstick", "labels", "level"),
    [
        ({}, "GFN2-xTB", "GFN2-xTB"),
        ({}, "gfn2-xtb", "GFN2-xTB"),
        ({}, "PBE/def2-SVP", ""),
        ({}, "unknown", ""),
        ({"engine": "gfn2"}, "PBE/def2-SVP", "GFN2-xTB"),
        ({"engine": "a:b"}, "PBE/def2-SVP", "a:b"),
        ({"engine": "a:b", "level_of_theory": "PBE0"}, "GFN2-xTB", "PBE0"),
    ],
)
def test_level_beside_data(yardstick: dict[str, str], labels: str, level: str) -> None:
    assert Yardstick(**yardstick).level_beside(labels) == level


def test_schema_and_table_know_both_forms(study: dict[str, Any]) -> None:
    for value in ("gfn2", {"engine": "a:b", "arguments": {"x": [1, None]}}):
        jsonschema.validate({**study, "yardstick": value}, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**study, "yardstick": 3}, schema())
    table = key_table()
    assert "| `yardstick.engine` | text |  | `same` |" in table
    assert "| `yardstick.arguments` | keys and values |" in table


def test_published_levels_come_from_the_table(study: dict[str, Any], tmp_path: Path) -> None:
    from nearsight.data.levels import levels_of_theory, missing_yardsticks

    study["datasets"]["c"] = {"source": "published", "name": "rmd17_ethanol"}
    study["datasets"]["d"] = {"source": "published", "name": "no_such_set"}
    study["datasets"]["b"]["level_of_theory"] = "B3LYP"
    made = validate(Study, study, "study")
    assert levels_of_theory(made) == {
        "a": "GFN2-xTB", "b": "B3LYP", "c": "PBE/def2-SVP", "d": "unknown",
    }  # fmt: skip
    assert [line.split()[2] for line in missing_yardsticks(made)] == ["b", "c", "d"]
    # Without the table, outside a checkout, what is published is not known.
    assert levels_of_theory(made, tmp_path / "none.tsv")["c"] == "unknown"
    other = validate(Study, {**study, "yardstick": "gfn2"}, "study")
    assert missing_yardsticks(other) == []
    elsewhere = made.model_copy(update={"aim": "accuracy"})
    assert missing_yardsticks(elsewhere) == []


def test_check_warns_and_says_what_to_set(
    study: dict[str, Any], study_file: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from nearsight.cli.configuration import check

    check(study_file(study))
    said = capsys.readouterr()
    assert "yardstick: a: GFN2-xTB\n" in said.out
    (warning,) = said.err.splitlines()
    assert "data set b has no yardstick" in warning
    assert "Set yardstick: gfn2" in warning
    assert "datasets.b.level_of_theory" in warning
    check(study_file({**study, "yardstick": "gfn2"}))
    said = capsys.readouterr()
    assert "b: GFN2-xTB, beside labels of an unknown level of theory" in said.out
    assert not said.err
