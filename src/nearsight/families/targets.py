"""What a network can learn: each target's unit, whether it grows with the molecule, and pooling."""

from dataclasses import dataclass
from typing import Literal, get_args

TargetName = Literal["energy", "homo", "lumo", "gap", "dipole", "polarizability"]
Pooling = Literal["sum", "average", "dipole"]
TARGET_NAMES: tuple[TargetName, ...] = get_args(TargetName)


@dataclass(frozen=True)
class TargetProperty:
    """One number per molecule.

    Attributes:
        unit: of the labels, in UDUNITS spelling.
        error_unit: in which errors are told.
        error_factor: from ``unit`` to ``error_unit``.
        extensive: whether it grows with the number of atoms; labels of an extensive target are
            learned relative to a sum of atom references, those of an intensive one to their mean.
        text: what it is.
    """

    unit: str
    error_unit: str
    error_factor: float
    extensive: bool
    text: str


TARGETS: dict[TargetName, TargetProperty] = {
    "energy": TargetProperty("eV", "meV", 1000.0, extensive=True, text="energy"),
    "homo": TargetProperty(
        "eV", "meV", 1000.0, extensive=False, text="energy of the highest occupied orbital"
    ),
    "lumo": TargetProperty(
        "eV", "meV", 1000.0, extensive=False, text="energy of the lowest unoccupied orbital"
    ),
    "gap": TargetProperty(
        "eV", "meV", 1000.0, extensive=False, text="gap between the frontier orbitals"
    ),
    "dipole": TargetProperty(
        "debye", "debye", 1.0, extensive=False, text="magnitude of the dipole moment"
    ),
    "polarizability": TargetProperty(
        "bohr3", "bohr3", 1.0, extensive=True, text="isotropic polarizability"
    ),
}
"""Targets by name."""


def fits(target: TargetName, pooling: Pooling) -> bool:
    """Whether a pooling makes sense for a target: that of charges gives dipoles alone."""
    return pooling != "dipole" or target == "dipole"
