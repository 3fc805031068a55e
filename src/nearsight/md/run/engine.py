"""What gives the forces of a run, and what its record says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nearsight.models.force_field import Potential


@dataclass(frozen=True)
class Engine:
    """What gives the forces of a run.

    Attributes:
        name: in the attributes of the record.
        precision: that of the forces.
        potential: from nuclear charges (atom,) to energies and forces of that molecule.
        halve_failed_only: run only failed replicas again at half the time step.
        attributes: further ones of the record.
        tied: what an unfinished run follows from beside its files and settings.
    """

    name: str
    precision: str
    potential: Callable[[np.ndarray], Potential]
    halve_failed_only: bool = False
    attributes: Mapping[str, Any] = field(default_factory=dict)
    tied: str = ""

    @property
    def forces(self) -> str:
        """Name and precision of what gives the forces, and what else they follow from."""
        return " ".join(filter(None, (self.name, self.precision, self.tied)))
