"""The grammar of extended xyz: what ASE writes is read, and nothing stands for what it is not."""

import string
from typing import Any

import numpy as np
import pytest
from ase.io.extxyz import key_val_dict_to_str, key_val_str_to_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.data.formats.comment_line import keys_of, value_of
from nearsight.errors import CorruptFileError

NAMES = st.text(string.ascii_letters + "_", min_size=1, max_size=8)
REALS = st.floats(-1e6, 1e6).map(lambda x: round(x, 6))


@given(
    values=st.dictionaries(
        # A key that ASE gives a meaning of its own is not written as a plain one.
        NAMES.filter(lambda name: name.lower() not in ("pbc", "lattice", "cell")),
        st.one_of(REALS, st.integers(-(10**9), 10**9), st.booleans()),
        max_size=5,
    )
)
def test_what_ase_writes_comes_back(values: dict[str, Any]) -> None:
    assert keys_of(key_val_dict_to_str(values), "a.xyz") == values


@given(vector=st.lists(REALS, min_size=2, max_size=9))
def test_vectors_come_back(vector: list[float]) -> None:
    found = keys_of(key_val_dict_to_str({"v": np.array(vector)}), "a.xyz")["v"]
    assert found.tolist() == vector


@pytest.mark.parametrize(
    "comment",
    [
        "energy=-1.5 config_type=bulk",
        'Lattice="1 0 0 0 1 0 0 0 1" pbc="T F T"',
        "a = 3 b=4",
        "quoted='two words' other=\"and more\"",
        "just words here",
        "dashed-key=1 under_score=2.5e-3",
        "flag name=x",
    ],
)
def test_plain_lines_are_read_as_ase_reads_them(comment: str) -> None:
    ours, theirs = keys_of(comment, "a.xyz"), key_val_str_to_dict(comment)
    lattice = theirs.pop("Lattice", None)
    if lattice is not None:
        # ASE makes columns of it; here it is nine numbers.
        assert sorted(ours.pop("Lattice")) == sorted(np.ravel(lattice))
    assert ours.keys() == theirs.keys()
    assert all(np.array_equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("T", True),
        ("FALSE", False),
        ("true", True),
        ("T F T", [True, False, True]),
        ("", ""),
        ("  ", "  "),
        ("T 1", "T 1"),
        ("1 x", "1 x"),
        ("0x10", "0x10"),
        ("12345678901234567890", 12345678901234567890.0),
        ("1_000", 1000),
    ],
)
def test_values_are_what_they_look_like(text: str, value: Any) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["1 2 3", "1,2,3", " 1 ,2  3 "])
def test_several_numbers_are_an_array(text: str) -> None:
    assert value_of(text).tolist() == [1.0, 2.0, 3.0]


def test_numbers_that_are_none_are_kept_as_such() -> None:
    assert np.isnan(value_of("nan"))
    assert value_of("-inf") == -np.inf


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        (r'note="a \"quoted\" word"', 'a "quoted" word'),
        (r"note='it\'s'", "it's"),
        ("note={1 2 x}", "1 2 x"),
        ("note=[a b]", "a b"),
        ('note=""', ""),
        ('note="="', "="),
        (r'note="back\\slash"', r"back\slash"),
    ],
)
def test_marks_around_a_value_are_no_part_of_it(comment: str, value: str) -> None:
    assert keys_of(comment, "a.xyz") == {"note": value}


def test_a_bare_word_is_true_and_gives_way_to_a_value() -> None:
    assert keys_of("energy", "a.xyz") == {"energy": True}
    assert keys_of("energy energy=3", "a.xyz") == {"energy": 3}


def test_the_same_value_twice_is_once() -> None:
    assert keys_of("a=1 b=2 a=1", "a.xyz") == {"a": 1, "b": 2}


def test_two_values_of_one_key_are_told_with_both() -> None:
    with pytest.raises(CorruptFileError) as caught:
        keys_of("a=1 b=2 a=3", "a.xyz: line 2: frame 0")
    assert str(caught.value) == (
        "a.xyz: line 2: frame 0: 'a' stands twice in the comment: as '1' and as '3'"
    )


@settings(max_examples=40)
@given(comment=st.text(st.characters(codec="utf-8"), max_size=60))
def test_no_line_ends_in_anything_else(comment: str) -> None:
    fault = ""
    try:
        found = keys_of(comment, "a.xyz")
    except CorruptFileError as error:
        found, fault = {}, str(error)
    assert "\n" not in fault
    assert all(isinstance(key, str) for key in found)
