"""Which key holds the energy and which the forces: one of each, the same in all frames."""

from typing import Any

import numpy as np
import pytest

from nearsight.data.formats.keys import NO_FORCES, KeyOf, is_number, keys_found, pick
from nearsight.errors import DataError


def picked(present: dict[str, Any], chosen: str | None = None, word: str = "energy") -> str:
    candidates = {key: value for key, value in present.items() if is_number(value)}
    return pick(candidates, chosen, word, "a.xyz: frame 0", present)


def fault(present: dict[str, Any], chosen: str | None = None, word: str = "energy") -> str:
    with pytest.raises(DataError) as caught:
        picked(present, chosen, word)
    assert str(caught.value).startswith("a.xyz: frame 0: ")
    return str(caught.value).removeprefix("a.xyz: frame 0: ")


@pytest.mark.parametrize("key", ["energy", "Energy", "dft_energy", "total energy", "ENERGY_0K"])
def test_the_one_key_that_holds_the_word(key: str) -> None:
    assert picked({key: -1.0, "dipole": 2.0}) == key


def test_the_free_energy_of_a_calculator_is_not_meant() -> None:
    assert picked({"energy": -1.0, "free_energy": -1.1}) == "energy"
    assert fault({"free_energy": -1.1}).startswith("no energy key; keys found: free_energy")


def test_a_choice_wins_over_everything() -> None:
    present = {"energy": -1.0, "other": -2.0, "free_energy": -3.0}
    assert [picked(present, key) for key in present] == list(present)


def test_several_are_named_and_the_option_too() -> None:
    assert fault({"energy_a": 1, "energy_b": 2, "x": 3}) == (
        "several energy keys (energy_a, energy_b); keys found: energy_a, energy_b, x; "
        "choose with energy_key"
    )
    assert "choose with force_key" in fault({"x": 1}, word="force")


def test_a_choice_that_is_not_there_names_what_is() -> None:
    assert fault({"e": 1.0, "b": 2.0}, "energy") == "no energy_key 'energy'; keys found: b, e"
    assert fault({}, "energy") == "no energy_key 'energy'; keys found: none"


@pytest.mark.parametrize("value", [None, "-1,5", "n/a", ""])
@pytest.mark.parametrize("chosen", [None, "energy"])
def test_a_label_that_is_no_number_is_shown(value: str | None, chosen: str | None) -> None:
    message = fault({"energy": value}, chosen)
    shown = "" if value is None else value
    assert message.startswith("energy = ")
    assert shown in message
    assert message.endswith("is no number; write plain digits, e.g. -1.0")


def test_of_many_keys_a_dozen_are_listed() -> None:
    message = fault({f"k{number:03d}": 1.0 for number in range(500)})
    assert "k000, k001" in message
    assert "k011 and 488 more" in message
    assert "k012" not in message


def test_a_file_is_asked_once_and_holds_to_it() -> None:
    energy = KeyOf("energy", None)
    for number in range(3):
        assert energy.pick({"energy": 1.0}, {"energy": 1.0}, f"a: frame {number}") == "energy"
    with pytest.raises(DataError) as caught:
        energy.pick({"dft_energy": 1.0}, {"dft_energy": 1.0}, "a: frame 3")
    assert str(caught.value) == (
        "a: frame 3: energy is called 'dft_energy', in frame 0 'energy': choose with energy_key; "
        "they may be of different methods"
    )
    assert energy.found == "energy"


def test_an_empty_choice_is_none() -> None:
    assert KeyOf("energy", "").pick({"energy": 1.0}, {"energy": 1.0}, "a: frame 0") == "energy"


def test_what_was_found_is_said_of_those_that_were_asked_for() -> None:
    energy, force = KeyOf("energy", None), KeyOf("force", None)
    energy.pick({"E energy": 1.0}, {"E energy": 1.0}, "a: frame 0")
    assert keys_found(energy, force) == {"energy": "E energy"}
    assert NO_FORCES not in keys_found(energy, force)


@pytest.mark.parametrize("value", [1, -1.5, np.float32(2), np.array(3.0), np.nan, np.inf])
def test_numbers(value: Any) -> None:
    assert is_number(value)


@pytest.mark.parametrize(
    "value", ["1", None, True, np.True_, [1.0], np.ones(1), 1j, b"1", {}, np.datetime64("2020")]
)
def test_what_is_no_number(value: Any) -> None:
    assert not is_number(value)
