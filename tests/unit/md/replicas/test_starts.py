from dataclasses import replace

import numpy as np
import pytest
import torch
from ase.build import molecule
from dimers import frames_of

from nearsight import units
from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.md.replicas.kinetics import (
    angular_momentum,
    degrees_of_freedom,
    kinetic_energy,
    momentum,
    temperature,
)
from nearsight.md.replicas.starts import draw_starts


def shaken(name: str, n_frames: int, amplitude: float = 0.05) -> Frames:
    atoms = molecule(name)
    noise = amplitude * np.random.default_rng(3).normal(size=(n_frames, len(atoms), 3))
    return frames_of(atoms.positions + noise, atoms.numbers.tolist())


@pytest.fixture
def ethanol() -> Frames:
    return shaken("CH3CH2OH", 20)


@pytest.mark.parametrize("name", ["CH3CH2OH", "CO2", "N2", "H2O", "C6H6"])
def test_temperature_is_exact_and_nothing_moves_or_turns_as_a_whole(name: str):
    frames = shaken(name, 6, amplitude=0.0 if name == "CO2" else 0.05)
    starts = draw_starts(frames, Dynamics(replicas=6, temperature=437.0))
    freedom = 3 * len(starts.mass) - (5 if name in ("CO2", "N2") else 6)
    kinetic = kinetic_energy(starts.velocity, starts.mass)
    assert degrees_of_freedom(starts.position, starts.mass).tolist() == [freedom] * 6
    np.testing.assert_allclose(2 * kinetic / (freedom * 8.617333262e-5), 437.0, rtol=1e-6)
    np.testing.assert_allclose(temperature(kinetic, torch.tensor(freedom)), 437.0, rtol=1e-12)
    assert momentum(starts.velocity, starts.mass).abs().max() < 1e-14
    turning = angular_momentum(starts.position, starts.velocity, starts.mass)
    assert turning.abs().max() < 1e-13


def test_velocities_are_maxwell_boltzmann():
    starts = draw_starts(shaken("C6H6", 1), Dynamics(replicas=4000, temperature=300.0))
    energy = (starts.mass[:, None] * starts.velocity.square()).sum(2).mean(0) / units.ACCELERATION
    # Equipartition over what is left of each atom beside the six rigid motions.
    arm = starts.position[0] - starts.mass @ starts.position[0] / starts.mass.sum()
    axes = torch.eye(3, dtype=torch.float64)
    rigid = [axis.expand(12, 3) for axis in axes]
    rigid += [torch.linalg.cross(axis.expand(12, 3), arm) for axis in axes]
    weighted = [(starts.mass.sqrt()[:, None] * motion).flatten() for motion in rigid]
    basis = torch.linalg.qr(torch.stack(weighted, dim=1)).Q
    left = (1 - basis.square().sum(1)).reshape(12, 3).sum(1)
    np.testing.assert_allclose(energy, left * units.BOLTZMANN * 300, rtol=0.04)
    # A coordinate on a sphere in f = 30 dimensions has kurtosis 3 f / (f + 2).
    scaled = (starts.velocity / starts.velocity.std(0)).flatten()
    np.testing.assert_allclose(float((scaled**4).mean()), 3 * 30 / 32, atol=0.05)
    assert abs(float(scaled.mean())) < 0.01


def test_same_seed_same_starts_other_seed_others(ethanol: Frames):
    one, same, other = (draw_starts(ethanol, Dynamics(replicas=8, seed=s)) for s in (1, 1, 2))
    assert torch.equal(one.position, same.position)
    assert torch.equal(one.velocity, same.velocity)
    assert not torch.equal(one.frame, other.frame)
    assert (one.velocity != other.velocity).all()


def test_more_replicas_leave_the_first_ones_as_they_were(ethanol: Frames):
    few, many = (draw_starts(ethanol, Dynamics(replicas=n)) for n in (5, 50))
    assert torch.equal(few.frame, many.frame[:5])
    torch.testing.assert_close(few.velocity, many.velocity[:5], rtol=1e-12, atol=1e-16)


def test_no_frame_twice_before_every_frame_once(ethanol: Frames):
    frame = draw_starts(ethanol, Dynamics(replicas=50)).frame.numpy()
    assert sorted(frame[:20]) == list(range(20))
    assert sorted(frame[20:40]) == list(range(20))
    assert len(set(frame[40:])) == 10
    assert not np.array_equal(frame[:20], frame[20:40])


def test_positions_are_those_of_the_frames(ethanol: Frames):
    starts = draw_starts(ethanol, Dynamics(replicas=7))
    geometry = ethanol.position.reshape(20, 9, 3)
    about_the_middle = geometry - geometry.mean(1, keepdims=True)
    np.testing.assert_allclose(starts.position, about_the_middle[starts.frame], atol=1e-14)
    assert starts.atomic_number.tolist() == molecule("CH3CH2OH").numbers.tolist()
    np.testing.assert_allclose(starts.mass, molecule("CH3CH2OH").get_masses())


def test_other_atoms_or_other_order_are_refused(ethanol: Frames):
    numbers = ethanol.atomic_number.reshape(20, 9).copy()
    numbers[4] = numbers[4, ::-1]
    swapped = replace(ethanol, atomic_number=numbers.ravel())
    with pytest.raises(DataError, match="frame 4"):
        draw_starts(swapped, Dynamics(replicas=2))
    sizes = ethanol.n_atoms.copy()
    sizes[:2] = [10, 8]
    with pytest.raises(DataError, match="frame 1"):
        draw_starts(replace(ethanol, n_atoms=sizes), Dynamics(replicas=2))


def test_no_frames_and_single_atoms_are_refused(ethanol: Frames):
    with pytest.raises(DataError, match="0 frames"):
        draw_starts(ethanol.of_subset("test"), Dynamics(replicas=2))
    with pytest.raises(DataError, match="single atom"):
        draw_starts(frames_of(np.zeros((3, 1, 3)), [18]), Dynamics(replicas=2))
