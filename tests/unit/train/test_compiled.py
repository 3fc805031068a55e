"""The compiled step: padding changes nothing, and a run ends where the eager one does."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
import torch._inductor.config
from toy_potential import toy_frames

from nearsight.config import Training, make_variant
from nearsight.data.frames import Frames, join_frames
from nearsight.errors import ModelError
from nearsight.families.registry import build_network
from nearsight.models.batching import to_tensors
from nearsight.models.forward import Forward
from nearsight.train import compiled
from nearsight.train.compiled import CompiledGradients, pad
from nearsight.train.fit import fit
from nearsight.train.loss import EagerGradients, loss_of


def two_sizes() -> Frames:
    """The toy molecule, and the same with an atom less."""
    whole = toy_frames(8, 2, 2)
    keep = np.tile([True, True, True, False], len(whole))
    smaller = Frames(
        atomic_number=whole.atomic_number[keep],
        position=whole.position[keep],
        force=whole.force[keep],
        n_atoms=np.full(len(whole), 3),
        energy=whole.energy,
        subset=whole.subset,
        source=whole.source,
        attributes=whole.attributes,
    )
    return join_frames([whole, smaller])


@pytest.mark.parametrize("family", ["schnet", "painn"])
@pytest.mark.parametrize("pooling", ["sum", "average"])
@pytest.mark.parametrize("forces", [True, False])
def test_padding_changes_nothing(family: str, pooling: str, forces: bool) -> None:
    frames = two_sizes()
    variant = make_variant(
        family=family, cutoff=2.0, depth=2, features=8, pooling=pooling, n_train=4
    )
    network = build_network(variant).double()
    data = to_tensors(frames, 2.0, frames.energy - frames.energy.mean(), dtype=torch.float64)
    batch = data.batch(torch.tensor([0, 13, 5, 20, 3]))
    padded = pad(batch, 3.0)
    assert len(padded.position) > len(batch.position) + 1
    results = []
    for one in (batch, padded):
        loss = loss_of(Forward(network, variant), one, Training(energy_weight=0.4), forces=forces)
        gradients = torch.autograd.grad(
            loss, list(network.parameters()), allow_unused=True, materialize_grads=True
        )
        results.append((loss, *gradients))
    for one, other in zip(*results, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-11, atol=1e-13)


def test_few_sizes() -> None:
    sizes = {compiled._padded(number) for number in range(10, 1000)}
    assert len(sizes) < 30
    assert all(number <= compiled._padded(number) <= 1.25 * number + 16 for number in range(1000))


def test_charges_are_not_compiled() -> None:
    variant = make_variant(
        family="painn", cutoff=2.0, features=8, depth=1, target="dipole", pooling="dipole"
    )
    with pytest.raises(ModelError, match="compile = false"):
        CompiledGradients(build_network(variant), variant, Training(), forces=False)


def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled.shutil, "which", lambda _: None)
    variant = make_variant(family="painn", cutoff=2.0, features=8, depth=1)
    with pytest.raises(ModelError, match=r"needs a C\+\+ compiler"):
        CompiledGradients(build_network(variant), variant, Training(), forces=True)


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, compiled.COMPILERS)), reason="no C++ compiler")
def test_compiled_run_is_the_eager_one() -> None:
    frames = toy_frames(23, 6, 2)
    variant = make_variant(family="schnet", cutoff=2.0, depth=1, features=8, n_train=23)
    subsets = frames.of_subset("train"), frames.of_subset("validation")
    results = []
    for name in (True, False):
        settings = Training(max_epochs=3, compile=name, ema_decay=0.5)
        model, state = fit(*subsets, variant, settings, run_hash="")
        results.append((model, [row["train_loss"] for row in state.history]))
    np.testing.assert_allclose(results[0][1], results[1][1], rtol=1e-4)
    first, second = (model.network.state_dict() for model, _ in results)
    for name in first:
        torch.testing.assert_close(first[name], second[name], rtol=1e-2, atol=1e-4)


@pytest.mark.slow
@pytest.mark.skipif(not any(map(shutil.which, compiled.COMPILERS)), reason="no C++ compiler")
def test_gradients_of_a_compiled_step() -> None:
    frames = two_sizes()
    variant = make_variant(family="painn", cutoff=2.0, depth=1, features=4, n_train=4)
    network = build_network(variant)
    data = to_tensors(frames, 2.0, frames.energy - frames.energy.mean())
    settings = Training(batch_size=4)
    found = []
    for kind in (CompiledGradients, EagerGradients):
        gradients = kind(network, variant, settings, forces=True)
        network.zero_grad(set_to_none=True)
        loss = gradients(data.batch(torch.tensor([0, 13, 5, 20])))
        found.append([loss] + [torch.zeros(()) if p.grad is None else p.grad.clone()
                               for p in network.parameters()])  # fmt: skip
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other.expand_as(one), rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_compiler_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A compiler without the headers it needs, for example: what it says is passed on."""
    broken = tmp_path / "g++"
    broken.write_text("#!/bin/sh\necho no headers here >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    # Whatever was compiled before must not be found.
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    frames = two_sizes()
    variant = make_variant(family="schnet", cutoff=2.1, depth=1, features=6, n_train=4)
    data = to_tensors(frames, 2.1, frames.energy - frames.energy.mean())
    gradients = CompiledGradients(
        build_network(variant), variant, Training(batch_size=3), forces=True
    )
    # By its own way to change a setting: what pytest takes back would be gone for good.
    with (
        torch._inductor.config.patch({"cpp.cxx": (None, str(broken))}),
        pytest.raises(ModelError, match=r"cannot be compiled here .*set compile = false"),
    ):
        gradients(data.batch(torch.tensor([0, 13, 5])))
