"""Hessian blocks by automatic differentiation against closed forms and central differences."""

import numpy as np
import pytest
import torch
from ase.build import molecule
from pair_potential import PairPotential
from scipy.spatial.transform import Rotation

from nearsight.config import make_variant
from nearsight.families.registry import build_network
from nearsight.models.energies import Energy, build_energy
from nearsight.models.model import Model
from nearsight.respond import autograd, autograd_blocks, hessian_blocks

WATERS = molecule("H2O2")


def distances(position: torch.Tensor) -> torch.Tensor:
    i, j = torch.triu_indices(len(position), len(position), 1)
    return (position[i] - position[j]).norm(dim=1)


def lennard_jones_energy(position: torch.Tensor) -> torch.Tensor:
    """The potential of the fixture ``lennard_jones``."""
    distance = distances(position)
    return 4 * 0.01 * ((3.0 / distance) ** 12 - (3.0 / distance) ** 6).sum()


def network_energy(family: str, seed: int = 0) -> tuple[Model, Energy]:
    variant = make_variant(family=family, cutoff=3.0, depth=2, features=8, seed=seed)
    model = Model(build_network(variant), variant, dict.fromkeys((1, 8), 0.0))
    numbers = torch.as_tensor(WATERS.numbers).long()
    return model, build_energy(model.network, numbers, variant)


def shaken() -> np.ndarray:
    return WATERS.positions + np.random.default_rng(0).normal(0, 0.05, WATERS.positions.shape)


def test_lennard_jones_is_exact(lennard_jones: PairPotential, position: np.ndarray) -> None:
    blocks = autograd_blocks(lennard_jones_energy, position)
    exact = lennard_jones.hessian(position)
    np.testing.assert_allclose(blocks, exact, atol=1e-12 * np.abs(exact).max())


def test_coulomb_is_exact(position: np.ndarray) -> None:
    k = 14.4
    coulomb = PairPotential(slope=lambda r: -k / r**2, curvature=lambda r: 2 * k / r**3)
    blocks = autograd_blocks(lambda r: k * (1 / distances(r)).sum(), position)
    exact = coulomb.hessian(position)
    np.testing.assert_allclose(blocks, exact, atol=1e-12 * np.abs(exact).max())


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_differences_converge_to_it(family: str) -> None:
    """The error of central differences falls as the square of the step."""
    model, energy = network_energy(family)
    position = shaken()
    exact = autograd_blocks(energy, position)
    potential = model.potential(WATERS.numbers, dtype=torch.float64)
    errors = [
        np.abs(
            hessian_blocks(lambda r: potential(torch.as_tensor(r))[1].numpy(), position, step)
            - exact
        ).max()
        for step in (4e-3, 2e-3, 1e-3)
    ]
    assert np.abs(exact).max() > 0.01
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 2.0, atol=0.1)


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_laws_of_a_hessian(family: str) -> None:
    """Symmetric, rows sum to zero, norms of blocks do not turn with the molecule."""
    _, energy = network_energy(family)
    position = shaken()
    blocks = autograd_blocks(energy, position)
    size = np.abs(blocks).max()
    np.testing.assert_allclose(blocks, blocks.transpose(1, 0, 3, 2), atol=1e-13 * size)
    np.testing.assert_allclose(blocks.sum(axis=1), 0, atol=1e-12 * size)
    turned = autograd_blocks(energy, position @ Rotation.random(rng=3).as_matrix().T + 7.0)
    norms = [np.linalg.norm(b, axis=(2, 3)) for b in (blocks, turned)]
    np.testing.assert_allclose(*norms, atol=1e-12 * size)


@pytest.mark.parametrize("values", [1, 4 * 4 * 64 * 5, 2**40])
def test_batches_do_not_matter(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    _, energy = network_energy("painn")
    expected = autograd_blocks(energy, shaken())
    monkeypatch.setattr(autograd, "VALUES_AT_ONCE", values)
    np.testing.assert_allclose(autograd_blocks(energy, shaken()), expected, atol=1e-14)


def test_atoms_out_of_reach_do_not_answer() -> None:
    _, energy = network_energy("schnet")
    assert not autograd_blocks(energy, 100 * np.arange(12.0).reshape(4, 3)).any()


def test_the_network_is_left_as_it_is() -> None:
    model, energy = network_energy("painn")
    before = {name: x.clone() for name, x in model.network.state_dict().items()}
    autograd_blocks(energy, shaken())
    after = model.network.state_dict()
    assert all(torch.equal(x, after[name]) for name, x in before.items())
    assert next(model.network.parameters()).dtype == torch.float32
    assert next(model.network.parameters()).requires_grad
