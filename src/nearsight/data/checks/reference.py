"""Labels against the reference engine: the same energy, the same forces, forces = -dE/dr."""

import numpy as np
from ase import Atoms

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.engine import ReferenceCalculator, label, reference_calculator
from nearsight.data.frames import Frames
from nearsight.errors import ReferenceEngineError

ENERGY_TOLERANCE = 1e-3
"""eV; files with few digits stay below."""
FORCE_TOLERANCE = 0.01
"""eV/Å."""
STEP = 0.002
"""Å: displacement of the central difference; its own error is about 1e-3 eV/Å."""


def check_reference(frames: Frames, n_frames: int, seed: int = 0) -> list[Finding]:
    """Label evenly spaced frames again and differentiate the energy along a random direction.

    The central difference (E(r + h s) - E(r - h s)) / 2h is compared with -F·s of the stored
    forces, s being a random unit vector of all coordinates. Of a set without forces only energies
    are compared.

    Args:
        frames: data said to be of the engine's level of theory.
        n_frames: how many frames to look at.
        seed: of the directions.
    """
    calculator = reference_calculator()
    rng = np.random.default_rng(seed)
    findings = []
    for frame in np.unique(np.linspace(0, len(frames) - 1, n_frames).round().astype(int)):
        atoms, energy, force = frames.atoms(frame), frames.energy[frame], frames.forces(frame)
        try:
            again, forces_again = label(atoms, calculator)
            if not frames.has_forces:
                findings += _compare(int(frame), again - energy, np.zeros(1))
                continue
            slope, direction = _slope(atoms, calculator, rng)
        except ReferenceEngineError as error:
            findings.append(Finding(Problem.REFERENCE, True, f"frame {frame}: {error}"))
            continue
        findings += _compare(int(frame), again - energy, forces_again - force)
        findings += _compare_slope(int(frame), slope, -float((force * direction).sum()))
    return findings


def _slope(
    atoms: Atoms, calculator: ReferenceCalculator, rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    direction = rng.standard_normal(atoms.positions.shape)
    direction /= np.linalg.norm(direction)
    energies = []
    for sign in (1, -1):
        moved = atoms.copy()
        moved.positions += sign * STEP * direction
        energies.append(label(moved, calculator)[0])
    return (energies[0] - energies[1]) / (2 * STEP), direction


def _compare(frame: int, energy: float, force: np.ndarray) -> list[Finding]:
    worst = float(np.abs(force).max())
    if abs(energy) <= ENERGY_TOLERANCE and worst <= FORCE_TOLERANCE:
        return []
    text = (
        f"frame {frame}: the engine gives an energy {energy:+.3g} eV and a force {worst:.3g} eV/Å "
        "away from the labels"
    )
    return [Finding(Problem.REFERENCE, True, text)]


def _compare_slope(frame: int, slope: float, expected: float) -> list[Finding]:
    if abs(slope - expected) <= FORCE_TOLERANCE:
        return []
    text = f"frame {frame}: dE/ds = {slope:.4f} eV/Å, but the forces say {expected:.4f} eV/Å"
    return [Finding(Problem.GRADIENT, True, text)]
