"""What is kept of the runs at half the time step."""

from dataclasses import dataclass

import numpy as np

from nearsight.md.record.trajectories import Trajectories


@dataclass(frozen=True, eq=False)
class Halved:
    """Runs at half the time step.

    Attributes:
        replica: (halved,) replicas of the main run that they repeat.
        record: energies on the time grid of the main run, and ends.
        integrator_failure: (halved,) true where a rule ended the replica in the main run, and at
            half the time step it reached the duration.
    """

    replica: np.ndarray
    record: Trajectories
    integrator_failure: np.ndarray
