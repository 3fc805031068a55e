"""Small starts, guards and force fields with known outcomes."""

from dataclasses import replace

import numpy as np
import torch

from nearsight import units
from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import Guards

LENGTH = 1.2
"""Rest length in Å of the two bonds of the trimers below."""

NEVER = Guards(
    bond=torch.empty((0, 2), dtype=torch.int64),
    bond_length=torch.empty(0, dtype=torch.float64),
    bond_limits=torch.tensor([0.25, 0.5, 1.0], dtype=torch.float64),
    main=1,
    contact=torch.zeros(1, 1, dtype=torch.float64),
    forms=torch.zeros(1, 1, dtype=torch.float64),
    breaks=torch.full((1, 1), torch.inf, dtype=torch.float64),
    isolation=torch.inf,
    energy_deviation=torch.inf,
    temperature_limit=torch.inf,
    temperature_time=0.0,
)
"""No rule ever holds, but that values must be finite; for any number of atoms."""

BONDS = replace(
    NEVER,
    bond=torch.tensor([[0, 1], [1, 2]]),
    bond_length=torch.tensor([LENGTH, LENGTH], dtype=torch.float64),
)
"""Only the rule of the bonds."""

GUARDS = replace(BONDS, contact=torch.full((1, 1), 0.5 * LENGTH), temperature_limit=1e6)


def trimers(n_replicas: int, *, bend: float = 1.0) -> Starts:
    """Resting bent trimers; ``bend`` is half the angle at the middle in radians."""
    arm = LENGTH * np.array([np.sin(bend), np.cos(bend), 0])
    shape = np.stack([arm, np.zeros(3), arm * [-1, 1, 1]])
    position = torch.from_numpy(np.repeat(shape[None], n_replicas, axis=0))
    return Starts(
        position=position,
        velocity=torch.zeros_like(position),
        mass=torch.tensor([16.0, 12.0, 16.0], dtype=torch.float64),
        atomic_number=torch.tensor([8, 6, 8]),
        frame=torch.arange(n_replicas),
        seed=0,
    )


def moving(starts: Starts, replica: int, atom: int, velocity: list[float]) -> Starts:
    """The starts with one atom of one replica in motion (Å/fs)."""
    changed = starts.velocity.clone()
    changed[replica, atom] = torch.tensor(velocity, dtype=torch.float64)
    return replace(starts, velocity=changed)


def settings_of(n_steps: int, *, timestep: float = 0.5, write_interval: int = 10) -> Dynamics:
    return Dynamics(
        timestep=timestep,
        duration=n_steps * timestep / units.FS_PER_PS,
        write_interval=write_interval,
    )


def free(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """No forces at all: atoms move on straight lines."""
    return torch.zeros_like(position[:, 0, 0]), torch.zeros_like(position)


def springs(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Two bonds with 20 eV/Å² each."""
    arm = position[:, [0, 2]] - position[:, [1]]
    distance = arm.norm(dim=-1)
    energy = 10 * (distance - LENGTH).square().sum(-1)
    pull = -20 * (distance - LENGTH)[..., None] * arm / distance[..., None]
    return energy, torch.stack([pull[:, 0], -pull.sum(1), pull[:, 1]], dim=1)


def frames_of(position: np.ndarray, numbers: list[int], subset: int = 0) -> Frames:
    """Frames of one molecule, (frame, atom, 3) Å, without labels worth anything."""
    n_frames, n_atoms, _ = position.shape
    flat = position.reshape(-1, 3)
    return Frames(
        atomic_number=np.tile(numbers, n_frames),
        position=flat,
        force=np.zeros_like(flat),
        n_atoms=np.full(n_frames, n_atoms),
        energy=np.zeros(n_frames),
        subset=np.full(n_frames, subset),
        source=np.zeros(n_frames, dtype=int),
    )
