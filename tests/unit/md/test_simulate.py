"""From a network and a data set to files; the network has random weights, which suffices here."""

import json
from dataclasses import replace
from pathlib import Path

import MDAnalysis
import numpy as np
import pytest
from ase.build import molecule
from dimers import frames_of

from nearsight.config import Dynamics, Variant
from nearsight.data.frames import SUBSETS, Frames
from nearsight.errors import DataError, ModelError
from nearsight.md import stability
from nearsight.md.simulate import simulate
from nearsight.models.model import Model
from nearsight.models.network import build_network
from nearsight.storage import read_dataset, sha256

SETTINGS = Dynamics(replicas=3, duration=0.02, write_interval=4, temperature=300.0)


@pytest.fixture(scope="module")
def model() -> Model:
    variant = Variant(architecture="schnet", cutoff=4.0, depth=1, features=8, n_train=10)
    return Model(build_network(variant), variant, atom_reference={1: -13.0, 8: -430.0})


@pytest.fixture
def frames() -> Frames:
    water = molecule("H2O")
    noise = 0.02 * np.random.default_rng(0).normal(size=(30, 3, 3))
    made = frames_of(water.positions + noise, water.numbers.tolist())
    return replace(made, subset=np.repeat(np.arange(len(SUBSETS)), 10))


def test_record_and_trajectories_agree(model: Model, frames: Frames, tmp_path: Path):
    out, folder = tmp_path / "dynamics.nc", tmp_path / "trajectories"
    source = tmp_path / "model.txt"
    source.write_text("stands for a model file")
    simulate(model, frames, SETTINGS, out, trajectories=folder, inputs={"model": source})
    record = read_dataset(out)
    assert record.sizes["replica"] == 3
    assert json.loads(record.attrs["inputs"]) == {"model": sha256(source)}
    assert json.loads(record.attrs["settings"]) == SETTINGS.model_dump()
    assert record.attrs["wall_seconds"] > 0
    # Atom references are part of the energy.
    assert abs(float(record["potential_energy"][0, 0]) + 456) < 5
    test = frames.of_subset("test").position.reshape(10, 3, 3)
    for k in range(3):
        universe = MDAnalysis.Universe(folder / "topology.pdb", folder / f"replica_{k:03d}.nc")
        start = test[int(record["start_frame"][k])]
        np.testing.assert_allclose(universe.atoms.positions, start, atol=1e-6)
        n_frames = int(record["kinetic_energy"][k].notnull().sum())
        assert len(universe.trajectory) == n_frames
    assert int(stability(record)["n_replicas"]) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dynamics.nc", "model.txt", "trajectories",
    ]  # fmt: skip


def test_energy_of_a_network_is_conserved(model: Model, frames: Frames, tmp_path: Path):
    out = tmp_path / "dynamics.nc"
    double = SETTINGS.model_copy(update={"precision": "float64", "timestep": 0.1})
    simulate(model, frames, double, out)
    record = read_dataset(out)
    total = (record["potential_energy"] + record["kinetic_energy"]).to_numpy()
    kinetic = record["kinetic_energy"].to_numpy()
    change = np.nanmax(total, axis=1) - np.nanmin(total, axis=1)
    assert (change < 0.01 * (np.nanmax(kinetic, axis=1) - np.nanmin(kinetic, axis=1))).all()


def test_diverged_model_leaves_its_reason(model: Model, frames: Frames, tmp_path: Path):
    lost = replace(model, status="diverged", reason="loss is not finite in epoch 3")
    out, folder = tmp_path / "dynamics.nc", tmp_path / "trajectories"
    simulate(lost, frames, SETTINGS, out, trajectories=folder)
    assert read_dataset(out).attrs["reason"] == "loss is not finite in epoch 3"
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_without_test_frames_nothing_is_written(model: Model, frames: Frames, tmp_path: Path):
    with pytest.raises(DataError, match="start geometries: there are 0 frames"):
        simulate(model, frames.of_subset("train"), SETTINGS, tmp_path / "dynamics.nc")
    assert not list(tmp_path.iterdir())


def test_element_that_was_not_trained_on_is_refused(frames: Frames, model: Model, tmp_path: Path):
    poor = replace(model, atom_reference={1: -13.0})
    with pytest.raises(ModelError, match=r"nuclear charge \[8\]"):
        simulate(poor, frames, SETTINGS, tmp_path / "dynamics.nc")
