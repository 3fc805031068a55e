"""What one structure shows: force against slope of the energy, and what motions change."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from nearsight.diagnose import differences
from nearsight.diagnose.asking import ask_in
from nearsight.diagnose.checks.symmetry.motions import Motion, motions
from nearsight.diagnose.subject import Subject
from nearsight.units import MEV_PER_EV


@dataclass(frozen=True)
class Measured:
    """What was measured of one structure in one precision.

    Attributes:
        slope_error: (tried,) meV/Å: force along a random direction of an atom plus the slope of the
            energy along it, of the atoms that were tried.
        slope_allowed: (tried,) meV/Å that noise of the energy may make of it.
        force_change: meV/Å by kind of motion: largest change of the force on an atom.
        energy_change: meV of the molecule by kind of motion.
        net_force: meV/Å, norm of the sum of forces.
        net_torque: meV/Å, norm of the torque about the middle over the radius of gyration.
    """

    slope_error: np.ndarray
    slope_allowed: np.ndarray
    force_change: dict[str, float]
    energy_change: dict[str, float]
    net_force: float
    net_torque: float


def measure(subject: Subject, atoms: Atoms, precision: str, rng: np.random.Generator) -> Measured:
    """Measure one structure.

    Args:
        subject: whose model is asked.
        atoms: the structure.
        precision: in which the model is asked.
        rng: draws directions and motions.
    """
    rotations = subject.choose(quick=1, default=3, full=10)
    moves = motions(atoms.numbers, rotations, rng)
    cheap = subject.model.kind != "calculator"
    most = len(atoms) if cheap else subject.choose(quick=8, default=len(atoms), full=len(atoms))
    tried = np.sort(rng.permutation(len(atoms))[:most])
    lines, directions = _lines(atoms.positions, tried, rng)
    asked = [atoms.positions[None], lines, np.stack([m.move(atoms.positions) for m in moves])]
    energy, force = ask_in(subject, atoms.numbers, np.concatenate(asked), precision)
    n_lines = len(lines)
    error, allowance = _slopes(energy[: 1 + n_lines], force[0, tried], directions)
    changed = _changes(moves, energy[0], force[0], energy[1 + n_lines :], force[1 + n_lines :])
    return Measured(error, allowance, *changed, *_net(atoms.positions, force[0]))


def _lines(
    position: np.ndarray, tried: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Positions (tried × step × 8, atom, 3) along a direction of an atom, and those (tried, 3)."""
    directions = rng.normal(size=(len(tried), 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    places = np.concatenate([differences.offsets(step) for step in differences.STEPS])
    places = places[places != 0]
    copies = np.tile(position, (len(tried), len(places), 1, 1))
    for line, atom, direction in zip(copies, tried, directions, strict=True):
        line[:, atom] += places[:, None] * direction
    return copies.reshape(-1, *position.shape), directions


def _slopes(
    energy: np.ndarray, force: np.ndarray, directions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Errors (tried,) and what noise may make of them (tried,), meV/Å."""
    # The energy in the middle is common to all lines, and taken off before differences are.
    sides = (energy[1:] - energy[0]).reshape(len(force), len(differences.STEPS), -1)
    values = np.insert(sides, differences.REACH, 0.0, axis=2)
    slope, allowed = differences.slopes(values)
    error = np.einsum("ai,ai->a", force, directions) + slope
    return error * MEV_PER_EV, allowed * MEV_PER_EV


def _changes(
    moves: list[Motion],
    energy: float,
    force: np.ndarray,
    energy_there: np.ndarray,
    force_there: np.ndarray,
) -> tuple[dict[str, float], dict[str, float]]:
    """Largest change of forces and of energies, by kind of motion; NaN where one is not there."""
    of_force: dict[str, list[float]] = {}
    of_energy: dict[str, list[float]] = {}
    for move, value, vectors in zip(moves, energy_there, force_there, strict=True):
        change = np.linalg.norm(move.back(vectors) - force, axis=1).max()
        of_force.setdefault(move.name, []).append(float(change) * MEV_PER_EV)
        of_energy.setdefault(move.name, []).append(abs(float(value - energy)) * MEV_PER_EV)
    largest = [{k: float(np.max(v)) for k, v in each.items()} for each in (of_force, of_energy)]
    return largest[0], largest[1]


def _net(position: np.ndarray, force: np.ndarray) -> tuple[float, float]:
    about = position - position.mean(axis=0)
    gyration = float(np.sqrt(np.square(about).sum(axis=1).mean()))
    torque = np.linalg.norm(np.cross(about, force).sum(axis=0))
    net_torque = float(torque) / gyration if gyration > 0 else 0.0
    return float(np.linalg.norm(force.sum(axis=0))) * MEV_PER_EV, net_torque * MEV_PER_EV
