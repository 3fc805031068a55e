"""Fitting: learning, determinism, plateaus, ends; and one epoch against a loop written by hand."""

import numpy as np
import pytest
import torch
from toy_potential import NUMBERS, REST, morse, toy_frames

from nearsight.config import Training, Variant, make_variant
from nearsight.data.frames import Frames
from nearsight.errors import ModelError, NoNeighborError
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import both_ways
from nearsight.models.model import Model
from nearsight.train.evaluate import evaluate
from nearsight.train.fit import fit
from nearsight.train.state import TrainingState


def run(frames: Frames, variant: Variant, settings: Training) -> tuple[Model, TrainingState]:
    subsets = frames.of_subset("train"), frames.of_subset("validation")
    return fit(*subsets, variant, settings, run_hash="test")


def same(first: Model, second: Model) -> bool:
    one, other = first.network.state_dict(), second.network.state_dict()
    return all(torch.equal(one[name], other[name]) for name in one)


def test_forces_of_the_toy_are_the_gradient_of_its_energy() -> None:
    position = REST + np.random.default_rng(1).normal(0, 0.1, REST.shape)
    step = 1e-5 * np.eye(12).reshape(12, 4, 3)
    numerical = [-(morse(position + s)[0] - morse(position - s)[0]) / 2e-5 for s in step]
    np.testing.assert_allclose(morse(position)[1].ravel(), numerical, atol=1e-6)


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_learns_the_toy_molecule(family: str, frames: Frames) -> None:
    variant = make_variant(family=family, cutoff=3.0, depth=2, features=16, n_train=60)
    settings = Training(max_epochs=20, learning_rate=1e-2, ema_decay=0.8)
    model, state = run(frames, variant, settings)
    losses = [row["train_loss"] for row in state.history]
    assert losses[-1] < 0.05 * losses[0]
    test = frames.of_subset("test")
    errors = evaluate(model, test)
    # The mean predictor: no force at all, and the mean energy of the training frames.
    blind = np.abs(frames.of_subset("train").energy.mean() - test.energy).mean()
    assert float(errors["force_mae"]) < 0.15 * 1e3 * np.abs(test.force).mean()
    assert float(errors["energy_mae"]) < 0.2 * 1e3 * blind


@pytest.mark.slow
def test_learns_real_ethanol(ethanol_frames: Frames) -> None:
    variant = make_variant(family="painn", cutoff=4.0, depth=2, features=16, n_train=120)
    settings = Training(max_epochs=15, learning_rate=1e-2, ema_decay=0.9)
    model, state = run(ethanol_frames, variant, settings)
    test = ethanol_frames.of_subset("test")
    errors = evaluate(model, test)
    assert float(errors["force_mae"]) < 0.4 * 1e3 * np.abs(test.force).mean()
    assert state.history[-1]["train_loss"] < 0.2 * state.history[0]["train_loss"]


def test_same_seed_is_bitwise_the_same(frames: Frames, variant: Variant, quick: Training) -> None:
    torch.manual_seed(1)
    first, one = run(frames, variant, quick)
    torch.manual_seed(2)  # the global random state must not matter
    second, other = run(frames, variant, quick)
    assert same(first, second)
    assert first.atom_reference == second.atom_reference
    assert [r["train_loss"] for r in one.history] == [r["train_loss"] for r in other.history]


def test_another_seed_is_another_model(frames: Frames, variant: Variant, quick: Training) -> None:
    other = variant.model_copy(update={"seed": variant.seed + 1})
    assert not same(run(frames, variant, quick)[0], run(frames, other, quick)[0])


def shuffled(n_frames: int, seed: int, epoch: int) -> torch.Tensor:
    state = np.random.SeedSequence([seed, epoch]).generate_state(1)[0]
    return torch.randperm(n_frames, generator=torch.Generator().manual_seed(int(state)))


def by_hand(train: Frames, variant: Variant, settings: Training) -> torch.nn.Module:
    """All epochs, frame by frame, with nothing of nearsight's training code."""
    network = build_network(variant).train()
    adam = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    mean = train.energy.mean()
    orders = [shuffled(len(train), variant.seed, epoch) for epoch in range(settings.max_epochs)]
    for batch in (batch for order in orders for batch in order.split(settings.batch_size)):
        energy_loss, force_loss = [], []
        for frame in batch.tolist():
            position = torch.as_tensor(train.atoms(frame).positions)
            pair_i, pair_j = both_ways(*neighbor_pairs(position[None], variant.cutoff))
            inputs = {
                "_atomic_numbers": torch.as_tensor(NUMBERS),
                "_positions": position.float(),
                "_n_atoms": torch.tensor([4]),
                "_idx_m": torch.zeros(4, dtype=torch.long),
                "_idx_i": pair_i,
                "_idx_j": pair_j,
                "_offsets": torch.zeros(len(pair_i), 3),
            }
            result = network(inputs)
            energy_loss.append((result["energy"] - np.float32(train.energy[frame] - mean)) ** 2)
            force = torch.as_tensor(train.forces(frame)).float()
            force_loss.append(((result["forces"] - force) ** 2).flatten())
        loss = settings.energy_weight * torch.cat(energy_loss).mean()
        loss = loss + settings.force_weight * torch.cat(force_loss).mean()
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), settings.gradient_clip)
        adam.step()
    return network


@pytest.mark.parametrize("clip", [1e6, 0.5])
def test_two_epochs_equal_a_loop_by_hand(clip: float, frames: Frames, variant: Variant) -> None:
    train = frames.of_subset("train")
    # Decay 0 of the average: the averaged weights are the weights.
    settings = Training(
        max_epochs=2,
        batch_size=10,
        learning_rate=1e-3,
        schedule="plateau",
        ema_decay=0.0,
        gradient_clip=clip,
        energy_weight=0.5,
    )
    model, state = run(frames, variant, settings)
    assert state.best_epoch == 2
    assert not torch.equal(shuffled(60, variant.seed, 0), shuffled(60, variant.seed, 1))
    expected = by_hand(train, variant, settings).state_dict()
    for name, value in model.network.state_dict().items():
        torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-5)


def test_learning_rate_follows_a_cosine(frames: Frames, variant: Variant) -> None:
    settings = Training(max_epochs=8, learning_rate=1e-3, min_learning_rate=1e-4)
    _, state = run(frames, variant, settings)
    rates = [row["learning_rate"] for row in state.history]
    half = (1e-3 - 1e-4) / 2
    expected = 1e-4 + half * (1 + np.cos(np.pi * np.arange(8) / 8))
    np.testing.assert_allclose(rates, expected, rtol=1e-9)
    assert state.finished == "all epochs done"


def test_average_of_the_weights_lags_behind(frames: Frames, variant: Variant) -> None:
    """With a decay of nearly one the averaged weights are nearly those of the first step."""
    settings = Training(max_epochs=2, learning_rate=1e-2, ema_decay=0.9999)
    subsets = frames.of_subset("train"), frames.of_subset("validation")
    _, state = fit(*subsets, variant, settings, run_hash="test")
    start = build_network(variant).state_dict()
    averaged = state.averaged.module.state_dict()
    name = "representation.embedding.weight"
    assert float((averaged[name] - start[name]).abs().max()) < 0.02
    assert state.best_epoch in (1, 2)


def test_learning_rate_falls_at_a_plateau_until_its_minimum(
    frames: Frames, variant: Variant
) -> None:
    settings = Training(
        max_epochs=40,
        schedule="plateau",
        learning_rate=1e-9,
        lr_patience=1,
        lr_factor=0.5,
        min_learning_rate=2e-10,
    )
    _, state = run(frames, variant, settings)
    rates = [row["learning_rate"] for row in state.history]
    np.testing.assert_allclose(rates, 1e-9 * np.array([1, 1, 1, 0.5, 0.5, 0.25, 0.25]))
    assert state.finished == "learning rate below its minimum"


def test_early_stopping(frames: Frames, variant: Variant) -> None:
    """A rate far too large makes no progress after its first epochs."""
    settings = Training(
        max_epochs=200, schedule="plateau", learning_rate=0.1, early_stopping=3, lr_patience=500
    )
    _, state = run(frames, variant, settings)
    assert state.finished == "no progress for 3 epochs"
    assert state.epoch == state.best_epoch + 3
    losses = [row["validation_loss"] for row in state.history]
    assert state.best_loss == min(losses) == losses[state.best_epoch - 1]


def test_best_weights_are_kept(frames: Frames, variant: Variant) -> None:
    settings = Training(
        max_epochs=200, schedule="plateau", learning_rate=0.1, early_stopping=3, lr_patience=500
    )
    model, state = run(frames, variant, settings)
    again = run(frames, variant, settings.model_copy(update={"max_epochs": state.best_epoch}))[0]
    assert same(model, again)


def test_mean_residual_of_the_energy_is_gone(frames: Frames, variant: Variant) -> None:
    """A small energy weight leaves an offset; the references take it up after training."""
    model, _ = run(frames, variant, Training(max_epochs=2, energy_weight=0.0))
    errors = evaluate(model, frames.of_subset("train"))
    assert abs(float(errors["energy_error"].mean())) < 0.1  # meV
    assert float(errors["energy_mae"]) > 1.0


def test_cutoff_that_sees_no_neighbour(frames: Frames, variant: Variant, quick: Training) -> None:
    blind = variant.model_copy(update={"cutoff": 0.6})
    with pytest.raises(NoNeighborError, match=r"a cutoff of 0\.6 Å sees no neighbour in 60 of 60"):
        run(frames, blind, quick)


def test_element_that_is_not_in_the_training_frames(variant: Variant, quick: Training) -> None:
    frames = toy_frames()
    validation = frames.of_subset("validation")
    validation.atomic_number[0] = 7
    with pytest.raises(ModelError, match=r"nuclear charge \[7\]"):
        fit(frames.of_subset("train"), validation, variant, quick, run_hash="test")
