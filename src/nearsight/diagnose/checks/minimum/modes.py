"""Harmonic frequencies from Hessian blocks, translations and rotations projected out."""

import numpy as np
from ase import units as ase_units
from ase.data import atomic_masses
from scipy.linalg import null_space

_PER_ROOT = float(ase_units._hbar * 1e10 / np.sqrt(ase_units._e * ase_units._amu) / ase_units.invcm)
"""cm⁻¹ of the root of one eV/(Å² u): hbar omega in eV, over the energy of one cm⁻¹."""


def frequencies(blocks: np.ndarray, numbers: np.ndarray, position: np.ndarray) -> np.ndarray:
    """Harmonic frequencies in cm⁻¹, ascending; imaginary ones as negative numbers.

    Eigenvalues w² of the mass-weighted Hessian M^-1/2 H M^-1/2 in the space without translations
    and rotations, of which there are six, five of a linear molecule (Wilson, Decius, Cross,
    Molecular Vibrations, 1955).

    Args:
        blocks: (atom, atom, 3, 3) eV/Å², at a minimum.
        numbers: (atom,) nuclear charges.
        position: (atom, 3) Å.

    Returns:
        (mode,) with 3 atoms - 6 modes, one more of a linear molecule.
    """
    root = np.repeat(np.sqrt(atomic_masses[numbers]), 3)
    size = 3 * len(numbers)
    hessian = blocks.transpose(0, 2, 1, 3).reshape(size, size)
    weighted = (hessian + hessian.T) / 2 / np.outer(root, root)
    inside = null_space(rigid_motions(numbers, position), rcond=1e-6)
    squares = np.linalg.eigvalsh(inside.T @ weighted @ inside)
    return np.asarray(np.sign(squares) * np.sqrt(np.abs(squares)) * _PER_ROOT)


def rigid_motions(numbers: np.ndarray, position: np.ndarray) -> np.ndarray:
    """(6, 3 * atom) mass-weighted translations and rotations, dependent in a linear molecule.

    Args:
        numbers: (atom,) nuclear charges.
        position: (atom, 3) Å.
    """
    masses = atomic_masses[numbers]
    root = np.sqrt(masses)[:, None]
    centred = position - masses @ position / masses.sum()
    axes = np.eye(3)
    shifts = [(root * axis).ravel() for axis in axes]
    turns = [(root * np.cross(axis, centred)).ravel() for axis in axes]
    return np.stack([*shifts, *turns])
