"""Laws every network must obey: forces are a gradient, symmetries, locality, smoothness."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from scipy.spatial.transform import Rotation

from nearsight.config import make_variant
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import assemble, both_ways
from nearsight.models.model import Model, Potential

ELEMENTS = (1, 6, 7, 8)
KINDS = [(a, b) for a in ("schnet", "painn") for b in ("gaussian", "bessel")]


@pytest.fixture(params=KINDS, ids="-".join)
def model(request: pytest.FixtureRequest) -> Model:
    family, basis = request.param
    variant = make_variant(
        family=family, cutoff=3.0, depth=2, features=12, radial_basis=basis, seed=1
    )
    network = build_network(variant)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():  # SchNetPack starts biases at zero, which would hide their mistakes
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
    return Model(network, variant, {z: -10.0 * z for z in ELEMENTS})


@pytest.fixture
def atoms() -> Atoms:
    ethanol = molecule("CH3CH2OH")
    ethanol.positions += np.random.default_rng(0).normal(0, 0.08, (9, 3))
    return ethanol


def potential(model: Model, numbers: np.ndarray) -> Potential:
    return model.potential(numbers, dtype=torch.float64)


def evaluate(model: Model, numbers: np.ndarray, position: np.ndarray) -> tuple[float, np.ndarray]:
    energy, force = potential(model, numbers)(torch.as_tensor(position)[None])
    return float(energy[0]), force[0].numpy()


def test_forces_are_minus_the_gradient(model: Model, atoms: Atoms) -> None:
    step = 1e-4
    moves = step * torch.eye(27, dtype=torch.float64).reshape(27, 9, 3)
    position = torch.as_tensor(atoms.positions)
    run = potential(model, atoms.numbers)
    plus, minus = run(position + moves)[0], run(position - moves)[0]
    numerical = -(plus - minus).reshape(9, 3) / (2 * step)
    force = run(position[None])[1][0]
    assert float(force.abs().max()) > 1e-2
    torch.testing.assert_close(force, numerical, rtol=1e-5, atol=1e-7)


def test_moving_and_turning(model: Model, atoms: Atoms) -> None:
    energy, force = evaluate(model, atoms.numbers, atoms.positions)
    for seed in range(3):
        turn = Rotation.random(rng=seed).as_matrix()
        shift = np.random.default_rng(seed).normal(0, 20, 3)
        moved, turned = evaluate(model, atoms.numbers, atoms.positions @ turn.T + shift)
        assert moved == pytest.approx(energy, abs=1e-9)
        np.testing.assert_allclose(turned, force @ turn.T, atol=1e-9)


def test_mirror_image(model: Model, atoms: Atoms) -> None:
    energy, force = evaluate(model, atoms.numbers, atoms.positions)
    mirrored, reflected = evaluate(model, atoms.numbers, atoms.positions * [1, 1, -1])
    assert mirrored == pytest.approx(energy, abs=1e-9)
    np.testing.assert_allclose(reflected, force * [1, 1, -1], atol=1e-9)


def test_order_of_atoms(model: Model, atoms: Atoms) -> None:
    energy, force = evaluate(model, atoms.numbers, atoms.positions)
    order = np.random.default_rng(0).permutation(9)
    permuted, forces = evaluate(model, atoms.numbers[order], atoms.positions[order])
    assert permuted == pytest.approx(energy, abs=1e-9)
    np.testing.assert_allclose(forces, force[order], atol=1e-9)


def test_no_net_force_and_no_net_torque(model: Model, atoms: Atoms) -> None:
    _, force = evaluate(model, atoms.numbers, atoms.positions)
    np.testing.assert_allclose(force.sum(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cross(atoms.positions, force).sum(axis=0), 0, atol=1e-9)


def test_elements_matter(model: Model, atoms: Atoms) -> None:
    run = evaluate(model, atoms.numbers, atoms.positions)[1]
    swapped = np.where(atoms.numbers == 8, 7, atoms.numbers)
    assert np.abs(evaluate(model, swapped, atoms.positions)[1] - run).max() > 1e-4


def test_separated_molecules_add_up(model: Model, atoms: Atoms) -> None:
    water = molecule("H2O")
    away = water.positions + np.array([60.0, 0, 0])
    both, force = evaluate(
        model,
        np.concatenate([atoms.numbers, water.numbers]),
        np.concatenate([atoms.positions, away]),
    )
    first, force_first = evaluate(model, atoms.numbers, atoms.positions)
    second, force_second = evaluate(model, water.numbers, water.positions)
    assert both == pytest.approx(first + second, abs=1e-9)
    np.testing.assert_allclose(force, np.concatenate([force_first, force_second]), atol=1e-9)


def node_states(model: Model, position: torch.Tensor) -> torch.Tensor:
    network = model.network.double()
    pair_i, pair_j = both_ways(*neighbor_pairs(position[None], model.variant.cutoff))
    n_atoms = len(position)
    numbers = torch.full((n_atoms,), 6)
    inputs = assemble(numbers, position, torch.tensor([n_atoms]), pair_i, pair_j)
    for module in network.input_modules:
        inputs = module(inputs)
    return network.representation(inputs)["scalar_representation"].detach()


def test_receptive_field_is_depth_times_cutoff(model: Model) -> None:
    """On a chain whose atoms see their next neighbours alone, news travels one atom per block."""
    position = torch.zeros(8, 3, dtype=torch.float64)
    position[:, 0] = 2.6 * torch.arange(8)
    before = node_states(model, position)
    position[0, 1] = 0.4  # still a neighbour of atom 1 and of no other
    changed = (node_states(model, position) != before).any(dim=1)
    depth = model.variant.depth
    assert changed.tolist() == [True] * (depth + 1) + [False] * (7 - depth)
    distance = torch.linalg.norm(position - position[0], dim=1)
    assert not changed[distance > model.variant.receptive_field].any()


def pair_energy(model: Model, distances: list[float]) -> tuple[np.ndarray, np.ndarray]:
    position = torch.zeros(len(distances), 2, 3, dtype=torch.float64)
    position[:, 1, 0] = torch.tensor(distances, dtype=torch.float64)
    energy, force = potential(model, np.array([6, 8]))(position)
    return energy.numpy(), force[:, 1, 0].numpy()


def test_smooth_at_the_cutoff(model: Model) -> None:
    """The cosine cutoff ends with value and slope zero, so the energy rises as the gap squared."""
    cutoff = model.variant.cutoff
    gaps = [1e-2, 1e-3, 1e-4]
    energies, forces = pair_energy(model, [cutoff + 0.1, *(cutoff - gap for gap in gaps)])
    assert forces[0] == 0
    rise = np.abs(energies[1:] - energies[0])
    assert rise[0] > 1e-9
    # Ten times closer: a hundredth of the energy and a tenth of the force, or less.
    assert (rise[1:] < 0.02 * rise[:-1] + 1e-12).all()
    assert (np.abs(forces[2:]) < 0.2 * np.abs(forces[1:-1])).all()


def test_replicas_of_a_batch_are_independent(model: Model, atoms: Atoms) -> None:
    moved = atoms.positions + np.random.default_rng(3).normal(0, 0.1, (5, 9, 3))
    energy, force = potential(model, atoms.numbers)(torch.as_tensor(moved))
    for k in range(5):
        alone, force_alone = evaluate(model, atoms.numbers, moved[k])
        assert float(energy[k]) == pytest.approx(alone, abs=1e-9)
        np.testing.assert_allclose(force[k], force_alone, atol=1e-10)
