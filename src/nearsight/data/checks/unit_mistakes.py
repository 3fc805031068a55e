"""Which mistake makes forces so many times too large: of the known units, read as another."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from nearsight.units import TO_ANGSTROM, TO_EV

_WITHIN = 1.25
# What programs print; any other pair of units is named when none of these fits.
_COMMON = (
    "eV/angstrom", "hartree/bohr", "kcal/mol/angstrom", "kJ/mol/angstrom", "hartree/angstrom",
    "eV/bohr", "kJ/mol/nm", "meV/angstrom", "kcal/mol/bohr",
)  # fmt: skip

IMPORTED = "imported_force_in_eV_per_angstrom"
"""Attribute of a data set: what an import took the unit of forces for."""

FORCE_UNITS = {
    f"{energy}/{length}": TO_EV[energy] / TO_ANGSTROM[length]
    for energy, length in product(TO_EV, TO_ANGSTROM)
}
"""Units of force in eV/Å."""


def read_as(attributes: Mapping[str, Any]) -> str:
    """The force unit that an import took the numbers for, eV/Å where nothing is known."""
    factor = attributes.get(IMPORTED, 1.0)
    return min(FORCE_UNITS, key=lambda name: abs(FORCE_UNITS[name] - factor))


def force_mistakes(ratio: float, read_as: str) -> list[str]:
    """Units in which forces may have been written, the likeliest first, two at most.

    Args:
        ratio: force as it stands over the true one, positive.
        read_as: the unit that the numbers were read as.
    """
    factors = {name: FORCE_UNITS[read_as] / value for name, value in FORCE_UNITS.items()}
    return _fitting(ratio, factors)


def energy_mistakes(ratio: float, read_as: str) -> list[str]:
    """The same of energies.

    Args:
        ratio: energy as it stands over the true one, positive.
        read_as: the unit that the numbers were read as.
    """
    return _fitting(ratio, {name: TO_EV[read_as] / value for name, value in TO_EV.items()})


def _fitting(ratio: float, factors: dict[str, float]) -> list[str]:
    off = {name: abs(float(np.log(ratio / factor))) for name, factor in factors.items()}
    fitting = [name for name, value in off.items() if value < np.log(_WITHIN)]
    fitting.sort(key=lambda name: (name not in _COMMON, off[name]))
    return fitting[:2] if fitting[1:] and fitting[1] in _COMMON else fitting[:1]
