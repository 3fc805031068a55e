"""From a network and a data set to files; the network has random weights, which suffices here."""

import json
from dataclasses import replace
from pathlib import Path

import MDAnalysis
import numpy as np
import pytest
import xarray as xr
from ase.build import molecule
from dimers import frames_of

from nearsight.config import Dynamics, Yardstick, make_variant
from nearsight.data.engine import LEVEL_OF_THEORY
from nearsight.data.frames import SUBSETS, Frames, join_frames
from nearsight.data.yardstick import NoYardstickError
from nearsight.errors import DataError, ModelError, ReferenceEngineError
from nearsight.families.registry import build_network
from nearsight.md.analysis.stability import stability
from nearsight.md.rules.guards import EndKind
from nearsight.md.simulate import simulate as simulate_any
from nearsight.md.simulate import simulate_reference
from nearsight.models.model import Model
from nearsight.models.trained_model import TrainedModel
from nearsight.storage import read_dataset, sha256


def simulate(model: Model, *arguments: object, **options: object) -> xr.Dataset:
    """As any other model."""
    return simulate_any(TrainedModel(model), *arguments, **options)  # type: ignore[arg-type]


SETTINGS = Dynamics(replicas=3, duration=0.02, write_interval=4, temperature=300.0)


@pytest.fixture(scope="module")
def model() -> Model:
    variant = make_variant(family="schnet", cutoff=4.0, depth=1, features=8, n_train=10)
    return Model(build_network(variant), variant, atom_reference={1: -13.0, 8: -430.0})


@pytest.fixture
def frames() -> Frames:
    water = molecule("H2O")
    noise = 0.02 * np.random.default_rng(0).normal(size=(30, 3, 3))
    made = frames_of(water.positions + noise, water.numbers.tolist())
    return replace(made, subset=np.repeat(np.arange(len(SUBSETS)), 10))


def test_one_molecule_of_a_set_that_mixes_many(
    model: Model, frames: Frames, tmp_path: Path
) -> None:
    """Its training frames are the reference; one that is held out as a whole stands for itself."""
    lonely = replace(frames, subset=np.full(30, SUBSETS.index("test")))
    hydrogen = frames_of(np.tile([[0.0, 0, 0], [0.8, 0, 0]], (4, 1, 1)), [1, 1])
    sets = [replace(f, source=np.full(len(f), k)) for k, f in enumerate((hydrogen, frames, lonely))]
    mixed = join_frames(sets)
    with pytest.raises(DataError, match="name its source with --set"):
        simulate(model, mixed, SETTINGS, tmp_path / "no.nc", inputs={})
    chosen = SETTINGS.model_copy(update={"source": 7})
    with pytest.raises(DataError, match=r"no such source; they are numbered 0 to 2"):
        simulate(model, mixed, chosen, tmp_path / "no.nc", inputs={})
    simulate(model, frames, SETTINGS, tmp_path / "alone.nc", inputs={})
    alone = read_dataset(tmp_path / "alone.nc")
    for source in (1, 2):
        out = tmp_path / f"{source}.nc"
        simulate(model, mixed, SETTINGS.model_copy(update={"source": source}), out, inputs={})
        record = read_dataset(out)
        assert record.attrs["source"] == source
        assert record["atomic_number"].to_numpy().tolist() == [8, 1, 1]
        if source == 1:
            np.testing.assert_array_equal(record["potential_energy"], alone["potential_energy"])


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
    assert (record.attrs["engine"], record.attrs["precision"]) == ("model", "float32")
    # Atom references are part of the energy.
    assert abs(float(record["potential_energy"][0, 0]) + 456) < 5
    test = frames.of_subset("test").position.reshape(10, 3, 3)
    for k in range(3):
        universe = MDAnalysis.Universe(folder / "topology.pdb", folder / f"replica_{k:03d}.nc")
        start = test[int(record["start_frame"][k])]
        # Replicas begin about the origin, wherever the data set has them.
        np.testing.assert_allclose(universe.atoms.positions, start - start.mean(0), atol=1e-6)
        n_frames = int(record["kinetic_energy"][k].notnull().sum())
        assert len(universe.trajectory) == n_frames
    assert int(stability(record)["n_replicas"]) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "dynamics.nc", "model.txt", "trajectories",
    ]  # fmt: skip


def test_energy_of_a_network_is_conserved(model: Model, frames: Frames, tmp_path: Path):
    out = tmp_path / "dynamics.nc"
    double = SETTINGS.model_copy(update={"precision": "float64", "timestep": 0.1})
    simulate(model, frames, double, out, inputs={})
    record = read_dataset(out)
    total = (record["potential_energy"] + record["kinetic_energy"]).to_numpy()
    kinetic = record["kinetic_energy"].to_numpy()
    change = np.nanmax(total, axis=1) - np.nanmin(total, axis=1)
    assert (change < 0.01 * (np.nanmax(kinetic, axis=1) - np.nanmin(kinetic, axis=1))).all()


def test_diverged_model_leaves_its_reason(model: Model, frames: Frames, tmp_path: Path):
    lost = replace(model, status="diverged", reason="loss is not finite in epoch 3")
    out, folder = tmp_path / "dynamics.nc", tmp_path / "trajectories"
    simulate(lost, frames, SETTINGS, out, trajectories=folder, inputs={})
    assert read_dataset(out).attrs["reason"] == "loss is not finite in epoch 3"
    assert folder.is_dir()
    assert not list(folder.iterdir())


def test_without_test_frames_nothing_is_written(model: Model, frames: Frames, tmp_path: Path):
    with pytest.raises(DataError, match="start geometries: there are 0 frames"):
        simulate(model, frames.of_subset("train"), SETTINGS, tmp_path / "dynamics.nc", inputs={})
    assert not list(tmp_path.iterdir())


def test_folder_of_a_user_is_refused_before_the_run(frames: Frames, model: Model, tmp_path: Path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    unusable = replace(model, atom_reference={})  # the run itself would say so
    for reason in ("", "diverged"):
        chosen = replace(unusable, status="diverged", reason=reason) if reason else unusable
        with pytest.raises(DataError, match=r"net: holds what is no part .*notes\.txt"):
            simulate(chosen, frames, SETTINGS, tmp_path / "out.nc", trajectories=folder, inputs={})
    assert [path.name for path in tmp_path.iterdir()] == ["net"]
    assert (folder / "notes.txt").read_text() == "mine"


def test_element_that_was_not_trained_on_is_refused(frames: Frames, model: Model, tmp_path: Path):
    poor = replace(model, atom_reference={1: -13.0})
    with pytest.raises(ModelError, match=r"nuclear charge \[8\]"):
        simulate(poor, frames, SETTINGS, tmp_path / "dynamics.nc", inputs={})


def test_model_and_engine_begin_from_the_same_starts(model: Model, frames: Frames, tmp_path: Path):
    labelled = replace(frames, attributes={"level_of_theory": LEVEL_OF_THEORY})
    few = SETTINGS.model_copy(update={"reference_replicas": 2, "duration": 0.01})
    simulate(model, frames, few, tmp_path / "model.nc", inputs={})
    simulate_reference(
        labelled,
        few,
        tmp_path / "reference.nc",
        inputs={},
        trajectories=tmp_path / "trajectories",
    )
    ours, reference = (read_dataset(tmp_path / f"{name}.nc") for name in ("model", "reference"))
    assert reference.sizes["replica"] == 2
    assert (reference.attrs["engine"], reference.attrs["precision"]) == ("GFN2-xTB", "float64")
    np.testing.assert_array_equal(ours["start_frame"][:2], reference["start_frame"])
    np.testing.assert_allclose(
        ours["kinetic_energy"][:2, 0], reference["kinetic_energy"][:, 0], rtol=1e-12
    )
    assert (reference["end_kind"] == EndKind.SURVIVED).all()
    # Nothing failed, so nothing is run again: it costs twice the run itself.
    assert reference.sizes["halved"] == 0
    universe = MDAnalysis.Universe(
        tmp_path / "trajectories" / "topology.pdb", tmp_path / "trajectories" / "replica_001.nc"
    )
    assert len(universe.trajectory) == reference.sizes["time"]


def test_data_of_another_engine_have_no_reference_dynamics(frames: Frames, tmp_path: Path):
    out, folder = tmp_path / "reference.nc", tmp_path / "trajectories"
    other = replace(frames, attributes={"level_of_theory": "PBE0"})
    with pytest.raises(NoYardstickError, match="level of theory, PBE0: give --yardstick gfn2"):
        simulate_reference(other, SETTINGS, out, inputs={}, trajectories=folder)
    assert not list(tmp_path.iterdir())
    simulate_reference(other, SETTINGS, out, inputs={}, allow_none=True, trajectories=folder)
    record = read_dataset(out)
    assert "level of theory, PBE0" in record.attrs["reason"]
    assert (record.attrs["level_of_theory"], record.attrs["data_level_of_theory"]) == ("", "PBE0")
    assert not list(folder.iterdir())


def test_another_level_of_theory_runs_from_the_same_starts_and_says_so(
    model: Model, frames: Frames, tmp_path: Path
):
    other = replace(frames, attributes={"level_of_theory": "PBE0"})
    few = SETTINGS.model_copy(update={"reference_replicas": 2, "duration": 0.005})
    out = tmp_path / "reference.nc"
    simulate(model, other, few, tmp_path / "model.nc", inputs={})
    for engine, level in (("gfn2", "GFN2-xTB"), ("ase.calculators.emt:EMT", None)):
        simulate_reference(other, few, out, inputs={}, yardstick=Yardstick(engine=engine))
        record = read_dataset(out)
        assert record.attrs["level_of_theory"] == (level or engine)
        assert record.attrs["data_level_of_theory"] == "PBE0"
        np.testing.assert_array_equal(
            record["start_frame"], read_dataset(tmp_path / "model.nc")["start_frame"][:2]
        )
        assert np.isfinite(record["potential_energy"][:, 0]).all()


def test_an_engine_that_can_do_no_start_ends_the_command(frames: Frames, tmp_path: Path):
    """Not as a record in which every replica of the reference has failed."""
    # No parameters for xenon.
    alien = replace(frames, atomic_number=np.where(frames.atomic_number == 8, 54, 1))
    with pytest.raises(ReferenceEngineError, match="EMT failed on H2Xe"):
        simulate_reference(
            alien,
            SETTINGS,
            tmp_path / "reference.nc",
            inputs={},
            yardstick=Yardstick(engine="ase.calculators.emt:EMT"),
        )
    assert not list(tmp_path.iterdir())


def test_compute_limit_is_written_and_gone_on_with(model: Model, frames: Frames, tmp_path: Path):
    out = tmp_path / "dynamics.nc"
    calm = {"timestep": 0.1, "duration": 0.02, "temperature": 10.0, "halved_replicas": 0}
    settings = SETTINGS.model_copy(update=calm)
    cut = settings.model_copy(update={"compute_limit": 1e-9, "checkpoint_interval": 0.0})
    simulate(model, frames, cut, out, inputs={})
    record = read_dataset(out)
    assert (record["end_kind"] == EndKind.COMPUTE_LIMIT).all()
    assert not record["event"].any()
    assert (record["end_time"] < record["duration"]).all()
    assert (tmp_path / ".dynamics.nc.partial").is_dir()
    simulate(model, frames, settings, out, inputs={})
    assert not (tmp_path / ".dynamics.nc.partial").exists()
    simulate(model, frames, settings, tmp_path / "whole.nc", inputs={})
    xr.testing.assert_equal(read_dataset(out), read_dataset(tmp_path / "whole.nc"))
    assert not (read_dataset(out)["end_kind"] == EndKind.COMPUTE_LIMIT).any()
