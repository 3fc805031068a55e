"""A start that breaks a rule at step 0 is no failure of a model: it is left out, or refused."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ase.build import molecule
from dimers import frames_of

from nearsight.config import Dynamics, make_variant
from nearsight.data.frames import SUBSETS, Frames
from nearsight.errors import DataError
from nearsight.families.registry import build_network
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.rules.sound_starts import sound_starts
from nearsight.md.simulate import simulate as simulate_any
from nearsight.models.model import Model
from nearsight.models.trained_model import TrainedModel
from nearsight.storage import read_dataset


def simulate(model: Model, *arguments: object, **options: object) -> xr.Dataset:
    """As any other model."""
    return simulate_any(TrainedModel(model), *arguments, **options)  # type: ignore[arg-type]


SETTINGS = Dynamics(replicas=6, duration=0.005, temperature=300.0)
ETHANOL = molecule("CH3CH2OH")


@pytest.fixture
def frames() -> Frames:
    noise = 0.02 * np.random.default_rng(0).normal(size=(30, 9, 3))
    made = frames_of(ETHANOL.positions + noise, ETHANOL.numbers.tolist())
    return replace(made, subset=np.repeat(np.arange(len(SUBSETS)), 10))


@pytest.fixture(scope="module")
def model() -> Model:
    variant = make_variant(family="schnet", cutoff=3.0, depth=1, features=8, n_train=10)
    return Model(build_network(variant), variant, {1: -13.0, 6: -1030.0, 8: -2040.0})


def changed(frames: Frames, chosen: range, change: Callable[[np.ndarray], None]) -> Frames:
    position = frames.position.reshape(30, 9, 3).copy()
    for k in chosen:
        change(position[k])
    return replace(frames, position=position.reshape(-1, 3))


def swap(position: np.ndarray) -> None:
    """The hydrogen of the oxygen and one of a carbon."""
    position[[3, 8]] = position[[8, 3]]


def stretch(position: np.ndarray) -> None:
    position[3] += 0.55 * (position[3] - position[2]) / np.linalg.norm(position[3] - position[2])


def lose(position: np.ndarray) -> None:
    position[8] = np.nan


@pytest.mark.parametrize(("change", "rule"), [(swap, "bond"), (stretch, "bond")])
def test_some_are_left_out(
    change: Callable[[np.ndarray], None], rule: str, frames: Frames, model: Model, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    few = changed(frames, range(22, 26), change)
    with caplog.at_level(logging.WARNING):
        simulate(model, few, SETTINGS, tmp_path / "d.nc", inputs={})
    assert "4 of 10 start geometries break a rule of dynamics at step 0" in caplog.text
    assert f"of test frame 2 {rule} (atoms" in caplog.text
    record = read_dataset(tmp_path / "d.nc")
    assert set(record["start_frame"].to_numpy().tolist()) == {0, 1, 6, 7, 8, 9}
    assert (record["end_step"] > 0).all()
    assert record.attrs["starts_left_out"] == 4


def test_most_are_an_error(frames: Frames, model: Model, tmp_path: Path) -> None:
    file = tmp_path / "data.nc"
    file.write_text("stands for a data set")
    many = changed(frames, range(21, 30), swap)
    with pytest.raises(DataError, match=r"data\.nc: 9 of 10 start geometries .* frame 1 bond"):
        simulate(model, many, SETTINGS, tmp_path / "d.nc", inputs={"data": file})
    assert not (tmp_path / "d.nc").exists()


def test_atoms_in_another_order_in_every_frame(
    frames: Frames, model: Model, tmp_path: Path
) -> None:
    """Every bond of the mean is none then, and all replicas ended by ``topology`` at 0 fs."""
    rng = np.random.default_rng(3)
    hydrogens = [k for k in range(9) if ETHANOL.numbers[k] == 1]

    def shuffle(position: np.ndarray) -> None:
        position[hydrogens] = position[rng.permutation(hydrogens)]

    mixed = changed(frames, range(30), shuffle)
    with pytest.raises(DataError, match="like atoms in another order from frame to frame"):
        simulate(model, mixed, SETTINGS, tmp_path / "d.nc", inputs={})


def test_another_order_in_the_test_subset_alone(
    frames: Frames, model: Model, tmp_path: Path
) -> None:
    numbers = frames.atomic_number.reshape(30, 9).copy()
    numbers[20:] = numbers[20:, ::-1]
    with pytest.raises(DataError, match="other atoms than training frames, or the same in another"):
        simulate(
            model, replace(frames, atomic_number=numbers.ravel()), SETTINGS, tmp_path / "d.nc",
            inputs={},
        )  # fmt: skip


def test_all_rules_are_asked(frames: Frames) -> None:
    train, test = frames.of_subset("train"), frames.of_subset("test")
    guards = reference_guards(train, Dynamics())
    assert sound_starts(test, train, guards, "x").tolist() == list(range(10))
    lost = changed(frames, range(29, 30), lose).of_subset("test")
    assert sound_starts(lost, train, guards, "x").tolist() == list(range(9))
