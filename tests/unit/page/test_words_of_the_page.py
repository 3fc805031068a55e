"""Units and paragraphs as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight import units
from nearsight.page.wording import folded, paragraphs, unit_as_read


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        (units.HESSIAN, "eV Å⁻²"),
        (units.FORCE, "eV Å⁻¹"),
        (units.DRIFT, "meV atom⁻¹ ps⁻¹"),
        (units.WAVENUMBER, "cm⁻¹"),
        (units.ONE, ""),
        ("eV", "eV"),
        ("eV/Å^2", "eV/Å²"),
        ("eV/angstrom2", "eV/Å²"),
        ("eV/Å²", "eV/Å²"),
        ("%", "%"),
        ("", ""),
    ],
)
def test_units_as_chemists_write_them(unit: str, read: str) -> None:
    assert unit_as_read(unit) == read
    assert unit_as_read(read) == read


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert paragraphs("one\ntwo\n\n  \nthree\n") == ["one\ntwo", "three"]
    assert paragraphs(" \n ") == []


def test_a_long_text_is_folded_after_a_sentence() -> None:
    text = "One is here. Two at 0.5 Å. Three is last."
    assert folded(text, 100) == (text, "")
    assert folded(text, 30) == ("One is here. Two at 0.5 Å.", "Three is last.")
    assert folded(text, 5) == ("One is here.", "Two at 0.5 Å. Three is last.")
    assert folded("no sentence ends. here", 5) == ("no sentence ends. here", "")


@given(
    st.lists(st.sampled_from(["A b.", "C, d!", "E 1.5 f?", "g"]), max_size=30), st.integers(1, 99)
)
def test_no_word_is_lost_in_the_fold(sentences: list[str], most: int) -> None:
    text = " ".join(sentences)
    assert " ".join(part for part in folded(text, most) if part) == text
