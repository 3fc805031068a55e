"""Trajectories of another run, which look the same, are not taken for those of a record."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ase.build import molecule
from dimers import frames_of
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.config import Dynamics, make_variant
from nearsight.data.frames import SUBSETS, write_frames
from nearsight.errors import MissingFileError, NearsightError, StaleFileError
from nearsight.families.registry import build_network
from nearsight.md.record.identity import ATTRIBUTE, require_same_run
from nearsight.md.simulate import simulate as simulate_any
from nearsight.models.model import Model
from nearsight.models.trained_model import TrainedModel
from nearsight.storage import read_dataset


def simulate(model: Model, *arguments: object, **options: object) -> xr.Dataset:
    """As any other model."""
    return simulate_any(TrainedModel(model), *arguments, **options)  # type: ignore[arg-type]


SETTINGS = Dynamics(replicas=2, duration=0.02, write_interval=4, temperature=300.0)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of the same network from the same data, of different seeds."""
    folder = tmp_path_factory.mktemp("runs")
    variant = make_variant(family="schnet", cutoff=4.0, depth=1, features=8, n_train=10)
    model = Model(build_network(variant), variant, atom_reference={1: -13.0, 8: -430.0})
    water = molecule("H2O")
    noise = 0.02 * np.random.default_rng(0).normal(size=(30, 3, 3))
    frames = frames_of(water.positions + noise, water.numbers.tolist())
    frames = replace(frames, subset=np.repeat(np.arange(len(SUBSETS)), 10))
    write_frames(frames, folder / "data.nc", title="water")
    for seed in (0, 1):
        simulate(
            model, frames, SETTINGS.model_copy(update={"seed": seed}), folder / f"{seed}.nc",
            inputs={"data": folder / "data.nc"}, trajectories=folder / f"trajectories_{seed}",
        )  # fmt: skip
    return folder


def stability(runs: Path, record: str, trajectories: str, out: Path) -> BaseException | None:
    arguments = ["stability", runs / record, "--trajectories", runs / trajectories]
    arguments += ["--data", runs / "data.nc", "--out", out]
    return CliRunner().invoke(app, [*map(str, arguments)]).exception


def test_own_trajectories(runs: Path, tmp_path: Path) -> None:
    assert stability(runs, "0.nc", "trajectories_0", tmp_path / "stability.nc") is None


def test_those_of_another_run(runs: Path, tmp_path: Path) -> None:
    error = stability(runs, "0.nc", "trajectories_1", tmp_path / "stability.nc")
    assert isinstance(error, StaleFileError)
    assert str(runs / "0.nc") in str(error)
    assert str(runs / "trajectories_1") in str(error)
    assert not (tmp_path / "stability.nc").exists()


def test_data_of_another_run(runs: Path, tmp_path: Path) -> None:
    other = read_dataset(runs / "data.nc").assign_attrs(title="other water")
    other.to_netcdf(tmp_path / "other.nc")
    arguments = ["stability", runs / "0.nc", "--trajectories", runs / "trajectories_0"]
    arguments += ["--data", tmp_path / "other.nc", "--out", tmp_path / "stability.nc"]
    error = CliRunner().invoke(app, [*map(str, arguments)]).exception
    assert isinstance(error, StaleFileError)
    assert str(runs / "0.nc") in str(error)
    assert str(tmp_path / "other.nc") in str(error)


def test_a_changed_byte(runs: Path, tmp_path: Path) -> None:
    record = read_dataset(runs / "0.nc")
    for path in (runs / "trajectories_0").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    require_same_run(runs / "0.nc", record, tmp_path)
    changed = tmp_path / "replica_001.nc"
    raw = bytearray(changed.read_bytes())
    raw[-5] ^= 1
    changed.write_bytes(raw)
    with pytest.raises(StaleFileError, match=r"replica_001\.nc: not the trajectory"):
        require_same_run(runs / "0.nc", record, tmp_path)
    changed.unlink()
    with pytest.raises(MissingFileError, match=r"replica_001\.nc"):
        require_same_run(runs / "0.nc", record, tmp_path)


def test_records_of_earlier_versions_go_by_energies(
    runs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record = read_dataset(runs / "0.nc")
    del record.attrs[ATTRIBUTE]
    with caplog.at_level(logging.WARNING):
        require_same_run(runs / "0.nc", record, runs / "trajectories_0")
    assert "of an earlier version" in caplog.text
    with pytest.raises(StaleFileError, match="kinetic energy") as found:
        require_same_run(runs / "0.nc", record, runs / "trajectories_1")
    assert str(runs / "0.nc") in str(found.value)


def test_a_run_that_wrote_none(runs: Path) -> None:
    record = read_dataset(runs / "0.nc").assign_attrs({ATTRIBUTE: "{}"})
    with pytest.raises(StaleFileError, match="wrote no trajectories"):
        require_same_run(runs / "0.nc", record, runs / "trajectories_0")
    for nonsense in ("[1]", "x"):
        with pytest.raises(NearsightError, match="list of trajectories cannot be read"):
            require_same_run(
                runs / "0.nc", record.assign_attrs({ATTRIBUTE: nonsense}), runs / "trajectories_0"
            )
