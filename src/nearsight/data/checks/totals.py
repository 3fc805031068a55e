"""Total energies against those of their atoms: which unit, where all electrons are counted."""

import numpy as np

from nearsight.data.checks.problems import Finding, Problem, not_checked
from nearsight.data.checks.same_atoms import spread
from nearsight.data.checks.unit_mistakes import energy_mistakes
from nearsight.data.frames import Frames
from nearsight.units import TO_EV

ATOM_ENERGY = {
    1: -0.5, 2: -2.904, 3: -7.478, 4: -14.667, 5: -24.654, 6: -37.845, 7: -54.589, 8: -75.067,
    9: -99.734, 10: -128.938, 11: -162.255, 12: -200.053, 13: -242.346, 14: -289.359,
    15: -341.259, 16: -398.110, 17: -460.148, 18: -527.540,
}  # fmt: skip
"""Non-relativistic energies of the atoms in hartree (Chakravorty et al., Phys. Rev. A 47, 3649,
1993), by nuclear charge. Methods differ by 1 %; binding adds less."""
WITHIN = 0.015

_WHAT = "unit of the total energies"
_LOOKED_AT = 300


def check_totals(frames: Frames) -> list[Finding]:
    """Energies that are those of all electrons but for the factor of a unit.

    Energies without core electrons, of binding or about a mean are none of these, and nothing is
    said of them.
    """
    found = _shares(frames)
    if not len(found):
        return [not_checked(_WHAT, "there are elements beyond argon, or no energies")]
    share = float(np.median(found))
    spread_of = float(np.abs(found / share - 1).max()) if share else np.inf
    if share <= 0 or spread_of > WITHIN:
        return [not_checked(_WHAT, "they are not those of all electrons")]
    if abs(share - 1) < WITHIN:
        return []
    names = [
        name
        for name in energy_mistakes(share, "eV")
        if abs(share * TO_EV[name] - 1) < WITHIN and name != "eV"
    ]
    if not names:
        return [not_checked(_WHAT, "they are not those of all electrons")]
    text = (
        f"energies are {share:.3g} times the sum of those of the atoms with all their electrons: "
        f"written in {names[0]} and read as eV?"
    )
    return [Finding(Problem.ENERGY_UNIT, False, text)]


def _shares(frames: Frames) -> np.ndarray:
    """Energies over the sums of those of the atoms, of some frames; empty where one is unknown."""
    if not set(np.unique(frames.atomic_number).tolist()) <= ATOM_ENERGY.keys():
        return np.empty(0)
    table = np.zeros(max(ATOM_ENERGY) + 1)
    table[list(ATOM_ENERGY)] = list(ATOM_ENERGY.values())
    sums = np.add.reduceat(table[frames.atomic_number], frames.first_atom) * TO_EV["hartree"]
    chosen = spread(len(frames), _LOOKED_AT)
    shares: np.ndarray = (frames.energy / sums)[chosen]
    return shares if np.isfinite(shares).all() else np.empty(0)
