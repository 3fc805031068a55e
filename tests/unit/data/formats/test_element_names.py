"""From symbols and numbers to nuclear charges, and what is none."""

import pytest
from ase.data import atomic_numbers, chemical_symbols

from nearsight.data.formats.nuclear_charges import LAST, nuclear_charge
from nearsight.errors import DataError


def test_every_element_by_symbol_in_any_case_and_by_number() -> None:
    for number in range(1, LAST + 1):
        symbol = chemical_symbols[number]
        for text in (symbol, symbol.lower(), symbol.upper(), str(number), f"{number:03d}"):
            assert nuclear_charge(text) == number


@pytest.mark.parametrize("text", ["0", "000", "119", "999", "0001", "1000", "-1", "+1", "1.0", "²"])
def test_numbers_of_no_element(text: str) -> None:
    with pytest.raises(DataError, match="is no element; write a symbol such as C or Cl"):
        nuclear_charge(text)


@pytest.mark.parametrize("text", ["X", "x", "Qq", "", "C1", "CA ", "H+", "Hydrogen"])
def test_words_of_no_element(text: str) -> None:
    assert atomic_numbers["X"] == 0
    with pytest.raises(DataError, match=f"'{text.strip()}.*' is no element".replace("+", "[+]")):
        nuclear_charge(text)


@pytest.mark.parametrize(("text", "name"), [("D", "deuterium"), ("d", "deuterium"), ("T", "tri")])
def test_isotopes_have_no_symbol_here(text: str, name: str) -> None:
    with pytest.raises(DataError, match=rf"'{text}' is {name}.*: write H; masses are those of"):
        nuclear_charge(text)


def test_a_long_word_is_cut_in_the_message() -> None:
    with pytest.raises(DataError) as caught:
        nuclear_charge("x" * 5000)
    assert len(str(caught.value)) < 120
