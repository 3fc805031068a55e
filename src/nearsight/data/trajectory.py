"""One Langevin trajectory with the reference engine, that survives the engine's failures."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from ase import Atoms
from ase import units as ase_units
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution

from nearsight.config import Sampling
from nearsight.data.engine import reference_calculator
from nearsight.errors import ReferenceEngineError

logger = logging.getLogger(__name__)

# A few failures are bad luck at high temperature; more say that the settings are wrong.
TOLERATED = 5
TOLERATED_SHARE = 0.05


@dataclass
class Trajectory:
    """What one trajectory gives.

    Attributes:
        position: (frame, atom, 3) Å, centre of mass at the origin.
        force: (frame, atom, 3) eV/Å.
        energy: (frame,) eV.
        temperature: (frame,) K, kinetic, over all 3 n_atoms degrees of freedom.
        skipped: reason of every failure of the engine.
    """

    position: list[np.ndarray] = field(default_factory=list)
    force: list[np.ndarray] = field(default_factory=list)
    energy: list[float] = field(default_factory=list)
    temperature: list[float] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def run_trajectory(
    start: Atoms,
    settings: Sampling,
    seed: np.random.SeedSequence,
    n_frames: int,
    progress: Callable[[], None],
) -> Trajectory:
    """Sample the canonical ensemble with the Langevin integrator of ASE.

    The integrator is Eq. 23 of Vanden-Eijnden and Ciccotti, Chem. Phys. Lett. 429, 310 (2006). The
    centre of mass moves like any other degree of freedom and is taken out of stored positions.
    After a failure of the engine the trajectory goes on from its last stored frame (or the start)
    with new velocities; in the canonical ensemble these do not depend on the positions.

    Args:
        start: relaxed geometry; not changed.
        settings: temperature, time step, friction, equilibration, stride, accuracy.
        seed: of velocities and noise.
        n_frames: frames to store.
        progress: called after every stored frame.

    Raises:
        ReferenceEngineError: the engine fails too often.
    """
    rng = np.random.default_rng(seed)
    result = Trajectory()
    dynamics = _begin(start.get_positions(), start, settings, rng)
    equilibrated = False
    while len(result.energy) < n_frames:
        try:
            if not equilibrated:
                dynamics.run(settings.equilibration)
                equilibrated = True
            dynamics.run(settings.stride)
            _store(dynamics.atoms, result)
            progress()
        except ReferenceEngineError as error:
            _count(result, str(error), n_frames)
            last = result.position[-1] if result.position else start.get_positions()
            dynamics = _begin(last, start, settings, rng)
            equilibrated = bool(result.position)
    return result


def _begin(
    position: np.ndarray, start: Atoms, settings: Sampling, rng: np.random.Generator
) -> Langevin:
    atoms = Atoms(start.numbers, positions=position)
    atoms.calc = reference_calculator(accuracy=settings.accuracy)
    MaxwellBoltzmannDistribution(atoms, temperature_K=settings.temperature, rng=rng)
    return Langevin(
        atoms,
        settings.timestep * ase_units.fs,
        temperature_K=settings.temperature,
        friction=settings.friction / ase_units.fs,
        fixcm=False,
        rng=rng,
    )


def _store(atoms: Atoms, result: Trajectory) -> None:
    # Both first: a failure must not leave half a frame behind.
    energy, force = float(atoms.get_potential_energy()), atoms.get_forces()
    result.energy.append(energy)
    result.force.append(np.array(force))
    result.position.append(atoms.get_positions() - atoms.get_center_of_mass())
    # ase's get_temperature counts 3 n_atoms degrees of freedom, as many as the thermostat drives.
    result.temperature.append(float(atoms.get_temperature()))


def _count(result: Trajectory, reason: str, n_frames: int) -> None:
    result.skipped.append(reason)
    logger.warning("trajectory restarts from its last good frame: %s", reason)
    if len(result.skipped) > TOLERATED + TOLERATED_SHARE * n_frames:
        raise ReferenceEngineError(
            f"a trajectory failed {len(result.skipped)} times, {len(result.energy)} of {n_frames} "
            f"frames done: lower temperature or timestep, or check the molecule (last: {reason})"
        )
