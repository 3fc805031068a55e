"""Words of messages, and settings as they are typed: files, inline, single keys."""

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.cli.app import section
from nearsight.cli.wording import as_options
from nearsight.cli.yardstick import chosen_yardstick
from nearsight.config import Sampling, Training
from nearsight.errors import ConfigError

PLAIN = st.text(string.ascii_lowercase + " .,:;=()", max_size=60)


@given(text=PLAIN)
def test_words_of_one_part_are_left_alone(text: str) -> None:
    assert as_options(text, ["out", "data", "file"]) == text


@given(before=PLAIN, after=PLAIN)
def test_a_parameter_becomes_its_option_wherever_it_stands_alone(before: str, after: str) -> None:
    text = f"{before} energy_unit {after}"
    assert as_options(text, ["energy_unit"]) == f"{before} --energy-unit {after}"


@pytest.mark.parametrize("mark", ["/", ".", "'", '"', "-", "x", "1", "_"])
def test_part_of_another_word_is_none(mark: str) -> None:
    text = f"a {mark}energy_unit b"
    assert as_options(text, ["energy_unit"]) == text


def test_what_was_made_an_option_stays_one() -> None:
    once = as_options("state energy_unit", ["energy_unit"])
    assert as_options(once, ["energy_unit"]) == once


def test_the_longer_of_two_names_is_not_cut() -> None:
    names = ["energy_unit", "energy_unit_of"]
    assert as_options("state energy_unit_of", names) == "state --energy-unit-of"


@pytest.mark.parametrize(
    "name",
    ["sampling", "training", "explain", "respond", "faithfulness", "dynamics", "failures",
     "statistics"],
)  # fmt: skip
def test_a_key_of_a_section_becomes_a_setting(name: str) -> None:
    assert as_options(f"{name}.seed = 3", ["settings"]) == "--set seed = 3"
    assert as_options(f"{name}.seed = 3", ["out"]) == f"{name}.seed = 3"
    assert as_options(f"results/{name}.seed = 3", ["settings"]) == f"results/{name}.seed = 3"


def test_a_key_of_the_split_is_one_where_there_is_a_split() -> None:
    assert as_options("lower split.block", ["split"]) == "lower block of --split"
    assert as_options("lower split.block", ["settings"]) == "lower split.block"
    assert as_options("lower data/split.block", ["split"]) == "lower data/split.block"


# Settings.


def test_defaults_where_nothing_is_given() -> None:
    assert section(Training, None, None) == Training()
    assert section(Training, None, []) == Training()


@pytest.mark.parametrize(
    ("pair", "key", "value"),
    [
        ("max_epochs=3", "max_epochs", 3),
        (" max_epochs = 3 ", "max_epochs", 3),
        ("learning_rate=1.0e-3", "learning_rate", 1e-3),
        ("learning_rate=1e-3", "learning_rate", 1e-3),
        ("compile=true", "compile", True),
        ("compile=false", "compile", False),
    ],
)
def test_one_key_at_a_time(pair: str, key: str, value: Any) -> None:
    assert getattr(section(Training, None, [pair]), key) == value


def test_a_single_key_wins_over_settings_and_the_last_over_the_first(tmp_path: Path) -> None:
    file = tmp_path / "my settings.yaml"
    file.write_text("{max_epochs: 5, batch_size: 7}")
    for settings in ("{max_epochs: 5, batch_size: 7}", str(file)):
        found = section(Training, settings, ["max_epochs=3", "max_epochs=4"])
        assert (found.max_epochs, found.batch_size) == (4, 7)


@pytest.mark.parametrize("pair", ["max_epochs", "", "max_epochs:3"])
def test_what_is_no_pair_is_shown(pair: str) -> None:
    with pytest.raises(ConfigError, match=f"--set {pair}: expected KEY=VALUE"):
        section(Training, None, [pair])


@pytest.mark.parametrize(
    ("settings", "pairs", "words"),
    [
        (None, ["epochs=3"], "--set: epochs: unknown key"),
        ("{epochs: 3}", None, "--settings: epochs: unknown key"),
        ("{batch_size: 2}", ["epochs=3"], "--settings and --set: epochs: unknown key"),
        (None, ["max_epochs=many"], "--set: max_epochs = 'many'"),
        (None, ["max_epochs=0"], "--set: max_epochs = 0"),
        (None, ["=3"], "--set: : unknown key|unknown key"),
        (None, ["max_epochs=[1"], "--set max_epochs="),
        ("[1, 2]", None, "--settings"),
        ("none.yaml", None, r"none\.yaml"),
    ],
)
def test_what_is_wrong_names_the_option_and_the_key(
    settings: str | None, pairs: list[str] | None, words: str
) -> None:
    with pytest.raises(Exception, match=words) as caught:
        section(Training, settings, pairs)
    assert "\n" not in str(caught.value)


def test_an_equals_sign_in_a_value_is_part_of_it() -> None:
    with pytest.raises(ConfigError, match="seed = 'a=b'"):
        section(Sampling, None, ["seed=a=b"])


# Yardsticks.


def test_no_yardstick_is_the_engine_of_the_labels() -> None:
    assert chosen_yardstick(None, None).engine == "same"
    assert chosen_yardstick(None, Path("model")).engine == "same"


def test_a_yardstick_by_name_with_arguments() -> None:
    assert chosen_yardstick("gfn2", None).engine == "gfn2"
    found = chosen_yardstick("{engine: 'ase.calculators.emt:EMT', arguments: {a: 1}}", None)
    assert (found.engine, found.arguments) == ("ase.calculators.emt:EMT", {"a": 1})
    assert found.is_calculator


def test_a_model_and_a_yardstick_are_two() -> None:
    with pytest.raises(ConfigError, match="--model and --yardstick: one of them can be run"):
        chosen_yardstick("gfn2", Path("model"))


@pytest.mark.parametrize("text", ["3", "[1]", "{engine: 3}", "{arguments: {a: 1}}", "gfn3", "{a"])
def test_what_is_no_yardstick_is_shown(text: str) -> None:
    with pytest.raises(ConfigError, match="--yardstick"):
        chosen_yardstick(text, None)
