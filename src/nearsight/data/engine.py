"""The embedded reference engine: GFN2-xTB through tblite, guarded against nonsense.

Bannwarth, Ehlert, Grimme, J. Chem. Theory Comput. 15, 1652 (2019).
"""

import os
from importlib.metadata import version
from typing import Any

# tblite's threads spin: on a busy machine two of them are up to 100 times slower than one. Work
# is spread over processes instead. OpenMP reads this once, when tblite is loaded.
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculatorError, all_changes
from tblite.ase import TBLite

from nearsight.config import GFN2_XTB
from nearsight.errors import ReferenceEngineError

LEVEL_OF_THEORY = GFN2_XTB
"""How the level of theory of this engine is written in every file."""

MAX_FORCE = 100.0
"""eV/Å. Thermal forces at 1000 K stay below 25; tblite gives 1e5 for overlapping atoms."""

MAX_ENERGY_PER_ATOM = 0.0
"""eV. Every element's valence energy is negative (H -10.7, Cs -4.0); overlap makes it positive."""


class ReferenceCalculator(TBLite):
    """tblite's ASE calculator that raises instead of returning an unphysical result.

    tblite reports an unconverged self-consistent field itself, but returns 1657 eV for two
    hydrogen atoms 0.01 Å apart. Bounds: ``MAX_FORCE``, ``MAX_ENERGY_PER_ATOM``.
    """

    results: dict[str, Any]

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What has changed since the last call, by ASE's names.

        As ASE finds it, in a tenth of its time: it is asked twice at every step of dynamics.

        Args:
            atoms: what is asked for.
            tol: least change of a coordinate (Å).
        """
        known = self.atoms
        if known is None or not _differ_in_positions_alone(atoms, known):
            changed: list[str] = super().check_state(atoms, tol)
            return changed
        same = np.abs(atoms.positions - known.positions) <= tol
        return [] if same.all() else ["positions"]

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        """Energy (eV) and forces (eV/Å).

        Args:
            atoms: what is computed; ``None`` for the atoms of the last call.
            properties: names of what is asked for; both are always computed.
            system_changes: what has changed since the last call, by ASE's names.

        Raises:
            ReferenceEngineError: no convergence, a non-finite or an absurd result.
        """
        try:
            if atoms is not None and not np.isfinite(atoms.positions).all():
                raise ReferenceEngineError("reference engine: positions are not finite")
            try:
                super().calculate(atoms, properties, system_changes)
            except (CalculatorError, RuntimeError) as error:
                reason = " ".join(str(error).split())
                raise ReferenceEngineError(f"reference engine failed: {reason}") from None
            _check(self.results["energy"], self.results["forces"])
        except ReferenceEngineError:
            # Neither the result nor the density it came from may serve the next call.
            self.reset()
            raise


def reference_calculator(
    accuracy: float = 0.1, method: str = LEVEL_OF_THEORY
) -> ReferenceCalculator:
    """A silent calculator of the reference engine.

    Args:
        accuracy: of the self-consistent field; tblite's own default 1.0 lets NVE energies drift.
        method: a method of tblite.
    """
    return ReferenceCalculator(method=method, accuracy=accuracy, verbosity=0)


def label(atoms: Atoms, calculator: ReferenceCalculator | None = None) -> tuple[float, np.ndarray]:
    """Energy (eV) and forces (n_atoms, 3) (eV/Å) of a structure, which is left as it is.

    Args:
        atoms: structure; a calculator of its own is ignored.
        calculator: reused when given, which saves time over similar structures.

    Raises:
        ReferenceEngineError: no convergence, a non-finite or an absurd result.
    """
    calculator = calculator or reference_calculator()
    bare = Atoms(atoms.numbers, positions=atoms.positions)
    energy = float(calculator.get_property("energy", bare))
    forces: Any = calculator.get_property("forces", bare)
    return energy, np.array(forces, dtype=float)


def engine_version() -> str:
    """Name and version of the engine, for attributes."""
    return f"tblite {version('tblite')}"


def _differ_in_positions_alone(one: Atoms, other: Atoms) -> bool:
    """Whether nothing else that a calculator looks at differs; false where that takes looking."""
    further = {"initial_charges", "initial_magmoms"}
    return (
        np.array_equal(one.numbers, other.numbers)
        and np.array_equal(one.pbc, other.pbc)
        and np.array_equal(one.cell.array, other.cell.array)
        and not further & (one.arrays.keys() | other.arrays.keys())
    )


def _check(energy: float, forces: np.ndarray) -> None:
    if not (np.isfinite(energy) and np.isfinite(forces).all()):
        raise ReferenceEngineError("reference engine: energy or forces are not finite")
    largest = float(np.linalg.norm(forces, axis=1).max())
    if largest > MAX_FORCE:
        raise ReferenceEngineError(
            f"reference engine: force of {largest:.3g} eV/Å is above {MAX_FORCE:g} eV/Å, "
            "the geometry is unphysical"
        )
    per_atom = energy / len(forces)
    if per_atom > MAX_ENERGY_PER_ATOM:
        raise ReferenceEngineError(
            f"reference engine: energy of {per_atom:.3g} eV per atom is positive, "
            "the geometry is unphysical"
        )
