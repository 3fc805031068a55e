"""Two sides of a point on a line: what energy, slope and curvature do there.

On each side a polynomial is fitted and taken to the point; the difference of the two values is the
jump. Its error has two parts: the scatter about the fits, and what one degree more changes.
"""

from dataclasses import dataclass

import numpy as np

DEGREE = 4
SPACING = 0.005
"""Å between points of a side."""
POINTS = 12
"""Of each side."""
SIGMAS = 3.0
"""Errors that a jump must exceed to count."""


def offsets() -> np.ndarray:
    """(point,) Å from the point where sides meet, which is left out itself; inside first."""
    side = SPACING * (np.arange(POINTS) + 0.5)
    return np.concatenate([-side[::-1], side])


@dataclass(frozen=True)
class Jump:
    """Beyond less inside, each with its error.

    Attributes:
        energy, energy_error: eV.
        slope, slope_error: eV/Å.
        curvature, curvature_error: eV/Å².
    """

    energy: float
    energy_error: float
    slope: float
    slope_error: float
    curvature: float
    curvature_error: float


def jump_of(
    offset: np.ndarray, energy: np.ndarray, slope: np.ndarray, uncertain: float = 0.0
) -> Jump:
    """The jump where the offset is zero.

    Args:
        offset: (point,) Å, negative inside.
        energy: (point,) eV.
        slope: (point,) eV/Å, derivative of the energy by the offset, from forces.
        uncertain: Å by which the place may be off: a jump of the slope then looks like one of the
            energy, and one of the curvature like one of the slope.
    """
    energy = energy - energy.mean()
    (value, value_error), _ = _difference(offset, energy, DEGREE + 1)
    (bend, bend_error), (curve, curve_error) = _difference(offset, slope, DEGREE)
    value_error += uncertain * abs(bend)
    bend_error += uncertain * abs(curve)
    return Jump(value, value_error, bend, bend_error, curve, curve_error)


def continued(offset: np.ndarray, values: np.ndarray, degree: int) -> np.ndarray:
    """(point,) what the side beyond says of every point.

    Args:
        offset: (point,) Å.
        values: (point,) of energy or slope.
        degree: of the polynomial.
    """
    beyond = offset > 0
    scale = np.abs(offset).max()
    powers = np.vander(offset / scale, degree + 1, increasing=True)
    found = np.linalg.lstsq(powers[beyond], values[beyond], rcond=None)[0]
    return np.asarray(powers @ found)


def _difference(
    offset: np.ndarray, values: np.ndarray, degree: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Jumps of value and of derivative with their errors."""
    if not np.isfinite(values).all():
        return (np.nan, np.nan), (np.nan, np.nan)
    sides = [_at_zero(offset[side], values[side], degree) for side in (offset > 0, offset < 0)]
    (beyond, beyond_error), (inside, inside_error) = sides
    jump, error = beyond - inside, np.hypot(beyond_error, inside_error)
    return (float(jump[0]), float(error[0])), (float(jump[1]), float(error[1]))


def _at_zero(x: np.ndarray, y: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Value and derivative at zero, and their errors."""
    scale = np.abs(x).max()
    found, scatter = _fit(x / scale, y, degree)
    more, _ = _fit(x / scale, y, degree + 1)
    per = np.array([1.0, 1 / scale])
    return found[:2] * per, (scatter[:2] + np.abs(more[:2] - found[:2])) * per


def _fit(x: np.ndarray, y: np.ndarray, degree: int) -> tuple[np.ndarray, np.ndarray]:
    powers = np.vander(x, degree + 1, increasing=True)
    inverse = np.linalg.pinv(powers)
    found = inverse @ y
    rest = y - powers @ found
    variance = float(rest @ rest) / (len(x) - degree - 1)
    return found, np.sqrt(variance * np.square(inverse).sum(axis=1))
