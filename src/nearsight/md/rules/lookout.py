"""A quick look at every step that sees when no rule can hold, which is nearly always.

It compares with limits that are tighter than those of the rules by more than rounding. So where it
sees nothing, no rule holds; where it is not sure, the rules themselves are asked, and they alone
decide.
"""

from dataclasses import dataclass

import numpy as np
import torch

from nearsight import units
from nearsight.md.replicas.running import Running
from nearsight.md.rules.guards import Guards

MOST_ATOMS = 100
"""The look goes over all pairs; of larger molecules the rules on positions are asked every time."""

_MARGIN = 1e-9
"""Relative; far above what distances and energies lose by rounding."""

_KINETIC = 1e3
"""eV per atom above which nothing is calm: it bounds the rounding of energies."""


class Lookout:
    """Watches one run.

    Args:
        guards: the rules of the run.
    """

    def __init__(self, guards: Guards) -> None:
        self._guards = guards
        self._distances: _Distances | None = None
        self._energies: _Energies | None = None
        self._cool: torch.Tensor | None = None

    def is_calm(self, batch: Running) -> bool:
        """Whether no rule on positions can hold; False where that is not certain."""
        if batch.position.shape[1] > MOST_ATOMS:
            return False
        if self._distances is None or not self._distances.are_of(batch):
            self._distances = _distances(batch, self._guards)
        if self._distances.hold(batch.position.numpy()):
            return True
        # Another atom may have become the nearest.
        self._distances = None
        return False

    def is_steady(self, batch: Running) -> bool:
        """Whether no rule on energies and velocities can hold, and nobody is or was too hot."""
        if batch.hot_steps is not self._cool:
            if bool(batch.hot_steps.any()):
                return False
            self._cool = batch.hot_steps
        if self._energies is None or not self._energies.are_of(batch):
            self._energies = _energies(batch, self._guards)
        return self._energies.hold(batch)


@dataclass(frozen=True, eq=False)
class _Distances:
    """Between which no rule on the positions of a batch can hold.

    Attributes:
        replica, beyond: of the batch, by which it is told from another.
        i, j: (pair,) atoms.
        near, far: (row, pair) squares in Å².
    """

    replica: torch.Tensor
    beyond: torch.Tensor
    i: np.ndarray
    j: np.ndarray
    near: np.ndarray
    far: np.ndarray

    def are_of(self, batch: Running) -> bool:
        return batch.replica is self.replica and batch.beyond is self.beyond

    def hold(self, position: np.ndarray) -> bool:
        """Whether all pairs are strictly within; what is not a number is not."""
        square = _squares(position, self.i, self.j)
        return bool(((square >= self.near) & (square <= self.far)).all())


@dataclass(frozen=True, eq=False)
class _Energies:
    """Between which no rule on the energies and velocities of a batch can hold.

    Attributes:
        replica, start_energy: of the batch, by which it is told from another.
        mass: (3 atom,) half masses, one for each coordinate, in eV fs²/Å².
        hot: (row,) kinetic energies in eV.
        low, high: (row,) total energies in eV.
    """

    replica: torch.Tensor
    start_energy: torch.Tensor
    mass: np.ndarray
    hot: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def are_of(self, batch: Running) -> bool:
        return batch.replica is self.replica and batch.start_energy is self.start_energy

    def hold(self, batch: Running) -> bool:
        """Whether all rows are strictly within; what is not a number is not."""
        velocity = batch.velocity.numpy()
        kinetic = (velocity * velocity).reshape(len(velocity), -1) @ self.mass
        total = batch.energy.numpy() + kinetic
        within = (total > self.low) & (total < self.high) & (kinetic < self.hot)
        return bool(within.all())


def _distances(batch: Running, guards: Guards) -> _Distances:
    rows, n_atoms, _ = batch.position.shape
    i, j = np.triu_indices(n_atoms, 1)
    shape = (rows, n_atoms, n_atoms)
    near = np.broadcast_to(
        torch.maximum(guards.contact, guards.forms).double().numpy(), shape
    ).copy()
    far = np.broadcast_to(guards.breaks.double().numpy(), shape).copy()
    # Of a bond counts the next limit that it has not exceeded yet.
    ahead = torch.where(batch.beyond, torch.inf, guards.bond_limits).amin(1).numpy()[:, None]
    a, b = guards.bond.numpy().T
    near[:, a, b] = np.maximum(near[:, a, b], guards.bond_length.numpy() - ahead)
    far[:, a, b] = np.minimum(far[:, a, b], guards.bond_length.numpy() + ahead)
    far = np.minimum(far, _beside_nearest(batch.position.numpy(), guards.isolation))
    return _Distances(
        replica=batch.replica,
        beyond=batch.beyond,
        i=i,
        j=j,
        near=(near[:, i, j] * (1 + _MARGIN)) ** 2,
        far=(far[:, i, j] * (1 - _MARGIN)) ** 2,
    )


def _beside_nearest(position: np.ndarray, isolation: float) -> np.ndarray:
    """(row, atom, atom) Å: ``isolation`` for each atom and its nearest, else infinite.

    While every atom stays so close to that one, none has left.
    """
    square = np.square(position[:, :, None] - position[:, None]).sum(-1)
    square[:, np.arange(square.shape[1]), np.arange(square.shape[1])] = np.inf
    limit = np.full_like(square, np.inf)
    np.put_along_axis(limit, square.argmin(-1)[..., None], isolation, -1)
    return np.minimum(limit, limit.transpose(0, 2, 1))


def _squares(position: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    arm = position.take(i, 1) - position.take(j, 1)
    squares: np.ndarray = np.einsum("rpc,rpc->rp", arm, arm)
    return squares


def _energies(batch: Running, guards: Guards) -> _Energies:
    mass, freedom = batch.mass.numpy(), batch.degrees_of_freedom.numpy()
    most = _KINETIC * len(mass)
    hot = guards.temperature_limit * units.BOLTZMANN / 2 * freedom * (1 - _MARGIN)
    start, deviation = batch.start_energy.numpy(), guards.energy_deviation
    spare = deviation * (1 - _MARGIN) - _MARGIN * (np.abs(start) + most)
    return _Energies(
        replica=batch.replica,
        start_energy=batch.start_energy,
        mass=np.repeat(mass / 2 / units.ACCELERATION, 3),
        hot=np.minimum(hot, most),
        low=start - spare,
        high=start + spare,
    )
