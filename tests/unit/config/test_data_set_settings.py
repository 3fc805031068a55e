"""Where data come from: three sources, what each needs, and what cannot be sampled or split."""

import itertools
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from nearsight.config import (
    DatasetSpec,
    GeneratedDataset,
    ImportedDataset,
    PublishedDataset,
    Sampling,
    Split,
    validate,
)
from nearsight.config.datasets import MOST_ENGINE_STEPS, EnergyUnit, LengthUnit
from nearsight.errors import ConfigError

GENERATE = {"source": "generate", "molecule": "ethanol"}
IMPORT = {"source": "import", "file": "a.xyz", "energy_unit": "eV"}
PUBLISHED = {"source": "published", "name": "qm9"}
EVERY = [(GENERATE, GeneratedDataset), (IMPORT, ImportedDataset), (PUBLISHED, PublishedDataset)]


@pytest.mark.parametrize(("values", "kind"), EVERY)
def test_the_source_says_which_it_is(values: dict[str, Any], kind: type) -> None:
    found = TypeAdapter(DatasetSpec).validate_python(values)
    assert type(found) is kind
    assert found.split == Split()
    assert kind.model_validate(found.model_dump()) == found


@pytest.mark.parametrize(("values", "kind"), EVERY)
def test_what_is_needed_is_named(values: dict[str, Any], kind: type) -> None:
    for key in values.keys() - {"source"}:
        less = {k: v for k, v in values.items() if k != key}
        with pytest.raises(ConfigError, match=f"x: {key}: required key is missing"):
            validate(kind, less, "x")


@pytest.mark.parametrize(
    ("values", "kind", "foreign"),
    [
        (GENERATE, GeneratedDataset, "file"),
        (GENERATE, GeneratedDataset, "n_frames"),
        (IMPORT, ImportedDataset, "sampling"),
        (IMPORT, ImportedDataset, "molecule"),
        (PUBLISHED, PublishedDataset, "level_of_theory"),
        (PUBLISHED, PublishedDataset, "energy_unit"),
    ],
)
def test_keys_of_one_source_are_none_of_another(
    values: dict[str, Any], kind: type, foreign: str
) -> None:
    with pytest.raises(ConfigError, match=f"{foreign}: unknown key"):
        validate(kind, {**values, foreign: 3}, "x")


def test_every_force_unit_is_an_energy_over_a_length() -> None:
    for energy, length in itertools.product(get_args(EnergyUnit), get_args(LengthUnit)):
        text = f"{energy}/{length}"
        assert validate(ImportedDataset, {**IMPORT, "force_unit": text}, "x").force_unit == text
    assert validate(ImportedDataset, {**IMPORT, "force_unit": ""}, "x").force_unit == ""


@pytest.mark.parametrize(
    "text", ["eV", "eV/", "/bohr", "bohr/eV", "eV/angstrom/", "eV/angstrom\n", "Ry/bohr", "x" * 40]
)
def test_other_force_units_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x: force_unit = .*: string should"):
        validate(ImportedDataset, {**IMPORT, "force_unit": text}, "x")


@pytest.mark.parametrize("name", ["qm9", "rmd17_ethanol", "a1"])
def test_names_of_the_table(name: str) -> None:
    assert validate(PublishedDataset, {**PUBLISHED, "name": name}, "x").name == name


@pytest.mark.parametrize("name", ["", "QM9", "qm-9", "qm 9", "../qm9", "qm9;ls", "q" * 101])
def test_what_is_no_name_of_the_table(name: str) -> None:
    with pytest.raises(ConfigError, match="x: name = "):
        validate(PublishedDataset, {**PUBLISHED, "name": name}, "x")


@pytest.mark.parametrize("values", [GENERATE, IMPORT, PUBLISHED])
def test_a_temperature_of_its_own(values: dict[str, Any]) -> None:
    (kind,) = [kind for known, kind in EVERY if known is values]
    assert validate(kind, values, "x").dynamics_temperature == 0.0
    assert validate(kind, {**values, "dynamics_temperature": 300.0}, "x").dynamics_temperature
    with pytest.raises(ConfigError, match="dynamics_temperature = -1"):
        validate(kind, {**values, "dynamics_temperature": -1.0}, "x")


# Sampling.


@given(
    n_frames=st.integers(1, 2000), n_trajectories=st.integers(1, 50), stride=st.integers(1, 1000)
)
def test_frames_fill_their_trajectories(n_frames: int, n_trajectories: int, stride: int) -> None:
    values = {"n_frames": n_frames, "n_trajectories": n_trajectories, "stride": stride}
    if n_frames % n_trajectories == 0:
        assert validate(Sampling, values, "x").n_frames == n_frames
        return
    with pytest.raises(ConfigError) as caught:
        validate(Sampling, values, "x")
    assert str(caught.value) == (
        f"x: n_frames ({n_frames}) must be a multiple of n_trajectories ({n_trajectories})"
    )


@pytest.mark.parametrize(("off", "fits"), [(0, True), (1, False)])
def test_a_month_of_the_engine_is_the_most(off: int, fits: bool) -> None:
    stride, n_trajectories = 1000, 4
    n_frames = 996_000
    equilibration = (MOST_ENGINE_STEPS - n_frames * stride) // n_trajectories + off
    values = {
        "n_frames": n_frames,
        "n_trajectories": n_trajectories,
        "stride": stride,
        "equilibration": equilibration,
    }
    if fits:
        assert validate(Sampling, values, "x").equilibration == equilibration
        return
    with pytest.raises(ConfigError, match=rf"are {MOST_ENGINE_STEPS + 4} steps; at most 10"):
        validate(Sampling, values, "x")


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [("temperature", 1.0, 10_000.0), ("timestep", 0.001, 2.0), ("accuracy", 1e-9, 100.0)],
)
def test_bounds_of_what_is_physical(key: str, least: float, most: float) -> None:
    for value in (least, most):
        assert getattr(validate(Sampling, {key: value}, "x"), key) == value
    for value in (0.99 * least, 1.01 * most):
        with pytest.raises(ConfigError, match=f"x: {key} = "):
            validate(Sampling, {key: value}, "x")


# Splits.


@given(validation=st.floats(0.01, 0.99), test=st.floats(0.01, 0.99))
def test_something_is_left_to_train_on(validation: float, test: float) -> None:
    values = {"validation": validation, "test": test}
    if validation + test < 1:
        assert validate(Split, values, "x").test == test
        return
    with pytest.raises(ConfigError, match="validation \\+ test must be below 1"):
        validate(Split, values, "x")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"block": 0}, "block = 0: input should be greater than 0"),
        ({"block": 2.5}, "block = 2.5"),
        ({"validation": 0.0}, "validation = 0.0: input should be greater than 0"),
        ({"test": 1.0}, "test = 1.0: input should be less than 1"),
        ({"seed": -1}, "seed = -1"),
        ({"share": 0.1}, "share: unknown key"),
    ],
)
def test_splits_that_cannot_be(values: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        validate(Split, values, "x")
    assert words in str(caught.value)
