"""The replicas that are still running, and what velocity Verlet does to them."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import torch

from nearsight import units
from nearsight.errors import ModelError
from nearsight.md.replicas import kinetics
from nearsight.md.replicas.starts import Starts
from nearsight.models.force_field import Potential


@dataclass(frozen=True, eq=False)
class Running:
    """Running replicas, one row each; float64, on the CPU.

    Attributes:
        replica: (row,) which replica a row is.
        position: (row, atom, 3) Å.
        velocity: (row, atom, 3) Å/fs.
        force: (row, atom, 3) eV/Å at ``position``, once evaluated.
        energy: (row,) potential energy in eV at ``position``, once evaluated.
        start_energy: (row,) total energy at the start in eV.
        degrees_of_freedom: (row,) vibrational degrees of freedom.
        hot_steps: (row,) steps without a break, this one among them, that were too hot.
        beyond: (row, limit) whether a bond has been off its mean length by more than a limit.
        mass: (atom,) u.
    """

    replica: torch.Tensor
    position: torch.Tensor
    velocity: torch.Tensor
    force: torch.Tensor
    energy: torch.Tensor
    start_energy: torch.Tensor
    degrees_of_freedom: torch.Tensor
    hot_steps: torch.Tensor
    beyond: torch.Tensor
    mass: torch.Tensor

    def __len__(self) -> int:
        return self.replica.shape[0]

    @cached_property
    def kinetic_energy(self) -> torch.Tensor:
        """(row,) eV."""
        return kinetics.kinetic_energy(self.velocity, self.mass)

    @property
    def total_energy(self) -> torch.Tensor:
        """(row,) eV."""
        return self.energy + self.kinetic_energy

    @property
    def temperature(self) -> torch.Tensor:
        """(row,) K."""
        return kinetics.temperature(self.kinetic_energy, self.degrees_of_freedom)

    def kick(self, time: float) -> "Running":
        """Velocities after the present forces acted for ``time`` (fs)."""
        per_force = np.reciprocal(self.mass.numpy()) * (time * units.ACCELERATION)
        change = self.force.numpy() * per_force[:, None]
        return self._with(velocity=torch.from_numpy(self.velocity.numpy() + change))

    def drift(self, time: float) -> "Running":
        """Positions after free flight for ``time`` (fs); forces are those of before."""
        moved = self.position.numpy() + time * self.velocity.numpy()
        return self._with(position=torch.from_numpy(moved))

    def evaluate(self, potential: Potential) -> "Running":
        """Energies and forces at the present positions; an empty batch is left alone.

        Raises:
            ModelError: the potential gives other shapes than it should.
        """
        if not len(self):
            return self
        energy, force = potential(self.position)
        if energy.shape != self.energy.shape or force.shape != self.force.shape:
            raise ModelError(
                f"the potential gave energies {tuple(energy.shape)} and forces "
                f"{tuple(force.shape)}; expected {tuple(self.energy.shape)} and "
                f"{tuple(self.force.shape)}"
            )
        # Detached: a graph kept from step to step would grow without end.
        return self._with(energy=energy.detach().double(), force=force.detach().double())

    def feel(self, limit: float) -> "Running":
        """With one more hot step where the temperature is above the limit (K), else none."""
        hot = self.temperature > limit
        return self._with(hot_steps=(self.hot_steps + 1) * hot)

    def keep(self, rows: torch.Tensor) -> "Running":
        """The rows where the mask (row,) is true."""
        return self._with(**{name: getattr(self, name)[rows] for name in PER_ROW})

    def _with(self, **new: torch.Tensor) -> "Running":
        # As ``dataclasses.replace``, whose checks cost more than the arithmetic of a small batch.
        found = object.__new__(Running)
        found.__dict__.update(self.__dict__, **new)
        found.__dict__.pop("kinetic_energy", None)
        return found


PER_ROW = tuple(field.name for field in fields(Running) if field.name != "mass")
"""The tensors of a batch that have a row per replica."""


def all_running(starts: Starts, n_limits: int) -> Running:
    """All replicas at their start; energies and forces are not evaluated yet (NaN)."""
    none = torch.zeros(len(starts), dtype=torch.int64, device=starts.position.device)
    unknown = torch.full_like(starts.position[:, 0, 0], torch.nan)
    return Running(
        replica=torch.arange(len(starts), device=starts.position.device),
        position=starts.position,
        velocity=starts.velocity,
        force=torch.full_like(starts.position, torch.nan),
        energy=unknown,
        start_energy=unknown,
        degrees_of_freedom=kinetics.degrees_of_freedom(starts.position, starts.mass),
        hot_steps=none,
        beyond=torch.zeros((len(starts), n_limits), dtype=torch.bool, device=none.device),
        mass=starts.mass,
    )
