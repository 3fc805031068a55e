"""A molecule 10,000 Å away gives what it gives at home, on every path to a network.

In single precision its coordinates are 1e-3 Å apart there: forces were off by 19 meV/Å.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms

from nearsight.config import Dynamics, Training, Variant
from nearsight.data.frames import Frames, write_frames
from nearsight.data.stored import open_frames
from nearsight.explain import linearize, pairs
from nearsight.families.centring import centred, centred_frames
from nearsight.families.registry import build_network
from nearsight.lrp.rules import Zero
from nearsight.md.replicas.starts import draw_starts
from nearsight.models.ase_calculator import ModelCalculator
from nearsight.models.energies import build_energy
from nearsight.models.model import Model
from nearsight.models.streaming import StreamedFrames
from nearsight.respond import autograd_blocks
from nearsight.train.evaluate import evaluate
from nearsight.train.loss import EagerGradients
from nearsight.train.predict import predict

AWAY = np.array([1e4, -7e3, 3e3])
TOLERANCE = 1e-5
"""eV/Å: 0.01 meV/Å."""


def moved(frames: Frames) -> Frames:
    return replace(frames, position=frames.position + AWAY)


@pytest.fixture
def model(variant: Variant) -> Model:
    return Model(
        build_network(variant).eval(), variant, {1: -13.0, 6: -1030.0, 7: -1480.0, 8: -2e3}
    )


def by_prediction(model: Model, frames: Frames) -> np.ndarray:
    return predict(model, frames)[1]


def by_potential(model: Model, frames: Frames) -> np.ndarray:
    atoms = frames.atoms(0)
    return model.potential(atoms.numbers)(torch.as_tensor(atoms.positions)[None])[1].numpy()


def by_calculator(model: Model, frames: Frames) -> np.ndarray:
    atoms = frames.atoms(2)
    atoms.calc = ModelCalculator(model, device="cpu")
    return np.asarray(atoms.get_forces())


def by_error(model: Model, frames: Frames) -> np.ndarray:
    return evaluate(model, frames)["force_mae_of_frame"].to_numpy() / 1e3


def by_training_step(model: Model, frames: Frames) -> np.ndarray:
    from nearsight.models.batching import to_tensors

    tensors = to_tensors(frames, model.variant.cutoff, np.zeros(len(frames)))
    step = EagerGradients(model.network, model.variant, Training(force_weight=1.0), forces=True)
    model.network.zero_grad()
    model.network.requires_grad_(True)
    step(tensors.batch(torch.arange(len(frames))))
    found = [p.grad.flatten() for p in model.network.parameters() if p.grad is not None]
    return torch.cat(found).numpy()


def by_relevance(model: Model, frames: Frames) -> np.ndarray:
    chain = linearize(
        model.network, frames.atoms(0), output="energy", rule=Zero(), vector="detach",
        dtype="float32",
    )  # fmt: skip
    return pairs(chain, "ends")["relevance"].to_numpy()


def by_hessian(model: Model, frames: Frames) -> np.ndarray:
    atoms = frames.atoms(1)
    numbers = torch.as_tensor(atoms.numbers).long()
    energy = build_energy(model.network, numbers, model.variant)
    return autograd_blocks(energy, atoms.positions)


PATHS = [
    by_prediction, by_potential, by_calculator, by_error, by_training_step, by_relevance,
    by_hessian,
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_far_is_near(
    path: Callable[[Model, Frames], np.ndarray], model: Model, mixed_frames: Frames
) -> None:
    near, far = path(model, mixed_frames), path(model, moved(mixed_frames))
    assert np.abs(near).max() > 10 * TOLERANCE
    np.testing.assert_allclose(far, near, atol=TOLERANCE)


def test_streamed_batches_are_centred(mixed_frames: Frames, tmp_path: Path) -> None:
    found = []
    for name, frames in (("near", mixed_frames), ("far", moved(mixed_frames))):
        write_frames(frames, tmp_path / f"{name}.nc", title="test")
        stored = open_frames(tmp_path / f"{name}.nc")
        source = StreamedFrames(stored, 2.5, np.zeros(len(frames)), window=2)
        batches = source.load(torch.arange(len(frames)), 2)
        found.append(torch.cat([batch.position for batch in batches]))
    np.testing.assert_allclose(found[1], found[0], atol=1e-6)


def test_dynamics_begins_near_the_origin(mixed_frames: Frames) -> None:
    water = moved(mixed_frames.select(np.array([1, 4])))
    starts = draw_starts(water, Dynamics(replicas=2))
    assert starts.position.mean(1).abs().max() < 1e-9
    near = mixed_frames.atoms([1, 4][int(starts.frame[0])])
    moved_back = Atoms(near.numbers, starts.position[0].numpy())
    np.testing.assert_allclose(moved_back.get_all_distances(), near.get_all_distances(), atol=1e-10)


def test_both_ways_of_centring_agree_and_do_not_touch_derivatives(mixed_frames: Frames) -> None:
    by_frame = centred_frames(mixed_frames.position, mixed_frames.n_atoms)
    first = torch.as_tensor(mixed_frames.position[:9]).requires_grad_()
    np.testing.assert_allclose(centred(first).detach().numpy(), by_frame[:9], atol=1e-14)
    weight = torch.arange(27.0, dtype=torch.float64).view(9, 3)
    (centred(first) * weight).sum().backward()
    assert torch.equal(first.grad, weight)
    assert centred_frames(np.empty((0, 3)), np.empty(0, dtype=int)).shape == (0, 3)
