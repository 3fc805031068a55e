"""Laws that NVE dynamics must obey, with closed forms and with ASE as the second opinion."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.calculators.morse import MorsePotential
from ase.md.verlet import VelocityVerlet
from scipy.spatial.transform import Rotation

from nearsight import units
from nearsight.config import Dynamics
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.kinetics import angular_momentum, momentum, without_rigid_motion
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.run.nve import run
from nearsight.models.force_field import Potential

NEVER = Guards(
    bond=torch.empty((0, 2), dtype=torch.int64),
    bond_length=torch.empty(0, dtype=torch.float64),
    bond_limits=torch.tensor([0.5], dtype=torch.float64),
    main=0,
    contact=torch.zeros(1, 1, dtype=torch.float64),
    forms=torch.zeros(1, 1, dtype=torch.float64),
    breaks=torch.full((1, 1), torch.inf, dtype=torch.float64),
    isolation=torch.inf,
    energy_deviation=torch.inf,
    temperature_limit=torch.inf,
    temperature_time=0.0,
)


def starts_of(
    position: torch.Tensor, velocity: torch.Tensor, mass: list[float], numbers: list[int]
) -> Starts:
    return Starts(
        position=position.double(),
        velocity=velocity.double(),
        mass=torch.tensor(mass, dtype=torch.float64),
        atomic_number=torch.tensor(numbers),
        frame=torch.arange(len(position)),
        seed=0,
    )


def settings_of(n_steps: int, timestep: float, write_interval: int = 1) -> Dynamics:
    return Dynamics(
        timestep=timestep,
        duration=n_steps * timestep / units.FS_PER_PS,
        write_interval=write_interval,
    )


def harmonic(rest: torch.Tensor, stiffness: torch.Tensor) -> Potential:
    """E = u K u / 2 for displacements u = r - rest along x, K (atom, atom) in eV/Å²."""

    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        moved = (position - rest)[..., 0]
        force = torch.zeros_like(position)
        force[..., 0] = -moved @ stiffness
        return 0.5 * (moved @ stiffness * moved).sum(-1), force

    return evaluate


def morse(depth: float, steepness: float, length: float) -> Potential:
    """Sum over all pairs of D (1 - exp(-a (r - r0)))², forces by autograd and left attached."""

    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        position = position.clone().requires_grad_(True)
        i, j = torch.triu_indices(position.shape[1], position.shape[1], 1)
        distance = (position[:, i] - position[:, j]).norm(dim=-1)
        energy = (depth * (1 - torch.exp(-steepness * (distance - length))) ** 2).sum(-1)
        (gradient,) = torch.autograd.grad(energy.sum(), position, create_graph=True)
        return energy, -gradient

    return evaluate


def from_ase(calculator: Callable[[], Calculator], numbers: list[int]) -> Potential:
    def evaluate(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = [], []
        for geometry in position.numpy():
            atoms = Atoms(numbers, positions=geometry, calculator=calculator())
            energy.append(atoms.get_potential_energy())
            force.append(atoms.get_forces())
        return torch.tensor(energy), torch.tensor(np.stack(force))

    return evaluate


CLUSTER = morse(depth=2.0, steepness=1.5, length=1.5)


def cluster_starts(n_replicas: int = 3, energy_scale: float = 0.02) -> Starts:
    """A bent tetramer of unequal masses with random velocities free of rigid motion."""
    rng = np.random.default_rng(7)
    shape = np.array([[0, 0, 0], [1.5, 0, 0], [0.7, 1.3, 0], [0.7, 0.5, 1.2]])
    position = torch.from_numpy(shape + 0.05 * rng.normal(size=(n_replicas, 4, 3)))
    mass = [12.0, 16.0, 14.0, 1.0]
    drawn = torch.from_numpy(energy_scale * rng.normal(size=(n_replicas, 4, 3)))
    velocity = without_rigid_motion(position, drawn, torch.tensor(mass, dtype=torch.float64))
    return starts_of(position, velocity, mass, [6, 8, 7, 1])


def run_cluster(n_steps: int, timestep: float, starts: Starts | None = None) -> Trajectories:
    return run(CLUSTER, starts or cluster_starts(), NEVER, settings_of(n_steps, timestep))


def test_chain_follows_closed_form_of_velocity_verlet():
    """Mode q of n: omega = 2 sqrt(k/m) sin(pi q / 2n), seen as cos W h = 1 - (omega h)² / 2."""
    n_atoms, k, mass, h, n_steps = 4, 30.0, 12.0, 0.5, 400
    laplacian = 2 * np.eye(n_atoms) - np.eye(n_atoms, k=1) - np.eye(n_atoms, k=-1)
    laplacian[0, 0] = laplacian[-1, -1] = 1
    rest = torch.zeros(n_atoms, 3, dtype=torch.float64)
    rest[:, 0] = 1.5 * torch.arange(n_atoms)
    q = np.arange(1, n_atoms)
    site = np.arange(n_atoms) + 0.5
    shape = torch.from_numpy(0.05 * np.cos(np.pi * q[:, None] * site / n_atoms))
    position = rest.repeat(len(q), 1, 1)
    position[..., 0] += shape
    starts = starts_of(position, torch.zeros_like(position), [mass] * n_atoms, [6] * n_atoms)
    potential = harmonic(rest, torch.from_numpy(k * laplacian))
    record = run(potential, starts, NEVER, settings_of(n_steps, h))

    omega = 2 * np.sqrt(k * units.ACCELERATION / mass) * np.sin(np.pi * q / (2 * n_atoms))
    seen = np.arccos(1 - (omega * h) ** 2 / 2) / h
    expected = shape.numpy() * np.cos(seen * n_steps * h)[:, None]
    np.testing.assert_allclose(
        record.ends.position[..., 0] - rest[:, 0].numpy(), expected, atol=1e-11
    )
    # The true period, to the known second-order error of the integrator.
    np.testing.assert_allclose(seen / omega - 1, (omega * h) ** 2 / 24, rtol=0.05)


def test_period_of_morse_dimer():
    """T = (2 pi / a) sqrt(mu / (2 (D - E))) for energy E above the bottom of the well."""
    depth, steepness, length, mass, h = 4.0, 1.8, 1.2, 10.0, 0.04
    position = torch.tensor([[[0.0, 0, 0], [length + 0.25, 0, 0]]], dtype=torch.float64)
    starts = starts_of(position, torch.zeros_like(position), [mass, mass], [7, 7])
    record = run(morse(depth, steepness, length), starts, NEVER, settings_of(3000, h))
    energy = depth * (1 - np.exp(-steepness * 0.25)) ** 2
    scale = mass / 2 / (2 * (depth - energy) * units.ACCELERATION)
    period = 2 * np.pi / steepness * np.sqrt(scale)
    kinetic = record.kinetic_energy[0]
    turning = record.time[1:-1][(kinetic[1:-1] < kinetic[:-2]) & (kinetic[1:-1] < kinetic[2:])]
    assert len(turning) >= 4
    np.testing.assert_allclose(np.diff(turning).mean() * 2, period, rtol=2e-3)
    np.testing.assert_allclose(record.total_energy[0], energy, rtol=1e-4)


def test_energy_fluctuation_scales_with_the_square_of_the_timestep():
    spread = [run_cluster(int(120 / h), h).total_energy.std(axis=1) for h in (0.4, 0.2, 0.1)]
    exponent = np.log2(np.stack(spread[:-1]) / np.stack(spread[1:]))
    assert ((exponent > 1.9) & (exponent < 2.1)).all(), exponent


def test_trajectory_error_scales_with_the_square_of_the_timestep():
    end = {h: run_cluster(round(20 / h), h).ends.position for h in (0.2, 0.1, 0.05, 0.0125)}
    error = [np.abs(end[h] - end[0.0125]).max() for h in (0.2, 0.1, 0.05)]
    # The finest run is itself off by h²: (0.1² - 0.0125²) / (0.05² - 0.0125²) and alike.
    square = np.array([0.2, 0.1, 0.05]) ** 2 - 0.0125**2
    exponent = 2 * np.log(np.divide(error[:-1], error[1:])) / np.log(square[:-1] / square[1:])
    assert ((exponent > 1.9) & (exponent < 2.1)).all(), exponent


def test_time_reversal_returns_to_the_start():
    starts = cluster_starts()
    there = run_cluster(500, 0.25, starts)
    turned = replace(
        starts,
        position=torch.from_numpy(there.ends.position),
        velocity=-torch.from_numpy(there.ends.velocity),
    )
    back = run_cluster(500, 0.25, turned)
    assert np.abs(there.ends.position - starts.position.numpy()).max() > 0.05
    np.testing.assert_allclose(back.ends.position, starts.position.numpy(), atol=1e-9)
    np.testing.assert_allclose(back.ends.velocity, -starts.velocity.numpy(), atol=1e-9)


def test_momentum_and_angular_momentum_are_conserved():
    starts = cluster_starts()
    spin = torch.linalg.cross(
        torch.tensor([0.0, 0.003, 0.01]).double().expand(3, 4, 3), starts.position
    )
    starts = replace(starts, velocity=starts.velocity + spin + torch.tensor([0.001, 0.002, 0.0]))
    record = run_cluster(800, 0.25, starts)
    position, velocity = map(torch.from_numpy, (record.ends.position, record.ends.velocity))
    before = angular_momentum(starts.position, starts.velocity, starts.mass)
    assert before.abs().min() > 1e-3
    torch.testing.assert_close(
        momentum(velocity, starts.mass), momentum(starts.velocity, starts.mass), atol=1e-13, rtol=0
    )
    torch.testing.assert_close(
        angular_momentum(position, velocity, starts.mass), before, atol=1e-12, rtol=0
    )


@pytest.mark.parametrize(
    ("calculator", "number", "spacing"),
    [(EMT, 29, 2.4), (lambda: MorsePotential(epsilon=1.5, rho0=4.0, r0=1.6), 6, 1.6)],
    ids=["EMT copper", "Morse"],
)
def test_agrees_with_ase_step_by_step(
    calculator: Callable[[], Calculator], number: int, spacing: float
):
    n_steps, h, numbers = 200, 1.0, [number] * 4
    shape = spacing * np.array([[0, 0, 0], [1, 0, 0], [0.5, 0.87, 0], [0.5, 0.29, 0.82]])
    rng = np.random.default_rng(1)
    velocity = 0.004 * rng.normal(size=(2, 4, 3))
    mass = [float(Atoms([number]).get_masses()[0])] * 4
    starts = starts_of(
        torch.from_numpy(np.stack([shape, 1.02 * shape])), torch.from_numpy(velocity), mass, numbers
    )
    position: list[np.ndarray] = []
    inner = from_ase(calculator, numbers)

    def watched(geometry: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        position.append(geometry.numpy().copy())
        return inner(geometry)

    record = run(watched, starts, NEVER, settings_of(n_steps, h))
    ours = np.stack(position)
    for replica in range(2):
        atoms = Atoms(numbers, positions=starts.position[replica], calculator=calculator())
        atoms.set_velocities(velocity[replica] / units.ASE_TIME_PER_FS)
        theirs, energy = [atoms.positions.copy()], [atoms.get_total_energy()]
        dynamics = VelocityVerlet(atoms, timestep=h * units.ASE_TIME_PER_FS)
        for _ in range(n_steps):
            dynamics.run(1)
            theirs.append(atoms.positions.copy())
            energy.append(atoms.get_total_energy())
        np.testing.assert_allclose(ours[:, replica], theirs, atol=1e-9)
        np.testing.assert_allclose(record.total_energy[replica], energy, atol=1e-9)
    assert np.abs(ours[-1] - ours[0]).max() > 0.05


def test_rotated_starts_give_rotated_trajectories_and_the_same_ends():
    guards = replace(
        NEVER,
        bond=torch.tensor([[0, 1], [0, 2]]),
        bond_length=torch.tensor([1.5, 1.5], dtype=torch.float64),
    )
    starts = cluster_starts(n_replicas=12, energy_scale=0.02)
    turn = torch.from_numpy(Rotation.from_euler("xyz", [0.3, 1.1, -0.7]).as_matrix())
    turned = replace(starts, position=starts.position @ turn.T, velocity=starts.velocity @ turn.T)
    one, two = (run(CLUSTER, s, guards, settings_of(400, 0.25)) for s in (starts, turned))
    assert 0 < one.event.sum() < 12
    np.testing.assert_array_equal(one.ends.kind, two.ends.kind)
    np.testing.assert_array_equal(one.ends.step, two.ends.step)
    np.testing.assert_array_equal(one.ends.atom, two.ends.atom)
    assert set(one.ends.kind) <= {EndKind.SURVIVED, EndKind.BOND}
    np.testing.assert_allclose(one.ends.position @ turn.numpy().T, two.ends.position, atol=1e-8)


def test_virial_of_harmonic_motion_splits_energy_evenly():
    """Time means of kinetic and potential energy of a harmonic oscillator are equal."""
    rest = torch.tensor([[0.0, 0, 0], [1.1, 0, 0]], dtype=torch.float64)
    stiffness = 60.0 * torch.tensor([[1.0, -1.0], [-1.0, 1.0]], dtype=torch.float64)
    position = rest.clone()[None]
    position[0, 1, 0] += 0.08
    starts = starts_of(position, torch.zeros_like(position), [14.0, 14.0], [7, 7])
    record = run(harmonic(rest, stiffness), starts, NEVER, settings_of(3000, 0.2))
    np.testing.assert_allclose(
        record.kinetic_energy.mean(), record.potential_energy.mean(), rtol=0.01
    )
    np.testing.assert_allclose(record.total_energy, 0.5 * 60 * 0.08**2, rtol=1e-3)
