"""Named problems of a data set."""

from dataclasses import dataclass
from enum import StrEnum


class Problem(StrEnum):
    """What can be wrong; the value is what files and messages show."""

    NO_FRAMES = "no-frames"
    SHAPE = "shape"
    NOT_FINITE = "not-finite"
    ATOMIC_NUMBER = "atomic-number"
    OVERLAP = "overlapping-atoms"
    LENGTH_SCALE = "length-scale"
    FORCE_SCALE = "force-scale"
    ENERGY_SCALE = "energy-scale"
    NET_FORCE = "net-force"
    NET_TORQUE = "net-torque"
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near-duplicate"
    REFERENCE = "reference-mismatch"
    GRADIENT = "energy-force-mismatch"


@dataclass(frozen=True)
class Finding:
    """One problem found.

    Attributes:
        problem: its name.
        error: ``True`` if the data are unfit for use, ``False`` for a warning.
        message: one line that names frames and values.
    """

    problem: Problem
    error: bool
    message: str

    def __str__(self) -> str:
        return f"{'error' if self.error else 'warning'} [{self.problem}] {self.message}"
