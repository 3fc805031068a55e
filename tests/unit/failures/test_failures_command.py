"""From a run that breaks to its blame: every number against the slow obvious way."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule
from ase.io import iread
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.config import make_variant
from nearsight.data.calculators import evaluate
from nearsight.data.engine import LEVEL_OF_THEORY, reference_calculator
from nearsight.data.frames import SUBSETS, Frames, write_frames
from nearsight.data.importing import import_frames
from nearsight.explain import Gamma, linearize, pairs
from nearsight.families.registry import build_network
from nearsight.models.energies import build_energy
from nearsight.models.files import load_model, save_model
from nearsight.models.model import Model
from nearsight.respond import autograd_blocks, autograd_rows
from nearsight.storage import check_described, read_dataset, sha256
from nearsight.verification.content import damage

WATER = molecule("H2O")
N_FRAMES = 8
DYNAMICS = {
    "replicas": 4, "duration": 0.04, "write_interval": 2, "temperature": 2500.0,
    "halved_replicas": 0,
}  # fmt: skip


def labelled() -> Frames:
    """Water near its minimum with the labels of the reference engine."""
    rng, n = np.random.default_rng(0), N_FRAMES * len(SUBSETS)
    position = WATER.positions + 0.02 * rng.normal(size=(n, 3, 3))
    calculator = reference_calculator(0.1)
    found = [evaluate(Atoms("OHH", one), calculator) for one in position]
    return Frames(
        atomic_number=np.tile(WATER.numbers, n),
        position=position.reshape(-1, 3),
        force=np.concatenate([force for _, force in found]),
        n_atoms=np.full(n, 3),
        energy=np.array([energy for energy, _ in found]),
        subset=np.repeat(np.arange(len(SUBSETS)), N_FRAMES),
        source=np.zeros(n, dtype=int),
        attributes={"level_of_theory": LEVEL_OF_THEORY},
    )


def run(*arguments: object) -> str:
    ended = CliRunner().invoke(app, [str(one) for one in arguments])
    assert ended.exit_code == 0, (ended.output, ended.exception)
    return ended.output


def blame(home: Path, out: str, *more: object) -> xr.Dataset:
    run("failures", home / "model.safetensors", home / "data.nc",
        "--dynamics", home / "dynamics.nc", "--trajectories", home / "trajectories",
        "--out", home / out, "--device", "cpu", *more)  # fmt: skip
    return read_dataset(home / out)


def make(home: Path, frames: Frames, **dynamics: object) -> None:
    """A network of random weights, whose forces hold no molecule together, and its run."""
    variant = make_variant(family="schnet", cutoff=4.0, depth=2, features=4, n_train=N_FRAMES)
    model = Model(build_network(variant), variant, atom_reference={1: -10.0, 8: -100.0})
    save_model(model, home / "model.safetensors")
    write_frames(frames, home / "data.nc", title="water")
    run("md", home / "data.nc", "--model", home / "model.safetensors", "--device", "cpu",
        "--trajectories", home / "trajectories", "--out", home / "dynamics.nc",
        "--settings", json.dumps({**DYNAMICS, **dynamics}))  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken")
    make(folder, labelled())
    return folder


@pytest.fixture(scope="module")
def table(home: Path) -> xr.Dataset:
    return blame(home, "failures.nc")


def test_every_failure_has_its_pair(home: Path, table: xr.Dataset):
    check_described(table)
    record = read_dataset(home / "dynamics.nc")
    assert table.sizes["failure"] == int(record["event"].sum()) > 1
    assert set(table["cause"].values) <= {"bond", "topology", "close_contact", "isolated"}
    assert set(table["element_pair"].values) <= {"H-O", "H-H"}
    atoms = record["end_atom"].to_numpy()[table["replica"].to_numpy()]
    both = (atoms >= 0).all(axis=1)
    np.testing.assert_array_equal(table["pair"][both], np.sort(atoms, axis=1)[both])
    np.testing.assert_array_equal(
        table["position_bad"], record["end_position"][table["replica"].to_numpy()]
    )
    bonds = table["cause"] == "bond"
    mean = np.linalg.norm(WATER.positions[0] - WATER.positions[1])
    assert (np.abs(table["distance_bad"] - mean)[bonds] > 0.45).all()
    kept = table["good_kept"] == 1
    assert (np.abs(table["distance_good"] - mean)[bonds & kept] < 0.3).all()
    assert (table["good_time"] < table["end_time"]).all()


def test_errors_are_those_of_the_two_force_fields(home: Path, table: xr.Dataset):
    potential = load_model(home / "model.safetensors").potential(WATER.numbers, dtype=torch.float64)
    calculator = reference_calculator(0.1)
    for k in range(table.sizes["failure"]):
        row = table.isel(failure=k)
        i, j = row["pair"].to_numpy()
        for moment in ("good", "bad"):
            position = row[f"position_{moment}"].to_numpy()
            energy, force = evaluate(Atoms("OHH", position), calculator)
            own = potential(torch.from_numpy(position)[None])[1][0].numpy()
            difference = 1000 * (own - force)
            assert float(row[f"reference_energy_{moment}"]) == pytest.approx(energy)
            assert float(row[f"force_error_{moment}"]) == pytest.approx(np.abs(difference).mean())
            assert float(row[f"pair_force_error_{moment}"]) == pytest.approx(
                np.abs(difference[[i, j]]).mean()
            )
            assert row[f"reference_reason_{moment}"].item() == ""


def test_response_and_relevance_are_those_of_the_last_good_frame(home: Path, table: xr.Dataset):
    model = load_model(home / "model.safetensors")
    energy = build_energy(model.network, torch.tensor([8, 1, 1]), model.variant)
    test = labelled().of_subset("test")
    for k in range(table.sizes["failure"]):
        row = table.isel(failure=k)
        i, j = row["pair"].to_numpy()
        block = autograd_blocks(energy, row["position_good"].to_numpy())[i, j]
        assert float(row["pair_response_good"]) == pytest.approx(np.linalg.norm(block), rel=1e-6)
        atoms = Atoms("OHH", row["position_good"].to_numpy())
        chain = linearize(model.network, atoms, rule=Gamma(0.1))
        relevance = pairs(chain)["relevance"].to_numpy()
        assert float(row["pair_relevance_good"]) == pytest.approx(relevance[i, j], rel=1e-6)
        norms = [np.linalg.norm(autograd_blocks(energy, test.atoms(n).positions)[i, j])
                 for n in range(N_FRAMES)]  # fmt: skip
        assert float(row["typical_pair_response"]) == pytest.approx(np.median(norms), rel=1e-6)
        assert float(row["typical_pair_response_q90"]) == pytest.approx(
            np.quantile(norms, 0.9), rel=1e-6
        )


def test_typical_errors_are_those_of_test_frames(home: Path, table: xr.Dataset):
    potential = load_model(home / "model.safetensors").potential(WATER.numbers, dtype=torch.float64)
    test = labelled().of_subset("test")
    own = potential(torch.from_numpy(test.position.reshape(-1, 3, 3)))[1].numpy()
    difference = 1000 * (own - test.force.reshape(-1, 3, 3))
    for k in range(table.sizes["failure"]):
        row = table.isel(failure=k)
        errors = np.abs(difference[:, row["pair"].to_numpy()]).mean(axis=(1, 2))
        assert float(row["typical_pair_force_error"]) == pytest.approx(np.median(errors), rel=1e-5)
        whole = np.abs(difference).mean(axis=(1, 2))
        assert float(row["typical_force_error"]) == pytest.approx(np.median(whole), rel=1e-5)


def test_frames_can_be_trained_on(home: Path, table: xr.Dataset):
    path = home / "failures.xyz"
    assert table.attrs["frames_sha256"] == sha256(path)
    assert damage(path) == ""
    frames = import_frames(path, energy_unit="eV")
    n = table.sizes["failure"]
    assert len(frames) == 2 * n
    good = frames.select(np.arange(0, 2 * n, 2))
    np.testing.assert_array_equal(good.position.reshape(n, 3, 3), table["position_good"])
    np.testing.assert_array_equal(frames.energy[1::2], table["reference_energy_bad"])
    assert frames.attributes["level_of_theory"] == LEVEL_OF_THEORY
    said = [atoms.info for atoms in iread(path, index=":")]
    assert [one["frame"] for one in said[:2]] == ["last_good", "first_bad"]
    assert said[0]["cause"] == table["cause"].values[0]
    assert said[0]["replica"] == table["replica"].values[0]


def test_without_a_yardstick_there_are_frames_to_label(home: Path, tmp_path: Path):
    other = replace(labelled(), attributes={"level_of_theory": "PBE/def2-SVP"})
    make(tmp_path, other)
    refused = CliRunner().invoke(
        app,
        ["failures", str(tmp_path / "model.safetensors"), str(tmp_path / "data.nc"),
         "--dynamics", str(tmp_path / "dynamics.nc"), "--out", str(tmp_path / "x.nc"),
         "--trajectories", str(tmp_path / "trajectories")],
    )  # fmt: skip
    assert "no engine here for the data set's level of theory" in str(refused.exception)
    table = blame(tmp_path, "failures.nc", "--allow-no-yardstick")
    assert np.isnan(table["pair_force_error_good"]).all()
    assert np.isfinite(table["pair_response_good"]).all()
    assert "no engine here" in table["reference_reason_good"].values[0]
    images = list(iread(tmp_path / "failures.xyz", index=":"))
    assert len(images) == 2 * table.sizes["failure"] > 0
    assert all(atoms.calc is None and "energy" not in atoms.info for atoms in images)


def test_where_nothing_ended_the_files_say_so(tmp_path: Path):
    make(tmp_path, labelled(), duration=0.002, replicas=2)
    table = blame(tmp_path, "failures.nc")
    assert table.sizes["failure"] == 0
    assert (table.attrs["status"], table.attrs["reason"]) == ("ok", "no rule ended a replica")
    assert table["cause"].dtype.kind in "OUT"
    assert (tmp_path / "failures.xyz").read_bytes() == b""


def test_a_run_of_another_network_is_refused(home: Path, tmp_path: Path):
    variant = make_variant(family="schnet", cutoff=4.0, depth=1, features=4, n_train=N_FRAMES)
    model = Model(build_network(variant), variant, atom_reference={1: -10.0, 8: -100.0})
    save_model(model, tmp_path / "model.safetensors")
    refused = CliRunner().invoke(
        app,
        ["failures", str(tmp_path / "model.safetensors"), str(home / "data.nc"),
         "--dynamics", str(home / "dynamics.nc"), "--out", str(tmp_path / "x.nc"),
         "--trajectories", str(home / "trajectories")],
    )  # fmt: skip
    assert "made from another network" in str(refused.exception)


def test_rows_of_the_hessian_are_rows_of_the_whole(home: Path):
    model = load_model(home / "model.safetensors")
    energy = build_energy(model.network, torch.tensor([8, 1, 1]), model.variant)
    whole = autograd_blocks(energy, WATER.positions)
    some = autograd_rows(energy, WATER.positions, np.array([2, 0]))
    np.testing.assert_allclose(some, whole[[2, 0]], atol=1e-14)
