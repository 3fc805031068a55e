"""Errors over frames against NumPy by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase.build import molecule

from nearsight.config import make_variant
from nearsight.data.frames import Frames
from nearsight.errors import ModelError
from nearsight.families.registry import build_network
from nearsight.models.model import Model
from nearsight.storage import check_described
from nearsight.train.evaluate import SUMMARY, evaluate, predict
from nearsight.train.history import history_dataset


@pytest.fixture
def model() -> Model:
    variant = make_variant(family="painn", cutoff=3.0, depth=1, features=8)
    return Model(build_network(variant), variant, {1: -13.0, 6: -1030.0, 8: -2040.0})


@pytest.fixture
def mixed() -> Frames:
    """Molecules of 3, 9 and 12 atoms, so that per-frame and per-atom means differ."""
    molecules = [molecule(name) for name in ("H2O", "CH3CH2OH", "C6H6")]
    rng = np.random.default_rng(0)
    n_atoms = np.array([len(m) for m in molecules])
    return Frames(
        atomic_number=np.concatenate([m.numbers for m in molecules]),
        position=np.concatenate([m.positions for m in molecules]),
        force=rng.normal(size=(n_atoms.sum(), 3)),
        n_atoms=n_atoms,
        energy=np.array([-2066.0, -4178.0, -6258.0]) + rng.normal(size=3),
        subset=np.full(3, 2),
        source=np.zeros(3, dtype=int),
    )


def test_prediction_is_that_of_the_potential(model: Model, mixed: Frames) -> None:
    energy, force = predict(model, mixed, batch_size=2)
    start = 0
    for frame in range(3):
        atoms = mixed.atoms(frame)
        alone = model.potential(atoms.numbers)(torch.as_tensor(atoms.positions)[None])
        np.testing.assert_allclose(energy[frame], float(alone[0]), rtol=1e-9)
        stop = start + len(atoms)
        np.testing.assert_allclose(force[start:stop], alone[1][0], atol=1e-5)
        start = stop


def test_errors_by_hand(model: Model, mixed: Frames) -> None:
    energy, force = predict(model, mixed)
    result = evaluate(model, mixed)
    spans = [slice(0, 3), slice(3, 12), slice(12, 24)]
    wrong = 1e3 * (energy - mixed.energy)
    off = 1e3 * (force - mixed.force)
    per_frame = np.array([np.abs(off[span]).mean() for span in spans])
    rms_per_frame = np.array([np.sqrt((off[span] ** 2).mean()) for span in spans])
    expected = {
        "energy_mae": (np.abs(wrong).mean(), np.abs(wrong).std()),
        "energy_rmse": (np.sqrt((wrong**2).mean()), np.abs(wrong).std()),
        "energy_mae_per_atom": (
            np.abs(wrong / [3, 9, 12]).mean(),
            np.abs(wrong / [3, 9, 12]).std(),
        ),
        "energy_rmse_per_atom": (
            np.sqrt(((wrong / [3, 9, 12]) ** 2).mean()),
            np.abs(wrong / [3, 9, 12]).std(),
        ),
        "force_mae": (np.abs(off).mean(), per_frame.std()),
        "force_rmse": (np.sqrt((off**2).mean()), rms_per_frame.std()),
    }
    assert expected.keys() == SUMMARY.keys()
    np.testing.assert_allclose(result["energy_error"], wrong, rtol=1e-9)
    np.testing.assert_allclose(result["force_mae_of_frame"], per_frame, rtol=1e-6)
    np.testing.assert_allclose(result["force_rmse_of_frame"], rms_per_frame, rtol=1e-6)
    for name, (value, spread) in expected.items():
        np.testing.assert_allclose(result[name], value, rtol=1e-6)
        np.testing.assert_allclose(result[f"{name}_spread"], spread, rtol=1e-6)


def test_perfect_labels_have_no_error(model: Model, mixed: Frames) -> None:
    energy, force = predict(model, mixed)
    result = evaluate(model, replace(mixed, energy=energy, force=force))
    assert all(abs(float(result[name])) < 1e-2 for name in SUMMARY)


def test_units(model: Model, mixed: Frames) -> None:
    result = evaluate(model, mixed)
    check_described(result)
    for name, (unit, _) in SUMMARY.items():
        assert result[name].attrs["units"] == result[f"{name}_spread"].attrs["units"] == unit


def test_element_not_seen(mixed: Frames, model: Model) -> None:
    narrow = Model(model.network, model.variant, {1: 0.0, 8: 0.0})
    with pytest.raises(ModelError, match=r"nuclear charge \[6\]"):
        evaluate(narrow, mixed)


def test_history_in_units_of_the_reader() -> None:
    row = {
        "train_loss": 2.0,
        "validation_loss": 3.0,
        "validation_energy_mae": 0.5,
        "validation_force_mae": 0.25,
        "learning_rate": 1e-3,
        "seconds": 7.0,
    }
    table = history_dataset([row, row])
    check_described(table)
    assert table["epoch"].values.tolist() == [1, 2]
    np.testing.assert_allclose(table["validation_energy_mae"], 500.0)
    np.testing.assert_allclose(table["validation_force_mae"], 250.0)
    np.testing.assert_allclose(table["validation_loss"], 3.0)
    assert table["seconds"].attrs["units"] == "s"
