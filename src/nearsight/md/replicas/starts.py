"""Where the replicas begin: held-out geometries and Maxwell-Boltzmann velocities."""

from dataclasses import dataclass

import numpy as np
import torch
from ase.data import atomic_masses

from nearsight import units
from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.families.centring import centred
from nearsight.md.replicas import kinetics
from nearsight.md.replicas.one_molecule import one_molecule


@dataclass(frozen=True, eq=False)
class Starts:
    """Phase-space points at time 0; real numbers are float64.

    Attributes:
        position: (replica, atom, 3) Å, about each geometry's mean position, since trajectories are
            kept in single precision.
        velocity: (replica, atom, 3) Å/fs, without net momentum and angular momentum.
        mass: (atom,) u.
        atomic_number: (atom,) nuclear charges.
        frame: (replica,) index of the geometry among the frames drawn from.
        seed: seed of the geometries and velocities.
    """

    position: torch.Tensor
    velocity: torch.Tensor
    mass: torch.Tensor
    atomic_number: torch.Tensor
    frame: torch.Tensor
    seed: int

    def __len__(self) -> int:
        return len(self.frame)


def draw_starts(frames: Frames, settings: Dynamics, *, sound: np.ndarray | None = None) -> Starts:
    """Draw geometries and velocities for ``settings.replicas`` replicas.

    No frame is taken twice before every frame was taken once. The first n replicas of a seed do
    not depend on how many follow.

    Args:
        frames: geometries to begin from, held out from training.
        settings: number of replicas, temperature and seed.
        sound: (sound,) indices of the frames to draw from; all by default.

    Raises:
        DataError: no frame, frames of different molecules, or a single atom.
    """
    numbers, geometry = one_molecule(frames, "start geometries")
    frame_source, velocity_source = np.random.default_rng(settings.seed).spawn(2)
    sound = np.arange(len(frames)) if sound is None else sound
    frame = sound[_choose(len(sound), settings.replicas, frame_source)]
    position = centred(torch.from_numpy(geometry[frame]))
    mass = torch.from_numpy(atomic_masses[numbers].astype(np.float64))
    return Starts(
        position=position,
        velocity=_maxwell_boltzmann(position, mass, settings.temperature, velocity_source),
        mass=mass,
        atomic_number=torch.from_numpy(numbers.astype(np.int64)),
        frame=torch.from_numpy(frame),
        seed=settings.seed,
    )


def _choose(n_frames: int, n_replicas: int, source: np.random.Generator) -> np.ndarray:
    rounds = [source.permutation(n_frames) for _ in range(-(-n_replicas // n_frames))]
    return np.concatenate(rounds)[:n_replicas]


def _maxwell_boltzmann(
    position: torch.Tensor, mass: torch.Tensor, target: float, source: np.random.Generator
) -> torch.Tensor:
    """Velocities (replica, atom, 3) in Å/fs at exactly the target temperature in K."""
    freedom = kinetics.degrees_of_freedom(position, mass)
    if bool((freedom < 1).any()):
        raise DataError("dynamics needs at least 2 atoms at different places, found a single atom")
    width = torch.sqrt(units.BOLTZMANN * target * units.ACCELERATION / mass)
    drawn = width[:, None] * torch.from_numpy(source.standard_normal(tuple(position.shape)))
    velocity = kinetics.without_rigid_motion(position, drawn, mass)
    found = kinetics.temperature(kinetics.kinetic_energy(velocity, mass), freedom)
    return velocity * torch.sqrt(target / found)[:, None, None]
