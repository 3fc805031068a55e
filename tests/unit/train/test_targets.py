"""Targets besides energies, mixed molecules, sets without forces: learning and what is written."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from nearsight.config import Training, Variant, make_variant
from nearsight.data.frames import Frames, read_frames, write_frames
from nearsight.errors import DataError, ModelError
from nearsight.models.files import load_model
from nearsight.storage import check_described, read_dataset
from nearsight.train.predict import predict
from nearsight.train.run import train_variant

KINDS = ("H2O", "NH3", "CH4", "CH3OH")
ATOM_ENERGY = {1: -13.6, 6: -1030.0, 7: -1480.0, 8: -2040.0}


def mixed_set(n_frames: int = 160) -> Frames:
    """Molecules of four sizes with labels that are known functions of the structure.

    Energy: atoms and springs to the centre; homo: mean over atoms of a function of the element;
    dipole: |sum q r| of charges by element that add up to zero.
    """
    rng = np.random.default_rng(4)
    molecules = [molecule(KINDS[k % 4]) for k in range(n_frames)]
    for atoms in molecules:
        atoms.rattle(0.1, rng=rng)
    n_atoms = np.array([len(m) for m in molecules])
    energies, forces = zip(*map(_spring, molecules), strict=True)
    subset = np.zeros(n_frames, dtype=int)
    subset[100:120], subset[120:] = 1, 2
    return Frames(
        atomic_number=np.concatenate([m.numbers for m in molecules]),
        position=np.concatenate([m.positions for m in molecules]),
        force=np.concatenate(forces),
        n_atoms=n_atoms,
        energy=np.array(energies),
        subset=subset,
        source=np.arange(n_frames),
        attributes={"level_of_theory": "springs"},
        properties={
            "homo": np.array([np.mean(-0.5 * m.numbers) for m in molecules]),
            "dipole": np.array([np.linalg.norm(_charges(m) @ m.positions) for m in molecules]),
        },
    )


def _spring(atoms: Atoms) -> tuple[float, np.ndarray]:
    arm = atoms.positions - atoms.positions.mean(axis=0)
    energy = float((arm**2).sum()) + sum(ATOM_ENERGY[z] for z in atoms.numbers)
    return energy, -2 * arm


def _charges(atoms: Atoms) -> np.ndarray:
    charge = 0.3 * np.where(atoms.numbers == 1, 1.0, -1.0)
    return charge - charge.mean()


@pytest.fixture(scope="module")
def frames() -> Frames:
    return mixed_set()


@pytest.fixture
def data(frames: Frames, tmp_path: Path) -> Path:
    path = tmp_path / "data.nc"
    write_frames(frames, path, title="springs")
    return path


def variant_of(target: str, pooling: str, family: str = "schnet") -> Variant:
    return make_variant(
        family=family, cutoff=3.0, depth=2, features=16, n_train=100, target=target,
        pooling=pooling,
    )  # fmt: skip


SETTINGS = Training(max_epochs=60, learning_rate=1e-2, ema_decay=0.9, schedule="cosine")


def test_file_keeps_properties(frames: Frames, data: Path) -> None:
    again = read_frames(data)
    for name in ("homo", "dipole"):
        np.testing.assert_array_equal(again.properties[name], frames.properties[name])
    assert read_dataset(data)["dipole"].attrs["units"] == "debye"


@pytest.mark.parametrize(
    ("target", "pooling", "share"),
    [("homo", "average", 0.1), ("homo", "sum", 0.3), ("dipole", "dipole", 0.2)],
)
def test_learns_a_property_of_mixed_molecules(
    target: str, pooling: str, share: float, data: Path, frames: Frames, tmp_path: Path
) -> None:
    out = tmp_path / "run" / "model.safetensors"
    card = train_variant(data, variant_of(target, pooling), SETTINGS, out)
    unit = {"homo": "meV", "dipole": "debye"}[target]
    assert card.error_units[f"{target}_mae"] == unit
    assert "force_mae" not in card.errors
    assert "energy_mae" not in card.errors
    evaluation, history = (read_dataset(out.parent / f"{n}.nc") for n in ("evaluation", "history"))
    for table in (evaluation, history):
        check_described(table)
    assert evaluation[f"{target}_error"].sizes == {"frame": 40}
    assert history[f"validation_{target}_mae"].attrs["units"] == unit
    label = frames.of_subset("test").properties[target]
    blind = np.abs(label - frames.of_subset("train").properties[target].mean()).mean()
    factor = {"meV": 1000.0, "debye": 1.0}[unit]
    assert card.errors[f"{target}_mae"] < share * factor * blind
    model = load_model(out)
    value, force = predict(model, frames.of_subset("test"))
    np.testing.assert_allclose(
        factor * np.abs(value - label).mean(), card.errors[f"{target}_mae"], rtol=1e-5
    )
    assert np.isnan(force).all()
    with pytest.raises(ModelError, match="no energies and forces"):
        model.potential(np.array([8, 1, 1]))


def test_energies_and_forces_of_mixed_molecules(data: Path, frames: Frames, tmp_path: Path) -> None:
    card = train_variant(
        data, variant_of("energy", "sum", "painn"), SETTINGS, tmp_path / "model.safetensors"
    )
    test = frames.of_subset("test")
    assert card.errors["force_mae"] < 0.15 * 1000 * np.abs(test.force).mean()
    model = load_model(tmp_path / "model.safetensors")
    # Two compositions of three elements do not settle the references; four of four do.
    assert sorted(model.atom_reference) == [1, 6, 7, 8]
    assert model.mean == 0.0


def test_energies_without_forces(frames: Frames, tmp_path: Path) -> None:
    path = tmp_path / "data.nc"
    write_frames(replace(frames, force=np.full_like(frames.force, np.nan)), path, title="no forces")
    assert "force" not in read_dataset(path)
    again = read_frames(path)
    assert not again.has_forces
    card = train_variant(
        path, variant_of("energy", "sum"), SETTINGS, tmp_path / "run" / "model.safetensors"
    )
    assert "force_mae" not in card.errors
    errors = read_dataset(tmp_path / "run" / "evaluation.nc")
    assert "force_mae" not in errors
    assert "validation_force_mae" not in read_dataset(tmp_path / "run" / "history.nc")
    test = frames.of_subset("test")
    per_element = np.array([sum(ATOM_ENERGY[z] for z in test.atoms(k).numbers) for k in range(40)])
    spread = np.abs((test.energy - per_element) - (test.energy - per_element).mean()).mean()
    assert card.errors["energy_mae"] < 0.3 * 1000 * spread


def test_target_that_the_data_lack(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no gap; it has energy, homo, dipole"):
        train_variant(data, variant_of("gap", "sum"), SETTINGS, tmp_path / "model.safetensors")
