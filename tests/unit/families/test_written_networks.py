"""Networks of SchNetPack written for a compiler: of every make-up that is known, no other."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase.build import molecule
from torch import nn
from torch.nn import functional

from nearsight.families.graph import copies
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.pairlist import all_pairs
from nearsight.families.registry import family
from nearsight.families.schnetpack import tables

CUTOFF, FEATURES = 3.0, 8
SCHNET, PAINN = spk.representation.SchNet, spk.representation.PaiNN
ATOMWISE = spk.atomistic.Atomwise
F64 = torch.float64


def network(
    kind: type[nn.Module], *, basis: str = "GaussianRBF", cutoff: str = "CosineCutoff",
    head: dict[str, Any] | None = None, **options: Any,
) -> Any:  # fmt: skip
    """Random weights and biases, in double precision."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        made = spk.model.NeuralNetworkPotential(
            kind(
                n_atom_basis=FEATURES, n_interactions=2,
                radial_basis=getattr(spk.nn, basis)(n_rbf=7, cutoff=CUTOFF),
                cutoff_fn=getattr(spk.nn, cutoff)(CUTOFF), **options,
            ),
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=[ATOMWISE(FEATURES, output_key="y", **(head or {}))],
        )  # fmt: skip
        for parameter in made.parameters():
            if parameter.ndim == 1:
                nn.init.normal_(parameter, std=0.3)
    return made.double().eval().requires_grad_(False)


def family_of(made: Any) -> Any:
    return family(type(made.representation).__name__.lower())


def check(made: Any) -> None:
    """Energies and forces are those of ``values``."""
    atoms = molecule("CH3CH2OH")
    noise = np.random.default_rng(0).normal(0, 0.1, (2, len(atoms), 3))
    position, numbers = torch.as_tensor(atoms.positions + noise), torch.as_tensor(atoms.numbers)
    flat = position.reshape(-1, 3).requires_grad_()
    graph = copies(numbers, flat, *neighbor_pairs(position, CUTOFF))
    expected = family_of(made).values(made, graph)
    (slope,) = torch.autograd.grad(expected.sum(), flat)
    written = family_of(made).written(made)
    pairs = all_pairs(len(numbers), dtype=F64, device="cpu")
    energy, force = written.function(position, numbers, *pairs, *written.weights)
    torch.testing.assert_close(energy, expected.detach(), rtol=1e-12, atol=1e-12)
    within = 1e-12 * float(slope.abs().max())
    torch.testing.assert_close(force, -slope.view(position.shape), rtol=0, atol=within)


OPTIONS: dict[str, Callable[[], Any]] = {
    "SchNet, filters fewer than features": lambda: network(SCHNET, n_filters=5),
    "SchNet, one block repeated": lambda: network(SCHNET, shared_interactions=True),
    "SchNet, tanh": lambda: network(SCHNET, activation=torch.tanh),
    "SchNet, mollifier": lambda: network(SCHNET, cutoff="MollifierCutoff"),
    "SchNet, centred": lambda: network(SCHNET, basis="GaussianRBFCentered"),
    "SchNet, long head": lambda: network(SCHNET, head={"n_hidden": [6, 4], "n_layers": 3}),
    "SchNet, head of one layer": lambda: network(SCHNET, head={"n_layers": 1}),
    "SchNet, head of its own": lambda: network(SCHNET, head={"activation": functional.gelu}),
    "PaiNN, Bessel": lambda: network(PAINN, basis="BesselRBF"),
    "PaiNN, one block repeated": lambda: network(PAINN, shared_interactions=True),
    "PaiNN, the same filters": lambda: network(PAINN, shared_filters=True),
    "PaiNN, softplus": lambda: network(PAINN, activation=spk.nn.shifted_softplus),
    "PaiNN, rounder vectors": lambda: network(PAINN, epsilon=1e-2),
}


@pytest.mark.parametrize("make", OPTIONS.values(), ids=OPTIONS)
def test_every_makeup(make: Callable[[], Any]) -> None:
    check(make())


def test_weights_of_the_key_are_not_in_the_function() -> None:
    """Another network of the make-up by the function of the first."""
    one, other = network(SCHNET), network(SCHNET)
    for parameter in other.parameters():
        parameter.data *= 1.1
    assert family_of(one).written(one).function == family_of(other).written(other).function
    check(other)


def test_a_network_is_left_as_it_is() -> None:
    made = network(PAINN).float()
    before = copy.deepcopy(made.state_dict())
    written = family_of(made).written(made)
    assert {w.dtype for w in written.weights} == {torch.float32}
    after = made.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert not any(w.requires_grad for w in written.weights)


def with_bias(made: Any, layer: str) -> Any:
    """With a bias where SchNetPack has none."""
    for module in made.representation.modules():
        if hasattr(module, layer):
            dense = getattr(module, layer)
            dense.bias = nn.Parameter(torch.zeros(dense.out_features, dtype=F64))
    return made


class OtherSchNet(SCHNET):  # type: ignore[misc]
    """May do anything."""


class OtherBlock(spk.representation.schnet.SchNetInteraction):  # type: ignore[misc]
    """May do anything."""


def other_block() -> Any:
    made = network(SCHNET)
    made.representation.interactions[1].__class__ = OtherBlock
    return made


UNKNOWN: dict[str, Callable[[], Any]] = {
    "average": lambda: network(SCHNET, head={"aggregation_mode": "avg"}),
    "activation": lambda: network(SCHNET, activation=functional.hardtanh),
    "bias of in2f": lambda: with_bias(network(SCHNET), "in2f"),
    "bias of the mixing": lambda: with_bias(network(PAINN), "mu_channel_mix"),
    "block": other_block,
}


@pytest.mark.parametrize("make", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_left_to_autograd(make: Callable[[], Any]) -> None:
    made = make()
    assert family_of(made).written(made) is None


def test_a_representation_of_another_class() -> None:
    assert family("schnet").written(network(OtherSchNet)) is None  # type: ignore[misc]
    assert family("painn").written(network(SCHNET)) is None  # type: ignore[misc]


def test_filters_that_no_table_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST", tables.FEWEST // 2)
    assert family("schnet").written(network(SCHNET)) is None  # type: ignore[misc]
