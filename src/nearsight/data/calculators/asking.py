"""Energy and forces of one structure by a calculator, of which nothing but ASE's face is asked."""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from nearsight.data.calculators.words import name_of, said
from nearsight.errors import NearsightError, ReferenceEngineError

logger = logging.getLogger(__name__)


def forces_of(atoms: Atoms, calculator: BaseCalculator) -> np.ndarray:
    """Forces (atom, 3) in eV/Å of a structure, which is left as it is.

    Raises:
        ReferenceEngineError: whatever went wrong in the calculator, in one line.
    """
    forces = np.array(_asked(atoms, calculator, Atoms.get_forces))
    if forces.shape != (len(atoms), 3) or forces.dtype.kind not in "fiu":
        raise ReferenceEngineError(
            f"calculator {name_of(calculator)}: gave forces of shape {forces.shape} for "
            f"{len(atoms)} atoms; expected numbers of shape {(len(atoms), 3)}"
        )
    _require_finite(forces, "forces", atoms, calculator)
    return forces.astype(float)


def evaluate(atoms: Atoms, calculator: BaseCalculator) -> tuple[float, np.ndarray]:
    """Energy (eV) and forces (atom, 3) (eV/Å), as if no other structure had been asked for before.

    Raises:
        ReferenceEngineError: whatever went wrong in the calculator, in one line.
    """
    start_afresh(calculator)
    energy = np.asarray(_asked(atoms, calculator, Atoms.get_potential_energy))
    if energy.size != 1 or energy.dtype.kind not in "fiu":
        raise ReferenceEngineError(
            f"calculator {name_of(calculator)}: gave an energy of shape {energy.shape}; expected "
            "one number"
        )
    _require_finite(energy, "energy", atoms, calculator)
    return float(energy.reshape(())), forces_of(atoms, calculator)


def start_afresh(calculator: BaseCalculator) -> None:
    """Empty what ASE keeps of the last call, by its public ``reset``.

    Where there is none, or it fails, nothing is lost: structures are asked for by fresh ``Atoms``,
    which ASE takes for other ones. What a calculator keeps beside that is its own, and measured by
    :func:`nearsight.data.calculators.trying.try_out`.
    """
    reset = getattr(calculator, "reset", None)
    if reset is None:
        return
    try:
        reset()
    except Exception as error:
        logger.info("calculator %s: reset failed: %s", name_of(calculator), said(error))


def _asked(atoms: Atoms, calculator: BaseCalculator, question: Callable[[Atoms], Any]) -> Any:
    bare = Atoms(
        atoms.numbers,
        positions=atoms.positions,
        cell=atoms.cell,
        pbc=atoms.pbc,
        calculator=calculator,
    )
    try:
        return question(bare)
    except NearsightError:
        raise
    except Exception as error:
        # Code of the user's: whatever it raises is a fact about it and no fault of ours.
        raise ReferenceEngineError(
            f"calculator {name_of(calculator)} failed on {atoms.get_chemical_formula()}: "
            f"{said(error)}"
        ) from error


def _require_finite(
    values: np.ndarray, what: str, atoms: Atoms, calculator: BaseCalculator
) -> None:
    if not np.isfinite(values).all():
        raise ReferenceEngineError(
            f"calculator {name_of(calculator)}: gave {what} that are not finite for "
            f"{atoms.get_chemical_formula()}"
        )
