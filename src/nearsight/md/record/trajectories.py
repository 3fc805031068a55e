"""What is kept of a run: frames at fixed intervals, and how every replica ended."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nearsight.md.record.ledger import Ledger
from nearsight.md.record.segments import Store, Stretch
from nearsight.md.rules.guards import CENSORED


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Energies and ends of all replicas; what comes after a replica's end is NaN.

    Attributes:
        atomic_number: (atom,) nuclear charges.
        time: (frame,) fs since the start.
        potential_energy: (replica, frame) eV.
        kinetic_energy: (replica, frame) eV.
        temperature: (replica, frame) K.
        ends: how and when every replica ended.
        bond_limits: (limit,) the bond limits that were watched, Å.
        timestep: fs.
        duration: fs, after which survivors end.
        seconds: wall time of the run, over all its processes.
        store: holds the positions and velocities.
    """

    atomic_number: np.ndarray
    time: np.ndarray
    potential_energy: np.ndarray
    kinetic_energy: np.ndarray
    temperature: np.ndarray
    ends: Ledger
    bond_limits: np.ndarray
    timestep: float
    duration: float
    seconds: float
    store: Store

    @property
    def total_energy(self) -> np.ndarray:
        """(replica, frame) eV."""
        return self.potential_energy + self.kinetic_energy

    @property
    def event(self) -> np.ndarray:
        """(replica,) whether a rule ended the replica; else it is right-censored at its end."""
        return ~np.isin(self.ends.kind, CENSORED)

    @property
    def end_time(self) -> np.ndarray:
        """(replica,) fs."""
        return self.ends.step * self.timestep

    @property
    def n_frames(self) -> np.ndarray:
        """(replica,) frames before the end; the start is always one of them."""
        return np.maximum(1, np.isfinite(self.potential_energy).sum(axis=1))

    @property
    def position(self) -> np.ndarray:
        """(replica, frame, atom, 3) Å, float32; all frames at once, for short runs."""
        return self._gather("position")

    @property
    def velocity(self) -> np.ndarray:
        """(replica, frame, atom, 3) Å/fs, float32; all frames at once, for short runs."""
        return self._gather("velocity")

    def stretches(self) -> Iterator[Stretch]:
        """Stretches of frames in order of time, read one after another."""
        return self.store.stretches()

    def _gather(self, name: str) -> np.ndarray:
        shape = (*self.potential_energy.shape, len(self.atomic_number), 3)
        values = np.full(shape, np.nan, dtype=np.float32)
        for stretch in self.stretches():
            values[stretch.replica, stretch.span] = getattr(stretch, name)
        return values


def energies(store: Store, n_replicas: int, n_frames: int) -> dict[str, np.ndarray]:
    """Energies and temperature of all frames.

    Args:
        store: holds the stretches.
        n_replicas: of the run.
        n_frames: of the run.

    Returns:
        ``potential_energy`` and ``kinetic_energy`` (eV) and ``temperature`` (K), (replica, frame)
        each; NaN where a replica has no frame.
    """
    names = ("potential_energy", "kinetic_energy", "temperature")
    series = {name: np.full((n_replicas, n_frames), np.nan) for name in names}
    for stretch in store.stretches():
        for name, values in series.items():
            values[stretch.replica, stretch.span] = getattr(stretch, name)
    return series
