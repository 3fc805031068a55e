"""Values, forces and their gradients by the fast way against SchNetPack's own, for every target."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from nearsight.config import Variant, make_variant
from nearsight.data.frames import Frames
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import inputs_of
from nearsight.families.schnetpack.network import FORCE_KEY
from nearsight.models.batching import to_tensors
from nearsight.models.forward import Forward

CASES = [
    ("energy", "sum"), ("energy", "average"), ("homo", "average"), ("gap", "sum"),
    ("dipole", "dipole"), ("dipole", "average"), ("polarizability", "sum"),
]  # fmt: skip


def double_network(variant: Variant) -> torch.nn.Module:
    network = build_network(variant).double()
    generator = torch.Generator().manual_seed(1)
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(parameter, std=0.3, generator=generator)
    return network


@pytest.mark.parametrize("family", ["schnet", "painn"])
@pytest.mark.parametrize(("target", "pooling"), CASES)
def test_equals_schnetpack(family: str, target: str, pooling: str, mixed_frames: Frames) -> None:
    variant = make_variant(
        family=family, cutoff=2.5, depth=2, features=8, target=target, pooling=pooling
    )
    network = double_network(variant).train()
    labels = np.zeros(len(mixed_frames))
    batch = to_tensors(mixed_frames, 2.5, labels, dtype=torch.float64).batch(torch.arange(5))
    forward = Forward(network, variant)
    value, force = forward(batch, forces=target == "energy", trained=True)
    expected = network(inputs_of(batch))
    torch.testing.assert_close(value, expected[target], rtol=1e-12, atol=1e-12)
    loss, other = value.square().sum(), expected[target].square().sum()
    if force is not None:
        torch.testing.assert_close(force, expected[FORCE_KEY], rtol=1e-10, atol=1e-12)
        loss, other = (
            loss + force.square().sum(),
            other + expected[FORCE_KEY].square().sum(),
        )
    weights = list(network.parameters())
    ours, theirs = (
        torch.autograd.grad(x, weights, allow_unused=True, materialize_grads=True)
        for x in (loss, other)
    )
    for one, another in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, another, rtol=1e-9, atol=1e-11)


def test_one_molecule_alone(mixed_frames: Frames) -> None:
    """SchNetPack's own head of dipoles needs more than one molecule; ours gives one value each."""
    variant = make_variant(
        family="painn", cutoff=2.5, depth=1, features=8, target="dipole", pooling="dipole"
    )
    forward = Forward(double_network(variant), variant)
    data = to_tensors(mixed_frames, 2.5, np.zeros(5), dtype=torch.float64)
    together = forward(data.batch(torch.arange(5)), forces=False)[0]
    for k in range(5):
        alone = forward(data.batch(torch.tensor([k])), forces=False)[0]
        torch.testing.assert_close(alone, together[k : k + 1])


def test_weights_may_change_between_calls(mixed_frames: Frames) -> None:
    variant = make_variant(family="painn", cutoff=2.5, depth=2, features=8)
    network = double_network(variant)
    batch = to_tensors(mixed_frames, 2.5, np.zeros(5), dtype=torch.float64).batch(torch.arange(5))
    forward = Forward(network, variant)
    before = forward(batch, forces=True)[0]
    with torch.no_grad():
        network.representation.filter_net.weight.mul_(1.5)
    after = forward(batch, forces=True)[0]
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after.detach(), network(inputs_of(batch))["energy"].detach())


def test_average_does_not_grow_with_copies(mixed_frames: Frames) -> None:
    """Two molecules far apart: a sum doubles, an average stays."""
    first = mixed_frames.select(np.array([0]))
    twice = replace(
        first,
        atomic_number=np.tile(first.atomic_number, 2),
        position=np.concatenate([first.position, first.position + 50.0]),
        force=np.tile(first.force, (2, 1)),
        n_atoms=2 * first.n_atoms,
    )
    for pooling, ratio in (("sum", 2.0), ("average", 1.0)):
        variant = make_variant(
            family="schnet", cutoff=2.5, depth=2, features=8, target="gap", pooling=pooling
        )
        forward = Forward(double_network(variant), variant)
        one, two = (
            float(forward(to_tensors(f, 2.5, np.zeros(1), dtype=torch.float64).batch(
                torch.tensor([0])), forces=False)[0])
            for f in (first, twice)
        )  # fmt: skip
        np.testing.assert_allclose(two, ratio * one, rtol=1e-12)
