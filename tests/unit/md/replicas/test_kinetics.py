"""Kinetic energy, temperature and rigid motion, against closed forms and the laws of mechanics."""

import numpy as np
import pytest
import torch

from nearsight import units
from nearsight.md.replicas.kinetics import (
    angular_momentum,
    degrees_of_freedom,
    kinetic_energy,
    momentum,
    temperature,
    without_rigid_motion,
)

SHAPES = {
    "dimer": [[0, 0, 0], [0, 0, 1.1]],
    "linear": [[0, 0, 0], [0, 0, 1.2], [0, 0, 2.5]],
    "bent": [[0, 0, 0], [0, 0.8, 0.6], [0, -0.8, 0.6]],
    "pyramid": [[0, 0, 0], [0.9, 0, 0.4], [-0.5, 0.8, 0.4], [-0.5, -0.8, 0.4]],
}
FREE = {"dimer": 1, "linear": 4, "bent": 3, "pyramid": 6}
MASS = torch.tensor([14.0, 1.0, 16.0, 2.0], dtype=torch.float64)


def thrown(shape: str, n_replicas: int = 5) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Replicas in random places and orientations, with random velocities, and their masses."""
    random = torch.Generator().manual_seed(3)
    position = torch.tensor(SHAPES[shape], dtype=torch.float64)
    turns = torch.linalg.qr(torch.randn(n_replicas, 3, 3, generator=random, dtype=torch.float64)).Q
    shift = 20 * torch.randn(n_replicas, 1, 3, generator=random, dtype=torch.float64)
    velocity = torch.randn(n_replicas, len(position), 3, generator=random, dtype=torch.float64)
    return position @ turns + shift, 0.01 * velocity, MASS[: len(position)]


def test_energy_of_a_known_motion() -> None:
    """1 u at 1 Å/fs has 1/2 m v² = 51.8 eV (CODATA)."""
    velocity = torch.tensor([[[1.0, 0, 0], [0, 0, 0]], [[0, 2.0, 0], [0, 0, 1.0]]]).double()
    mass = torch.tensor([1.0, 4.0]).double()
    joule = 1.66053906660e-27 * 1e10 / 1.602176634e-19
    expected = [0.5 * joule, 0.5 * (4 + 4) * joule]
    np.testing.assert_allclose(kinetic_energy(velocity, mass), expected, rtol=1e-7)


def test_temperature_is_that_of_equipartition() -> None:
    freedom = torch.tensor([6.0, 3.0]).double()
    energy = freedom / 2 * units.BOLTZMANN * torch.tensor([300.0, 500.0])
    np.testing.assert_allclose(temperature(energy, freedom), [300, 500], rtol=1e-14)


@pytest.mark.parametrize("shape", SHAPES)
def test_vibrations_are_what_is_left(shape: str) -> None:
    position, _, mass = thrown(shape)
    assert degrees_of_freedom(position, mass).tolist() == [FREE[shape]] * len(position)


def test_an_almost_linear_molecule_is_bent() -> None:
    straight = torch.tensor([SHAPES["linear"]], dtype=torch.float64)
    for bend, expected in ((1e-6, 4), (1e-2, 3)):
        position = straight.clone()
        position[0, 1, 0] += bend
        assert degrees_of_freedom(position, MASS[:3]).item() == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_moves_or_turns_as_a_whole(shape: str) -> None:
    position, velocity, mass = thrown(shape)
    left = without_rigid_motion(position, velocity, mass)
    scale = momentum(velocity.abs(), mass).max().item()
    np.testing.assert_allclose(momentum(left, mass), 0, atol=1e-13 * scale)
    np.testing.assert_allclose(angular_momentum(position, left, mass), 0, atol=1e-12 * scale)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_removed_is_rigid_and_all_that_is(shape: str) -> None:
    """A projection: doing it twice changes nothing, and it takes no energy that it need not."""
    position, velocity, mass = thrown(shape)
    left = without_rigid_motion(position, velocity, mass)
    np.testing.assert_allclose(without_rigid_motion(position, left, mass), left, atol=1e-14)
    gone = velocity - left
    # A rigid motion keeps all distances: (r_i - r_j) . (v_i - v_j) = 0.
    arm = position[:, :, None] - position[:, None]
    rate = (arm * (gone[:, :, None] - gone[:, None])).sum(-1)
    np.testing.assert_allclose(rate, 0, atol=1e-13)
    np.testing.assert_allclose(
        kinetic_energy(left, mass) + kinetic_energy(gone, mass),
        kinetic_energy(velocity, mass),
        rtol=1e-10,
    )


def test_a_rigid_motion_is_removed_whole() -> None:
    position, _, mass = thrown("pyramid")
    turn = torch.tensor([0.01, -0.02, 0.03], dtype=torch.float64).expand_as(position)
    velocity = torch.linalg.cross(turn, position) + 0.05
    assert momentum(velocity, mass).abs().min() > 0
    left = without_rigid_motion(position, velocity, mass)
    np.testing.assert_allclose(left, 0, atol=1e-13)


def test_a_turning_dimer_by_hand() -> None:
    """m_1 m_2 / (m_1 + m_2) d v about the centre of mass."""
    position = torch.tensor([[[0.0, 0, 0], [2.0, 0, 0]]]).double()
    velocity = torch.tensor([[[0.0, 0, 0], [0, 3.0, 0]]]).double()
    mass = torch.tensor([3.0, 1.0]).double()
    found = angular_momentum(position, velocity, mass)
    np.testing.assert_allclose(found, [[0, 0, 3 * 1 / 4 * 2 * 3]], atol=1e-14)
    moved = angular_momentum(position + 7.0, velocity + 0.4, mass)
    np.testing.assert_allclose(moved, found, atol=1e-13)


def test_replicas_do_not_see_each_other() -> None:
    position, velocity, mass = thrown("bent")
    together = without_rigid_motion(position, velocity, mass)
    for k in range(len(position)):
        alone = without_rigid_motion(position[k : k + 1], velocity[k : k + 1], mass)
        np.testing.assert_allclose(together[k], alone[0], rtol=1e-12, atol=1e-16)
