"""A family that is solved, not descended: least squares on pairs of atoms, made up here."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from toy_potential import toy_frames

from nearsight.config import Training, Variant, make_variant
from nearsight.data.frames import Frames, write_frames
from nearsight.families import registry
from nearsight.families.family import Family
from nearsight.families.graph import Graph, LabelledGraph
from nearsight.models.batching import to_tensors
from nearsight.models.model import Model
from nearsight.storage import read_dataset
from nearsight.train.closed_form import SOLVED
from nearsight.train.fit import fit
from nearsight.train.predict import predict
from nearsight.train.run import train_variant

CENTRES = torch.linspace(0.6, 2.8, 12, dtype=torch.float64)


class Pairs(torch.nn.Module):
    """E = sum over pairs of sum_k w_k exp(-8 (r - r_k)²), every pair of the toy molecule alike."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(len(CENTRES), dtype=torch.float64))


def features(graph: Graph) -> torch.Tensor:
    """(molecule, feature)."""
    distance = graph.vector.double().norm(dim=1)
    pairs = torch.exp(-8 * (distance[:, None] - CENTRES) ** 2)
    owner = graph.molecule[graph.first]
    return pairs.new_zeros((len(graph), len(CENTRES))).index_add(0, owner, pairs)


def least_squares(variant: Variant, batches: Iterable[LabelledGraph]) -> torch.nn.Module:
    rows, labels = zip(*[(features(b), b.label.double()) for b in batches], strict=True)
    module = Pairs()
    table, wanted = torch.cat(rows), torch.cat(labels)
    solution = torch.linalg.lstsq(table, wanted[:, None]).solution[:, 0]
    module.weight.data.copy_(solution)
    return module


SOLVED_FAMILY = Family(
    name="schnet",  # the name of a spec that is there
    build=lambda variant: Pairs(),
    values=lambda module, graph: features(graph) @ module.weight,
    cutoff=lambda module: 3.0,
    last_element=lambda module: None,
    fit=least_squares,
)


@pytest.fixture
def variant(monkeypatch: pytest.MonkeyPatch) -> Variant:
    monkeypatch.setattr(registry, "family", lambda name: SOLVED_FAMILY)
    return make_variant(family="schnet", cutoff=3.0, depth=1, features=16, n_train=60)


@pytest.fixture(scope="module")
def frames() -> Frames:
    return toy_frames()


def solved(frames: Frames, variant: Variant, batch_size: int = 10) -> Model:
    subsets = frames.of_subset("train"), frames.of_subset("validation")
    model, state = fit(*subsets, variant, Training(batch_size=batch_size), run_hash="x")
    assert (state.finished, state.epoch, state.best_epoch) == (SOLVED, 1, 1)
    assert model.status == "ok"
    return model


def test_it_is_the_least_squares_solution(frames: Frames, variant: Variant) -> None:
    """Of all frames at once: how they come in batches does not matter, nor any other start."""
    one, other = solved(frames, variant), solved(frames, variant, batch_size=7)
    torch.testing.assert_close(one.network.weight, other.network.weight, rtol=1e-6, atol=1e-6)
    train = frames.of_subset("train")
    label = train.energy - train.energy.mean()
    data = to_tensors(train, 3.0, label, dtype=torch.float64)
    table = features(data.batch(torch.arange(len(train))))
    left = table @ one.network.weight.detach() - torch.as_tensor(label)
    # What is left is orthogonal to all that could still be fitted.
    assert float((table.T @ left).abs().max()) < 1e-4 * float((table.T @ table).max())
    assert float(left.square().sum()) < 0.8 * float(np.square(label).sum())
    # The mean residual then goes into the offset.
    assert abs((predict(one, train)[0] - train.energy).mean()) < 1e-5


def test_forces_are_its_gradient(frames: Frames, variant: Variant) -> None:
    model, test = solved(frames, variant), frames.of_subset("test")
    position = torch.as_tensor(test.position[:4])
    run = model.potential(test.atomic_number[:4], dtype=torch.float64)
    moves = 1e-4 * torch.eye(12, dtype=torch.float64).reshape(12, 4, 3)
    plus, minus = run(position + moves)[0], run(position - moves)[0]
    force = run(position[None])[1][0]
    torch.testing.assert_close(force, -(plus - minus).reshape(4, 3) / 2e-4, rtol=1e-5, atol=1e-6)


def test_it_leaves_all_files_and_no_checkpoint(
    frames: Frames, variant: Variant, tmp_path: Path
) -> None:
    write_frames(frames, tmp_path / "data.nc", title="Morse molecule")
    out = tmp_path / "model.safetensors"
    card = train_variant(tmp_path / "data.nc", variant, Training(), out)
    assert (card.end, card.epochs, card.status) == (SOLVED, 1, "ok")
    history = read_dataset(tmp_path / "history.nc")
    assert history.sizes["epoch"] == 1
    assert history["learning_rate"].item() == 0
    assert history["validation_loss"].item() > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(
        ["card.json", "data.nc", "evaluation.nc", "history.nc", "model.safetensors"]
    )
