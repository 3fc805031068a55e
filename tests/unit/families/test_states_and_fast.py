"""The evaluation of ours against SchNetPack's own, for all it knows and for what it does not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase import Atoms
from ase.build import molecule
from torch import nn
from torch.nn import functional

from nearsight.config import make_variant
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import every_family, family
from nearsight.families.schnetpack.inputs import assemble, both_ways
from nearsight.families.schnetpack.network import ENERGY_KEY, FORCE_KEY
from nearsight.models import potential as potential_module
from nearsight.models.potential import Potential, build_potential

CUTOFF, FEATURES = 3.0, 8
VARIANT = make_variant(family="schnet", cutoff=CUTOFF, depth=3, features=FEATURES)


def network(
    family: type[nn.Module],
    *,
    basis: type[nn.Module] = spk.nn.GaussianRBF,
    cutoff: type[nn.Module] = spk.nn.CosineCutoff,
    head: dict[str, Any] | None = None,
    **options: Any,
) -> spk.model.NeuralNetworkPotential:
    """Random weights and, unlike SchNetPack's own start, random biases."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        result = spk.model.NeuralNetworkPotential(
            family(
                n_atom_basis=FEATURES,
                n_interactions=3,
                radial_basis=basis(n_rbf=7, cutoff=CUTOFF),
                cutoff_fn=cutoff(CUTOFF),
                **options,
            ),
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=[
                spk.atomistic.Atomwise(n_in=FEATURES, output_key=ENERGY_KEY, **(head or {})),
                spk.atomistic.Forces(energy_key=ENERGY_KEY, force_key=FORCE_KEY),
            ],
        )
        for name, parameter in result.named_parameters():
            if name.endswith("bias"):
                nn.init.normal_(parameter, std=0.3)
    return result.eval()


SCHNET, PAINN = spk.representation.SchNet, spk.representation.PaiNN
KNOWN: dict[str, Callable[[], nn.Module]] = {
    "schnet": lambda: network(SCHNET),
    "schnet, one block": lambda: network(SCHNET, shared_interactions=True),
    "schnet, more filters": lambda: network(SCHNET, n_filters=12, activation=torch.tanh),
    "schnet, others' functions": lambda: network(
        SCHNET, basis=spk.nn.BesselRBF, cutoff=spk.nn.MollifierCutoff
    ),
    "painn": lambda: network(PAINN),
    "painn, one block": lambda: network(PAINN, shared_interactions=True),
    "painn, one set of filters": lambda: network(PAINN, shared_filters=True, epsilon=1e-3),
    "painn, others' functions": lambda: network(
        PAINN, basis=spk.nn.BesselRBF, cutoff=spk.nn.MollifierCutoff, activation=torch.tanh
    ),
    "painn, deep head": lambda: network(
        PAINN, head={"n_layers": 3, "n_hidden": [9, 5], "activation": functional.gelu}
    ),
}


class Subclass(spk.representation.SchNet):
    """May do anything in its forward."""


def with_postprocessor() -> nn.Module:
    result = network(PAINN)
    result.postprocessors.append(spk.transform.CastTo64())
    return result


def with_filter_activation() -> nn.Module:
    result = network(PAINN)
    result.representation.filter_net.activation = nn.Tanh()
    return result


UNKNOWN: dict[str, Callable[[], nn.Module]] = {
    "subclass": lambda: network(Subclass),
    "mean of atoms": lambda: network(SCHNET, head={"aggregation_mode": "avg"}),
    "postprocessor": with_postprocessor,
    "activation of the filters": with_filter_activation,
}


def geometries() -> tuple[Atoms, torch.Tensor]:
    """Ethanol near its minimum, one with an atom and one with half of its atoms flown off."""
    atoms = molecule("CH3CH2OH")
    noise = np.random.default_rng(2).normal(0, 0.1, (5, len(atoms), 3))
    position = torch.as_tensor(atoms.positions + noise)
    position[3, -1] += 40
    position[4, ::2] += torch.arange(5.0)[:, None] * 7
    return atoms, position


def by_schnetpack(
    net: nn.Module, atoms: Atoms, position: torch.Tensor, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    inputs = assemble(
        torch.as_tensor(atoms.numbers, dtype=torch.long).repeat(len(position)),
        position.to(dtype).reshape(-1, 3),
        torch.full((len(position),), len(atoms)),
        *both_ways(*neighbor_pairs(position, CUTOFF)),
    )
    result = net.to(dtype)(inputs)
    return result[ENERGY_KEY].detach(), result[FORCE_KEY].detach().view(position.shape)


def built(net: nn.Module, atoms: Atoms, dtype: torch.dtype) -> Potential:
    numbers = torch.as_tensor(atoms.numbers, dtype=torch.long)
    return build_potential(net, numbers, VARIANT, dtype=dtype, device="cpu")


@pytest.mark.parametrize("name", [*KNOWN, *UNKNOWN])
def test_same_as_schnetpack_in_double_precision(name: str) -> None:
    net = (KNOWN | UNKNOWN)[name]()
    atoms, position = geometries()
    energy, force = built(net, atoms, torch.float64)(position)
    expected, slope = by_schnetpack(net, atoms, position, torch.float64)
    assert float(slope.abs().max()) > 1e-2
    torch.testing.assert_close(energy, expected, rtol=1e-12, atol=1e-13)
    torch.testing.assert_close(force, slope, rtol=1e-12, atol=1e-12 * float(slope.abs().max()))


@pytest.mark.parametrize("name", KNOWN)
def test_same_as_schnetpack_to_rounding_in_single_precision(name: str) -> None:
    net = KNOWN[name]()
    atoms, position = geometries()
    energy, force = built(net, atoms, torch.float32)(position)
    expected, slope = by_schnetpack(net, atoms, position, torch.float32)
    assert energy.dtype == force.dtype == torch.float64
    torch.testing.assert_close(energy, expected.double(), rtol=2e-6, atol=2e-6)
    size = float(slope.abs().max())
    torch.testing.assert_close(force, slope.double(), rtol=0, atol=1e-5 * size)


@pytest.mark.parametrize("name", KNOWN)
def test_known_networks_take_the_fast_way(name: str) -> None:
    assert family(name.split(",")[0]).fast(KNOWN[name]()) is not None


@pytest.mark.parametrize("name", UNKNOWN)
def test_other_networks_are_left_to_schnetpack(name: str) -> None:
    with_fast = [one.fast for one in every_family() if one.fast is not None]
    assert all(fast(UNKNOWN[name]()) is None for fast in with_fast)


def test_electronic_embeddings_are_left_to_schnetpack() -> None:
    net = network(PAINN)
    net.representation.electronic_embeddings.append(nn.Identity())
    assert family("painn").fast(net) is None


@pytest.mark.parametrize("family", [SCHNET, PAINN])
def test_atoms_without_neighbours_feel_no_force(family: type[nn.Module]) -> None:
    atoms = Atoms("OH", positions=[[0, 0, 0], [0, 0, 50]])
    net = network(family)
    position = torch.as_tensor(atoms.positions)[None]
    energy, force = built(net, atoms, torch.float64)(position)
    torch.testing.assert_close(energy, by_schnetpack(net, atoms, position, torch.float64)[0])
    assert torch.equal(force, torch.zeros_like(position))


@pytest.mark.parametrize("name", ["schnet", "painn", "mean of atoms"])
def test_in_parts_as_at_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = (KNOWN | UNKNOWN)[name]()
    atoms, position = geometries()
    whole = built(net, atoms, torch.float64)(position)
    # Two replicas at a time, then one.
    monkeypatch.setattr(potential_module, "VALUES_AT_ONCE", 2 * 36 * FEATURES)
    parts = built(net, atoms, torch.float64)(position)
    for a, b in zip(whole, parts, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


def test_the_network_is_left_as_it_is() -> None:
    net = network(PAINN).train()
    atoms, position = geometries()
    built(net, atoms, torch.float64)(position)
    assert net.training
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    assert all(p.dtype == torch.float32 for p in net.parameters())
