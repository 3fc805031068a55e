"""What rules tell commands survives a shell, and says what is no reason to run anything again."""

import json
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.workflow.parameters import Untracked, as_json, as_options

TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=12)


@given(TEXT, TEXT)
def test_values_reach_the_command_as_they_are(one: str, other: str) -> None:
    """Whatever stands in them: spaces, quotes, dollars."""
    words = shlex.split(as_options({"--file": one, "--set": [one, other]}))
    assert words == ["--file", one, "--set", one, "--set", other]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ""),
        ({"--test": ""}, ""),
        ({"--test": "", "--seed": 0}, "--seed 0"),
        ({"--set": []}, ""),
        ({"--set": ["", "a=1"]}, "--set a=1"),
        ({"--file": "a b"}, "--file 'a b'"),
    ],
)
def test_what_has_no_value_is_left_out(values: dict[str, Any], expected: str) -> None:
    assert as_options(values) == expected


def test_settings_stay_in_their_order_and_numbers_numbers() -> None:
    """1e-6 is text in YAML, and a number in JSON."""
    settings = {"step": 1e-6, "a": [1, 2], "none": None, "on": True}
    assert list(json.loads(as_json(settings))) == list(settings)
    assert json.loads(as_json(settings)) == settings


def test_what_is_untracked_is_an_object_of_a_kind_that_is_not_compared() -> None:
    """Snakemake compares text, numbers and lists of the last run with those of this one."""
    value = Untracked("--checkpoint-every 3")
    assert f"{value}" == "--checkpoint-every 3"
    assert not isinstance(value, str | int | float | list | dict)
