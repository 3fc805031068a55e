"""Units: eV, Å, fs and K inside; everything else is converted where it enters or leaves.

The strings are those written into the ``units`` attribute of NetCDF variables (UDUNITS spelling).
"""

from typing import Final

from ase import units as _ase

ENERGY: Final = "eV"
LENGTH: Final = "angstrom"
TIME: Final = "fs"
PICOSECOND: Final = "ps"
FORCE: Final = "eV angstrom-1"
HESSIAN: Final = "eV angstrom-2"
VELOCITY: Final = "angstrom fs-1"
TEMPERATURE: Final = "K"
MASS: Final = "u"
ONE: Final = "1"
MEV: Final = "meV"
MEV_PER_ATOM: Final = "meV atom-1"
MEV_PER_ANGSTROM: Final = "meV angstrom-1"
DRIFT: Final = "meV atom-1 ps-1"
SECOND: Final = "s"
WAVENUMBER: Final = "cm-1"
PER_WAVENUMBER: Final = "cm"
PER_LENGTH: Final = "angstrom-1"

MEV_PER_EV: Final = 1000.0
FS_PER_PS: Final = 1000.0
# ase counts time in Å sqrt(u/eV): this many of its units make one fs.
ASE_TIME_PER_FS: Final[float] = float(_ase.fs)
# (eV/Å)/u to Å/fs².
ACCELERATION: Final[float] = float(_ase.fs) ** 2
WAVENUMBER_PER_THZ: Final[float] = 1e10 / float(_ase._c)
"""cm⁻¹ of one oscillation in a picosecond."""
BOLTZMANN: Final[float] = float(_ase.kB)
"""Boltzmann constant in eV/K."""

TO_EV: Final[dict[str, float]] = {
    "eV": 1.0,
    "meV": 1e-3,
    "kcal/mol": float(_ase.kcal / _ase.mol),
    "kJ/mol": float(_ase.kJ / _ase.mol),
    "hartree": float(_ase.Hartree),
}
"""Energy units accepted on import, as factors to eV."""
MEV_PER_KCAL: Final = MEV_PER_EV * TO_EV["kcal/mol"]
"""meV in one kcal/mol: what is called chemical accuracy."""

_ALIASES: Final = {"ha": "hartree", "kcal mol-1": "kcal/mol", "kj mol-1": "kj/mol"}


def in_ev(unit: str) -> float | None:
    """A unit of energy in eV, however it is capitalised; None where it is none that is known.

    >>> in_ev("Hartree") == in_ev("Ha") == TO_EV["hartree"]
    True
    """
    given = unit.strip()
    if given in TO_EV or given == "MeV":  # a million, and no thousandth
        return TO_EV.get(given)
    known = {each.lower(): value for each, value in TO_EV.items()}
    return known.get(_ALIASES.get(given.lower(), given.lower()))


TO_ANGSTROM: Final[dict[str, float]] = {"angstrom": 1.0, "bohr": float(_ase.Bohr), "nm": 10.0}
"""Length units accepted on import, as factors to Å."""
