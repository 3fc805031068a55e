"""Noise of energies and forces, from points that lie too close for the physics to change."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from nearsight.diagnose import differences
from nearsight.diagnose.asking import ask_in, precisions_of
from nearsight.diagnose.subject import Subject
from nearsight.units import ACCELERATION, FS_PER_PS, MEV_PER_EV

SPACING = 0.002
"""Å by which the atom that moves most moves from point to point: a tenth of what a hydrogen atom
travels in a fs at 300 K."""
POINTS = 33
TIMESTEP = 0.5
"""fs, of the heating by noise."""
_HYDROGEN = 1.008
_SMOOTH = 8


@dataclass(frozen=True)
class Rounding:
    """Noise of a model in one precision.

    Attributes:
        energy: meV of the molecule.
        force: meV/Å of a component.
        rest: (point,) meV: energy along the first line less a polynomial of degree eight.
    """

    energy: float
    force: float
    rest: np.ndarray


@dataclass(frozen=True)
class Difference:
    """Forces in single precision less those in double, meV/Å: root mean square and largest."""

    rms: float
    largest: float


def places() -> np.ndarray:
    """(point,) Å along a line."""
    return SPACING * (np.arange(POINTS) - POINTS // 2)


def roundings(subject: Subject) -> tuple[dict[str, Rounding], Difference | None]:
    """Noise by precision, and the difference of the two where there are two."""
    cheap = subject.model.kind != "calculator"
    n_structures = subject.choose(quick=1, default=3 if cheap else 1, full=8 if cheap else 3)
    n_lines = subject.choose(quick=2, default=4 if cheap else 2, full=8)
    rng = np.random.default_rng(subject.seed)
    lines = [
        (atoms, np.concatenate([_line(atoms, rng) for _ in range(n_lines)]))
        for atoms in subject.structures[:n_structures]
    ]
    found, forces = {}, []
    for precision in precisions_of(subject.model):
        answers = [ask_in(subject, atoms.numbers, line, precision) for atoms, line in lines]
        found[precision] = _rounding(answers)
        forces.append(np.concatenate([force.ravel() for _, force in answers]))
    if len(forces) < 2:
        return found, None
    apart = (forces[0] - forces[1]) * MEV_PER_EV
    return found, Difference(float(np.sqrt(np.mean(apart**2))), float(np.abs(apart).max()))


def heating(force_noise: float) -> float:
    """MeV that noise adds to a hydrogen atom in a ps of steps of 0.5 fs.

    A kick by a random force changes the velocity by d = F dt / m in each direction, and the kinetic
    energy by 3 m d² / 2 on average.

    Args:
        force_noise: meV/Å of a component.
    """
    kick = force_noise / MEV_PER_EV * TIMESTEP * ACCELERATION / _HYDROGEN
    per_step = 1.5 * _HYDROGEN * kick**2 / ACCELERATION
    return per_step * FS_PER_PS / TIMESTEP * MEV_PER_EV


def _line(atoms: Atoms, rng: np.random.Generator) -> np.ndarray:
    direction = rng.normal(size=(len(atoms), 3))
    direction /= np.linalg.norm(direction, axis=1).max()
    return np.asarray(atoms.positions + places()[:, None, None] * direction)


def _rounding(answers: list[tuple[np.ndarray, np.ndarray]]) -> Rounding:
    energy = [energy.reshape(-1, POINTS) for energy, _ in answers]
    forces = [
        force.reshape(-1, POINTS, force.shape[1] * 3).transpose(0, 2, 1).reshape(-1, POINTS)
        for _, force in answers
    ]
    first = energy[0][0] - energy[0][0].mean()
    x = places() / places()[-1]
    rest = (
        first - np.polyval(np.polyfit(x, first, _SMOOTH), x)
        if np.isfinite(first).all()
        else (np.full(POINTS, np.nan))
    )
    centred = np.concatenate([values - values.mean(axis=1, keepdims=True) for values in energy])
    return Rounding(
        energy=differences.noise(centred) * MEV_PER_EV,
        force=differences.noise(np.concatenate(forces)) * MEV_PER_EV,
        rest=rest * MEV_PER_EV,
    )
