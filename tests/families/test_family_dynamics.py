"""Dynamics of every family: the steps that ASE takes with the same model as a calculator."""

import numpy as np
import torch
from ase import units as ase_units
from ase.md.verlet import VelocityVerlet
from small_models import rattled

from nearsight import units
from nearsight.config import Dynamics
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import Guards
from nearsight.md.run.nve import run
from nearsight.models.ase_calculator import ModelCalculator
from nearsight.models.model import Model

N_STEPS, TIMESTEP = 8, 0.5
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


def test_steps_are_those_of_ase(model: Model) -> None:
    atoms = rattled("NH3")
    # Å/fs: some 300 K.
    velocity = np.random.default_rng(1).normal(0, 0.01, (2, 4, 3))
    position = np.stack([atoms.positions, atoms.positions + 0.02 * velocity[0]])
    starts = Starts(
        position=torch.from_numpy(position),
        velocity=torch.from_numpy(velocity),
        mass=torch.from_numpy(atoms.get_masses()),
        atomic_number=torch.from_numpy(atoms.numbers),
        frame=torch.arange(2),
        seed=0,
    )
    duration = N_STEPS * TIMESTEP / units.FS_PER_PS
    settings = Dynamics(timestep=TIMESTEP, duration=duration, write_interval=1)
    potential = model.potential(atoms.numbers, dtype=torch.float64)
    record = run(potential, starts, NEVER, settings)
    total = record.potential_energy + record.kinetic_energy
    # Forces of the other sign would be the same in both codes, but conserve nothing.
    assert (np.ptp(total, axis=1) < 0.05 * np.ptp(record.kinetic_energy, axis=1)).all()
    for replica in range(2):
        atoms.positions = position[replica]
        atoms.set_velocities(velocity[replica] / ase_units.fs)
        atoms.calc = ModelCalculator(model, device="cpu", precision="float64")
        energies, places = [atoms.get_potential_energy()], [atoms.positions.copy()]
        integrator = VelocityVerlet(atoms, TIMESTEP * ase_units.fs)
        for _ in range(N_STEPS):
            integrator.run(1)
            energies.append(atoms.get_potential_energy())
            places.append(atoms.positions.copy())
        # Two tables of constants of nature: what differs is their seventh digit.
        moved = np.abs(np.array(places[-1]) - places[0]).max()
        assert moved > 0.01
        np.testing.assert_allclose(record.position[replica], places, atol=1e-6)
        np.testing.assert_allclose(record.potential_energy[replica], energies, atol=1e-6)
