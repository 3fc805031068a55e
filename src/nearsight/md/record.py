"""What is kept of a run: frames at fixed intervals, and how every replica ended."""

from dataclasses import dataclass

import numpy as np

from nearsight.md.guards import EndKind


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Frames and ends of all replicas; frames after a replica's end are NaN.

    Attributes:
        atomic_number: (atom,) nuclear charges.
        time: (frame,) fs since the start.
        position: (replica, frame, atom, 3) Å, float32.
        potential_energy: (replica, frame) eV.
        kinetic_energy: (replica, frame) eV.
        temperature: (replica, frame) K.
        n_frames: (replica,) frames before the end; the start is always one of them.
        end_kind: (replica,) values of ``EndKind``.
        end_step: (replica,) first step at which a rule held, or the last step of the run.
        end_atom: (replica, 2) atoms of the rule, -1 where none.
        end_position: (replica, atom, 3) Å at the end, float64.
        end_velocity: (replica, atom, 3) Å/fs of survivors at the end, NaN for the others.
        timestep: fs.
        duration: fs, after which survivors end.
    """

    atomic_number: np.ndarray
    time: np.ndarray
    position: np.ndarray
    potential_energy: np.ndarray
    kinetic_energy: np.ndarray
    temperature: np.ndarray
    n_frames: np.ndarray
    end_kind: np.ndarray
    end_step: np.ndarray
    end_atom: np.ndarray
    end_position: np.ndarray
    end_velocity: np.ndarray
    timestep: float
    duration: float

    @property
    def total_energy(self) -> np.ndarray:
        """(replica, frame) eV."""
        return self.potential_energy + self.kinetic_energy

    @property
    def event(self) -> np.ndarray:
        """(replica,) whether a rule ended the replica; false is right-censored at the duration."""
        return self.end_kind != EndKind.SURVIVED

    @property
    def end_time(self) -> np.ndarray:
        """(replica,) fs."""
        return self.end_step * self.timestep
