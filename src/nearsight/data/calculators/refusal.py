"""Why a calculator fails on a molecule, found by asking it for what is simpler."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.data import chemical_symbols, covalent_radii

from nearsight.data.calculators.asking import evaluate
from nearsight.errors import ReferenceEngineError

PADDING = 10.0
"""Å on every side of the molecule in the periodic box."""
STRETCH = 1.2
"""Distance of two atoms over the sum of their covalent radii."""

NEEDS_CELL = (
    "it needs a cell and periodic boundaries (in a periodic box it works), and molecules here have "
    "none: take a model of molecules"
)


def why_not(atoms: Atoms, calculator: BaseCalculator) -> str:
    """Why a calculator fails on a molecule on which it has just failed; empty where unknown.

    One that fails on two atoms of some elements and not on two of the others does not know the
    former. One that fails on all of these, and works on the molecule in a periodic box, needs a
    cell.
    """
    known = {number: _works(_pair(number), calculator) for number in sorted({*atoms.numbers})}
    strange = [chemical_symbols[number] for number, works in known.items() if not works]
    if strange and len(strange) < len(known):
        fine = [chemical_symbols[number] for number, works in known.items() if works]
        return (
            f"it fails on two atoms of {', '.join(strange)} too, and not on two of "
            f"{', '.join(fine)}: it seems not to know {', '.join(strange)}"
        )
    if not any(known.values()) and _works(_in_a_box(atoms), calculator):
        return NEEDS_CELL
    return ""


def _in_a_box(atoms: Atoms) -> Atoms:
    extent = np.ptp(atoms.positions, axis=0) + 2 * PADDING
    shift = PADDING - atoms.positions.min(axis=0)
    return Atoms(atoms.numbers, positions=atoms.positions + shift, cell=extent, pbc=True)


def _pair(number: int) -> Atoms:
    distance = 2 * STRETCH * covalent_radii[number]
    return Atoms([number, number], positions=[[0, 0, 0], [distance, 0, 0]])


def _works(atoms: Atoms, calculator: BaseCalculator) -> bool:
    try:
        evaluate(atoms, calculator)
    except ReferenceEngineError:
        return False
    return True
