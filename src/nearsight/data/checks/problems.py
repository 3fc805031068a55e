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
    FORCE_SIGN = "force-sign"
    FORCE_UNIT = "force-unit"
    FOREIGN_FORCES = "forces-of-other-atoms"
    EXCHANGE = "atoms-change-places"
    ENERGY_UNIT = "energy-unit"
    EMPTY_SUBSET = "empty-subset"
    NOT_CHECKED = "not-checked"


@dataclass(frozen=True)
class Finding:
    """One problem found.

    Attributes:
        problem: its name.
        error: ``True`` if the data are unfit for use, ``False`` for a warning, and for what was not
            checked.
        message: one line that names frames and values.
    """

    problem: Problem
    error: bool
    message: str

    @property
    def warning(self) -> bool:
        """Whether this is a warning."""
        return not self.error and self.problem is not Problem.NOT_CHECKED

    def __str__(self) -> str:
        if self.problem is Problem.NOT_CHECKED:
            return f"not checked: {self.message}"
        return f"{'error' if self.error else 'warning'} [{self.problem}] {self.message}"


def not_checked(what: str, reason: str) -> Finding:
    """A line that says what was left out, and why."""
    return Finding(Problem.NOT_CHECKED, False, f"{what}, because {reason}")
