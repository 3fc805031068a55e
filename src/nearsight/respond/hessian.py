"""Hessian blocks by central differences of forces, for models and reference engines alike."""

from collections.abc import Callable

import numpy as np
from ase.calculators.calculator import BaseCalculator

from nearsight.data.calculators import InProcess, Source

Forces = Callable[[np.ndarray], np.ndarray]
"""Positions (copy, atom, 3) in Å to forces (copy, atom, 3) in eV/Å."""


def hessian_blocks(
    forces: Forces, position: np.ndarray, step: float, *, batch: int = 64
) -> np.ndarray:
    """Blocks H_ij = d²E / dr_i dr_j = -dF_j / dr_i by central differences.

    H_ia,jb ≈ -[F_jb(r_ia + step) - F_jb(r_ia - step)] / (2 step), with an error of order step².

    Args:
        forces: batched forces.
        position: (atom, 3) Å.
        step: displacement in Å.
        batch: most displaced copies handed to ``forces`` at once.

    Returns:
        (atom, atom, 3, 3) eV/Å², not symmetrised: H_ij - H_ji^T shows the numerical noise.
    """
    n_atoms = len(position)
    displacement = step * np.eye(3 * n_atoms).reshape(-1, n_atoms, 3)
    copies = np.concatenate([position + displacement, position - displacement])
    chunks = [copies[k : k + batch] for k in range(0, len(copies), batch)]
    values = np.concatenate([forces(chunk) for chunk in chunks])
    plus, minus = np.split(values, 2)
    derivative = -(plus - minus) / (2 * step)
    return derivative.reshape(n_atoms, 3, n_atoms, 3).transpose(0, 2, 1, 3)


def engine_forces(source: Source, atomic_number: np.ndarray) -> Forces:
    """Forces of any engine for atoms (atom,).

    They raise ReferenceEngineError, in one line, whatever goes wrong in it.
    """

    def forces(positions: np.ndarray) -> np.ndarray:
        return source.ask_all(atomic_number, positions).force

    return forces


def calculator_forces(calculator: BaseCalculator, atomic_number: np.ndarray) -> Forces:
    """The same of a calculator that was made here, for atoms (atom,)."""
    return engine_forces(InProcess(calculator), atomic_number)
