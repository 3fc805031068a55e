"""The step of central differences: the default, or a longer one where forces are noisy.

Forces in single precision, or of a loosely converged field, are noisy. The error of a difference is
then noise over step plus truncation, which grows as the square of the step, and both are measured:
noise by a table of differences along a short line, where smooth forces leave nothing (Moré, Wild,
SIAM J. Sci. Comput. 33, 1292 (2011)), truncation by two long steps.
"""

from dataclasses import dataclass
from math import factorial

import numpy as np

from nearsight.respond.hessian import Forces

MULTIPLES = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Of the default step: those that are chosen from."""
GAIN = 1.25
"""Another step is taken where the error at the default is more than this multiple of the least: a
choice, so that steps of about the same error keep results comparable."""
PROBES = 3
"""Atoms that are displaced to find out."""
SPACING = 1e-4
"""Å between the nine points of a line: 400 times the rounding of single precision."""
ORDERS = (4, 5, 6)
"""Of differences that hold noise alone; smooth forces leave less than 1e-12 eV/Å in them."""
LONG = (0.02, 0.04)
"""Å: steps between which truncation shows above noise."""

_POINTS = 9
_DIRECTION = np.array([0.36, 0.48, 0.8])


@dataclass(frozen=True, eq=False)
class StepChoice:
    """A step and why it was taken.

    Attributes:
        step: Å.
        reason: in words.
        force_noise: eV/Å, standard deviation of the force on the median atom.
        steps: (step,) Å, those that were chosen from.
        noise: (step,) eV/Å² in the norm of the block of the median pair.
        truncation: (step,) the same.
    """

    step: float
    reason: str
    force_noise: float
    steps: np.ndarray
    noise: np.ndarray
    truncation: np.ndarray

    @property
    def attributes(self) -> dict[str, str | float]:
        """Of a file of responses that were computed with it."""
        return {
            "step_angstrom": self.step,
            "step_reason": self.reason,
            "force_noise_eV_per_angstrom": self.force_noise,
        }


def choose_step(forces: Forces, position: np.ndarray, default: float) -> StepChoice:
    """Measure noise and truncation of a molecule's forces and choose a step.

    39 evaluations of forces. Forces without noise keep the default, since truncation alone is
    smallest at the smallest step.

    Args:
        forces: batched forces.
        position: (atom, 3) Å.
        default: step in Å that is kept where nothing speaks for a longer one.

    Raises:
        ReferenceEngineError: as the forces do.
    """
    steps = default * np.array(MULTIPLES)
    if len(position) < 2:
        nothing = np.zeros(len(steps))
        return StepChoice(default, "default: there is no pair", 0.0, steps, nothing, nothing)
    sigma, coarse, single = _measured(forces, position)
    noise = 1.5 * sigma[:, None] / steps
    truncation = coarse[:, None] * (steps / LONG[0]) ** 2
    error = np.median(np.hypot(noise, truncation), axis=0)
    if not np.isfinite(error).all():
        reason = "default: there are displaced copies without forces"
        return StepChoice(default, reason, np.nan, steps, noise[0] * np.nan, noise[0] * np.nan)
    best = int(np.argmin(error))
    chosen = 0 if error[0] <= GAIN * error[best] else best
    middle = np.median(noise, axis=0), np.median(truncation, axis=0)
    spread = float(np.median(sigma))
    reason = _reason(spread, steps, middle, chosen, single)
    return StepChoice(float(steps[chosen]), reason, spread, steps, *middle)


def _measured(forces: Forces, position: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Noise (pair,) in eV/Å, truncation (pair,) in eV/Å², and whether precision is single.

    Truncation at the shorter of the two long steps; ``position`` is (atom, 3) in Å.
    """
    n_atoms = len(position)
    probes = np.unique(np.linspace(0, n_atoms - 1, PROBES).round().astype(int))
    line = SPACING * (np.arange(_POINTS) - _POINTS // 2)
    far = np.array([*LONG, *(-step for step in LONG)])
    offsets = np.concatenate([line, far])
    copies = np.tile(position, (len(probes), len(offsets), 1, 1))
    for row, atom in enumerate(probes):
        copies[row, :, atom] += offsets[:, None] * _DIRECTION
    values = forces(copies.reshape(-1, n_atoms, 3)).astype(float)
    # Numbers of single precision are known by their digits, whatever holds them.
    single = bool((values == values.astype(np.float32)).all())
    values = values.reshape(len(probes), len(offsets), n_atoms, 3)
    others = np.ones((len(probes), n_atoms), dtype=bool)
    others[np.arange(len(probes)), probes] = False
    sigma = _noise(values[:, :_POINTS])
    slope = -(values[:, _POINTS : _POINTS + 2] - values[:, _POINTS + 2 :]) / (
        2 * np.array(LONG)[:, None, None]
    )
    between = np.linalg.norm(slope[:, 1] - slope[:, 0], axis=-1)
    # The difference of two slopes holds noise of its own, in three components.
    own = 1.5 * sigma**2 * sum(step**-2 for step in LONG)
    # It is three times the truncation at the shorter step, of one direction out of three.
    coarse = np.sqrt(np.maximum(between**2 - own, 0) * 3) / 3
    return sigma[others], coarse[others], single


def _noise(values: np.ndarray) -> np.ndarray:
    r"""Standard deviation (probe, atom) in eV/Å of forces (probe, point, atom, xyz) along a line.

    .. math:: \sigma^2 = \frac{(k!)^2}{(2k)!} \langle (\Delta^k F)^2 \rangle
    """
    squares = []
    for order in ORDERS:
        table = np.diff(values, n=order, axis=1)
        scale = factorial(order) ** 2 / factorial(2 * order)
        squares.append(scale * (table**2).mean(axis=(1, 3)))
    return np.sqrt(np.mean(squares, axis=0))


def _reason(
    spread: float,
    steps: np.ndarray,
    middle: tuple[np.ndarray, np.ndarray],
    chosen: int,
    single: bool,
) -> str:
    """In words why a step was taken.

    Args:
        spread: noise of the forces in eV/Å.
        steps: (step,) Å.
        middle: noise and truncation (step,) each, in eV/Å².
        chosen: which one.
        single: whether forces come in single precision.
    """
    noise, truncation = middle
    source = " (they come in single precision)" if single else ""
    forces = f"forces have a noise of {spread:.1g} eV/Å{source}"

    def at(k: int) -> str:
        return f"at {steps[k]:g} Å noise {noise[k]:.1g} and truncation {truncation[k]:.1g} eV/Å²"

    if chosen:
        return f"{forces}: {at(0)} in the median pair, {at(chosen)}, the smallest sum of both"
    if noise[0] <= truncation[0]:
        return f"default: {forces}, which counts for less than truncation"
    return (
        f"default: {forces}: {at(0)} in the median pair, and no longer step is better by a quarter"
    )
