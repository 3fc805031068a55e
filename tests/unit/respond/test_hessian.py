"""Hessian blocks by central differences against closed forms and against autograd."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.lj import LennardJones
from pair_potential import PairPotential

from nearsight.config import make_variant
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import assemble, both_ways
from nearsight.models.model import Model
from nearsight.respond import calculator_forces, hessian_blocks


def test_blocks_of_a_pair_potential(lennard_jones: PairPotential, position: np.ndarray) -> None:
    exact = lennard_jones.hessian(position)
    blocks = hessian_blocks(lennard_jones.forces, position, 1e-3)
    assert blocks.shape == (6, 6, 3, 3)
    assert np.abs(exact).max() > 0.05
    np.testing.assert_allclose(blocks, exact, atol=1e-5)


def test_error_is_of_second_order_in_the_step(
    lennard_jones: PairPotential, position: np.ndarray
) -> None:
    exact = lennard_jones.hessian(position)
    errors = [
        np.abs(hessian_blocks(lennard_jones.forces, position, step) - exact).max()
        for step in (0.04, 0.02, 0.01, 0.005)
    ]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, 2.0, atol=0.05)


def test_rows_sum_to_zero(lennard_jones: PairPotential, position: np.ndarray) -> None:
    """Moving every atom alike changes no force: exact for H, and to rounding for differences."""
    blocks = hessian_blocks(lennard_jones.forces, position, 0.01)
    # sum over j: the net force stays zero under any displacement.
    np.testing.assert_allclose(blocks.sum(axis=1), 0, atol=1e-12)
    # sum over i: translation; each atom was displaced alone, so to second order in the step.
    assert np.abs(blocks.sum(axis=0)).max() < 1e-2 * np.abs(blocks).max()
    finer = hessian_blocks(lennard_jones.forces, position, 1e-4)
    np.testing.assert_allclose(finer.sum(axis=0), 0, atol=1e-6)


def test_symmetric_to_the_noise(lennard_jones: PairPotential, position: np.ndarray) -> None:
    blocks = hessian_blocks(lennard_jones.forces, position, 1e-3)
    np.testing.assert_allclose(blocks, blocks.transpose(1, 0, 3, 2), atol=1e-5)


@pytest.mark.parametrize("batch", [1, 5, 36, 1000])
def test_batches_do_not_matter(
    batch: int, lennard_jones: PairPotential, position: np.ndarray
) -> None:
    sizes = []

    def counting(positions: np.ndarray) -> np.ndarray:
        sizes.append(len(positions))
        return lennard_jones.forces(positions)

    blocks = hessian_blocks(counting, position, 0.01, batch=batch)
    np.testing.assert_array_equal(blocks, hessian_blocks(lennard_jones.forces, position, 0.01))
    assert max(sizes) <= batch
    assert sum(sizes) == 36


def test_which_block_is_which() -> None:
    """A force on atom 1 along y that answers to atom 0 along x alone fills a single entry."""

    def forces(positions: np.ndarray) -> np.ndarray:
        result = np.zeros_like(positions)
        result[:, 1, 1] = -7.0 * positions[:, 0, 0]
        return result

    blocks = hessian_blocks(forces, np.zeros((3, 3)), 0.1)
    expected = np.zeros((3, 3, 3, 3))
    expected[0, 1, 0, 1] = 7.0
    np.testing.assert_allclose(blocks, expected, atol=1e-12)


def test_forces_of_a_calculator(lennard_jones: PairPotential, position: np.ndarray) -> None:
    calculator = LennardJones(sigma=3.0, epsilon=0.01, rc=100.0)
    positions = np.stack([position, position[::-1]])
    forces = calculator_forces(calculator, np.full(6, 18))(positions)
    np.testing.assert_allclose(forces, lennard_jones.forces(positions), atol=1e-6)


@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_network_equals_autograd(family: str) -> None:
    variant = make_variant(family=family, cutoff=3.0, depth=2, features=8)
    model = Model(build_network(variant), variant, dict.fromkeys((1, 8), 0.0))
    atoms: Atoms = molecule("H2O2")
    atoms.positions += np.random.default_rng(0).normal(0, 0.05, atoms.positions.shape)
    potential = model.potential(atoms.numbers, dtype=torch.float64)
    blocks = hessian_blocks(
        lambda r: potential(torch.as_tensor(r))[1].numpy(), atoms.positions, 1e-4
    )

    network = build_network(variant).double().eval()
    network.output_modules = network.output_modules[:1]  # the energy alone
    numbers, count = torch.as_tensor(atoms.numbers), torch.tensor([len(atoms)])

    def energy(flat: torch.Tensor) -> torch.Tensor:
        position = flat.reshape(-1, 3)
        pairs = both_ways(*neighbor_pairs(position.detach()[None], variant.cutoff))
        inputs = assemble(numbers, position, count, *pairs)
        for module in (*network.input_modules, network.representation, *network.output_modules):
            inputs = module(inputs)
        return inputs["energy"].sum()

    flat = torch.as_tensor(atoms.positions).reshape(-1)
    exact = torch.autograd.functional.hessian(energy, flat).reshape(4, 3, 4, 3).permute(0, 2, 1, 3)
    assert float(exact.abs().max()) > 0.01
    np.testing.assert_allclose(blocks, exact, atol=1e-5 * float(exact.abs().max()))
