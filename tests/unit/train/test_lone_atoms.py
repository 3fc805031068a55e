"""Frames of one atom, and frames without a pair within the cutoff, are data like any other."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_potential import ATOM_ENERGY, NUMBERS, toy_frames

from nearsight.config import Dynamics, Training, Variant, make_variant
from nearsight.data.frames import Frames, join_frames, read_frames, write_frames
from nearsight.data.stored import open_frames
from nearsight.errors import DataError, ModelError
from nearsight.explain import balance, linearize, pairs
from nearsight.faithfulness.removal import remove
from nearsight.families.registry import build_network
from nearsight.md.replicas.starts import draw_starts
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.models.ablation import ablate
from nearsight.models.ase_calculator import ModelCalculator
from nearsight.models.batching import to_tensors
from nearsight.models.energies import build_energy
from nearsight.models.files import load_model
from nearsight.models.forward import Forward
from nearsight.models.model import Model
from nearsight.respond import autograd_blocks, response
from nearsight.train.compiled import pad
from nearsight.train.loss import loss_of
from nearsight.train.predict import predict
from nearsight.train.run import train_variant

ARCHITECTURES = ("schnet", "painn")


def lone_atoms() -> Frames:
    """One frame of every element in every subset, and a carbon far from an oxygen."""
    elements = sorted(ATOM_ENERGY)
    n = len(elements)
    single = Frames(
        atomic_number=np.tile(elements, 3),
        position=np.zeros((3 * n, 3)),
        force=np.zeros((3 * n, 3)),
        n_atoms=np.ones(3 * n, dtype=int),
        energy=np.tile([ATOM_ENERGY[z] for z in elements], 3),
        subset=np.repeat([0, 1, 2], n),
        source=np.zeros(3 * n, dtype=int),
    )
    apart = Frames(
        atomic_number=np.array([6, 8]),
        position=np.array([[0.0, 0, 0], [50.0, 0, 0]]),
        force=np.zeros((2, 3)),
        n_atoms=np.array([2]),
        energy=np.array([ATOM_ENERGY[6] + ATOM_ENERGY[8]]),
        subset=np.array([0]),
        source=np.array([0]),
    )
    return join_frames([single, apart])


def mixed() -> Frames:
    """Lone atoms first, as in files of foundation models."""
    return join_frames([lone_atoms(), toy_frames(40, 6, 6)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_frames(mixed(), tmp_path / "data.nc", title="lone atoms and a molecule")
    return tmp_path / "data.nc"


def variant_of(family: str, **options: object) -> Variant:
    chosen = {"cutoff": 3.0, "depth": 1, "features": 8, "n_train": 44, "family": family}
    return make_variant(**{**chosen, **options})


def fresh(family: str) -> Model:
    variant = variant_of(family)
    return Model(build_network(variant).eval(), variant, dict(ATOM_ENERGY))


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_training_learns_them(
    family: str, file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Training(
        max_epochs=30, learning_rate=5e-3, ema_decay=0.8, batch_size=4, energy_weight=0.5
    )
    with caplog.at_level(logging.WARNING):
        card = train_variant(file, variant_of(family), settings, tmp_path / "m.safetensors")
    assert (card.status, card.epochs) == ("ok", 30)
    assert "no neighbour in 1 of 44 frames" in caplog.text
    model = load_model(tmp_path / "m.safetensors")
    atoms = read_frames(file).select(np.arange(3))
    energy, force = predict(model, atoms)
    assert (force == 0).all()
    # Far from the references of a fit to the molecule alone, which are off by several eV.
    np.testing.assert_allclose(energy, [ATOM_ENERGY[z] for z in (1, 6, 8)], atol=1.0)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_windows_without_a_pair_are_no_end(family: str, file: Path, tmp_path: Path) -> None:
    settings = Training(max_epochs=2, batch_size=2, frames_in_memory=4)
    card = train_variant(file, variant_of(family), settings, tmp_path / "m.safetensors")
    assert (card.status, card.epochs) == ("ok", 2)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_padding_for_compiled_steps_takes_a_batch_without_pairs(family: str) -> None:
    frames = lone_atoms()
    network = fresh(family).network.requires_grad_(True)
    batch = to_tensors(frames, 3.0, frames.energy * 0).batch(torch.arange(4))
    losses = [
        float(loss_of(Forward(network, variant_of(family)), one, Training(), forces=True).detach())
        for one in (batch, pad(batch, 4.5))
    ]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_every_path_gives_the_same_energy_and_no_force(family: str) -> None:
    model, frames = fresh(family), mixed()
    energy, force = predict(model, frames)
    for k in (0, 1, 2, 9):
        atoms = frames.atoms(k)
        start = frames.first_atom[k]
        alone = sum(energy[[1, 6, 8].index(z)] for z in atoms.numbers)
        assert energy[k] == pytest.approx(alone, abs=1e-3)
        assert (force[start : start + len(atoms)] == 0).all()
        atoms.calc = ModelCalculator(model, device="cpu")
        assert atoms.get_potential_energy() == pytest.approx(energy[k], abs=1e-3)
        assert (atoms.get_forces() == 0).all()
        numbers = torch.as_tensor(atoms.numbers).long()
        bare = build_energy(model.network, numbers, model.variant)(torch.as_tensor(atoms.positions))
        offset = model.energy_offset(atoms.numbers)
        assert float(bare) + offset == pytest.approx(energy[k], abs=1e-3)
        none = np.empty((0, 2), dtype=int)
        left = ablate(
            model.network,
            model.variant,
            atoms.numbers,
            atoms.positions,
            none,
            np.ones((1, 0), bool),
        )
        assert left[0][0] + offset == pytest.approx(energy[k], abs=1e-3)
        chain = linearize(model.network, frames.atoms(k))
        assert chain.output + offset == pytest.approx(energy[k], abs=1e-3)
        assert np.isfinite(balance(chain).to_array().to_numpy()).all()
        assert np.isfinite(pairs(chain, "ends")["relevance"].to_numpy()).all()


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_response_of_what_does_not_respond(family: str) -> None:
    model = fresh(family)

    def blocks_of(atoms):  # noqa: ANN001, ANN202
        numbers = torch.as_tensor(atoms.numbers).long()
        return autograd_blocks(build_energy(model.network, numbers, model.variant), atoms.positions)

    frames = mixed()
    for k in (0, 9):
        assert (blocks_of(frames.atoms(k)) == 0).all()
    found = response([frames.atoms(0), frames.atoms(12)], blocks_of, label="test")
    assert found.sizes["pair"] == 6


@pytest.mark.parametrize("family", ARCHITECTURES)
def test_removing_messages_where_there_are_none(family: str) -> None:
    model, atoms = fresh(family), mixed().atoms(9)
    flat = np.zeros((len(atoms), len(atoms)))
    found = remove(
        model.network, model.variant, atoms,
        dict.fromkeys(("relevance", "response", "distance"), flat), n_steps=4, n_random=2, seed=0,
    )  # fmt: skip
    assert found.n_connected == 0
    assert (found.energy == 0).all()
    assert (found.force == 0).all()


@pytest.mark.parametrize("ask", [lambda f: draw_starts(f, Dynamics(replicas=1)),
                                 lambda f: reference_guards(f, Dynamics())])  # fmt: skip
def test_dynamics_of_an_atom_alone_is_refused(ask: Callable[[Frames], object]) -> None:
    with pytest.raises(DataError, match="dynamics needs at least 2 atoms"):
        ask(lone_atoms().select(np.array([1])))


def test_atoms_alone_are_nothing_to_learn_from(tmp_path: Path) -> None:
    write_frames(lone_atoms(), tmp_path / "data.nc", title="atoms")
    variant = variant_of("schnet", n_train=4)
    card = train_variant(tmp_path / "data.nc", variant, Training(), tmp_path / "m.safetensors")
    assert card.status == "failed"
    assert "sees no neighbour in 4 of 4 frames" in card.reason
    assert "frames of more than one atom" in card.reason


def test_element_beyond_the_embedding(tmp_path: Path) -> None:
    frames = toy_frames(10, 3, 3)
    numbers = np.where(frames.atomic_number == NUMBERS[0], 110, frames.atomic_number)
    write_frames(replace(frames, atomic_number=numbers), tmp_path / "data.nc", title="heavy")
    with pytest.raises(ModelError, match=r"nuclear charge 110 is beyond .* embedding \(99\)"):
        train_variant(
            tmp_path / "data.nc", variant_of("painn", n_train=5), Training(), tmp_path / "m.st"
        )
    assert len(open_frames(tmp_path / "data.nc")) == 16
