"""Training of every family: a step down the loss, and an interruption that leaves no trace."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.calculators.morse import MorsePotential
from small_models import family_with, frames_of, small
from torch.fx.experimental.proxy_tensor import make_fx

from nearsight.config import Training
from nearsight.data.frames import Frames
from nearsight.families.registry import build_network, family
from nearsight.models.batching import to_tensors
from nearsight.models.forward import Forward
from nearsight.train import fit as fit_module
from nearsight.train.checkpoint import save_checkpoint
from nearsight.train.compiled import CompiledGradients
from nearsight.train.epoch import measure, train_epoch
from nearsight.train.fit import fit
from nearsight.train.loss import EagerGradients, loss_of
from nearsight.train.predict import predict
from nearsight.train.state import TrainingState, new_state

SETTINGS = Training(max_epochs=3, learning_rate=5e-3, ema_decay=0.8, checkpoint_every=1)


@pytest.fixture(scope="module")
def labelled() -> Frames:
    """Thirty bent triatomics with Morse's energies and forces."""
    rng = np.random.default_rng(0)
    rest = np.array([[0.0, 0, 0], [1.1, 0, 0], [-0.5, 1.0, 0]])
    structures = [Atoms("OHH", positions=rest + rng.normal(0, 0.08, (3, 3))) for _ in range(30)]
    for atoms in structures:
        atoms.calc = MorsePotential(epsilon=2.0, r0=1.1, rho0=3.0)
    return replace(
        frames_of(structures),
        energy=np.array([atoms.get_potential_energy() for atoms in structures]),
        force=np.concatenate([atoms.get_forces() for atoms in structures]),
    )


def descended(name: str) -> None:
    if family(name).fit is not None:
        pytest.skip(f"{name} is fitted in closed form")


def test_an_epoch_lowers_the_loss(name: str, labelled: Frames) -> None:
    descended(name)
    variant = small(name)
    label = labelled.energy - labelled.energy.mean()
    data = to_tensors(labelled, variant.pair_cutoff, label)
    state = new_state(build_network(variant), SETTINGS)
    forward = Forward(state.network, variant)
    before = measure(forward, data, SETTINGS)
    gradients = EagerGradients(state.network, variant, SETTINGS, forces=True)
    train_epoch(state, data, SETTINGS, torch.arange(30), gradients)
    after = measure(forward, data, SETTINGS)
    assert after.loss < before.loss
    assert after.force_mae < before.force_mae


def test_killed_and_resumed_bit_by_bit(
    name: str, labelled: Frames, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    descended(name)
    variant, checkpoint = small(name), tmp_path / "checkpoint.safetensors"
    train, validation = labelled.select(np.arange(20)), labelled.select(np.arange(20, 30))

    def run(path: Path | None) -> tuple[list[object], TrainingState]:
        model, state = fit(train, validation, variant, SETTINGS, run_hash="x", checkpoint=path)
        history = [{k: v for k, v in row.items() if k != "seconds"} for row in state.history]
        weights = {k: v.tolist() for k, v in model.network.state_dict().items()}
        return [weights, model.atom_reference, history], state

    class CutError(Exception):
        pass

    def save_and_stop(state: TrainingState, path: Path, run_hash: str) -> None:
        save_checkpoint(state, path, run_hash)
        if state.epoch == 1:
            raise CutError

    whole, _ = run(None)
    with monkeypatch.context() as patched:
        patched.setattr(fit_module, "save_checkpoint", save_and_stop)
        with pytest.raises(CutError):
            run(checkpoint)
    assert checkpoint.is_file()
    assert run(checkpoint)[0] == whole


def test_predictions_are_the_potentials(name: str, labelled: Frames) -> None:
    variant = small(name)
    model, _ = fit(labelled, labelled, variant, SETTINGS, run_hash="x")
    energy, force = predict(model, labelled)
    run = model.potential(np.array([8, 1, 1]))
    position = torch.as_tensor(labelled.position.reshape(30, 3, 3))
    expected, slope = run(position)
    np.testing.assert_allclose(energy, expected.numpy(), rtol=0, atol=3e-6)
    np.testing.assert_allclose(force, slope.reshape(-1, 3).numpy(), rtol=0, atol=2e-5)


def test_a_step_can_be_traced_where_the_family_says_so(name: str, labelled: Frames) -> None:
    """The traced graph alone: what compiles it is torch's, and slow."""
    family_with(name, "compiles")
    variant = small(name)
    label = labelled.energy - labelled.energy.mean()
    batch = to_tensors(labelled, variant.pair_cutoff, label).batch(torch.arange(5))
    network = build_network(variant)
    settings = Training(batch_size=5)
    traced = CompiledGradients(network, variant, settings, forces=True)
    weights = [p.detach() for p in traced._parameters.values()]
    tensors = [getattr(batch, field.name) for field in fields(batch)]
    program = make_fx(traced._step)(weights, *tensors)
    with torch.no_grad():
        loss, *gradients = program(weights, *tensors)
    expected = loss_of(Forward(network, variant), batch, settings, forces=True)
    torch.testing.assert_close(loss, expected.detach())
    slopes = torch.autograd.grad(
        expected, list(network.parameters()), allow_unused=True, materialize_grads=True
    )
    for one, other in zip(gradients, slopes, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
