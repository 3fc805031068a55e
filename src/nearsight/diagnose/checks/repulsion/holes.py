"""Holes and minima of a curve of the energy against distance."""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 0.1
"""eV: a fall, or a minimum, that is less deep is none: four times kT at 300 K."""


@dataclass(frozen=True)
class Hole:
    """A fall of the energy on approach.

    Attributes:
        top: Å where the energy begins to fall.
        bottom: Å where it is lowest, further in.
        barrier: eV from where the atoms come to the top.
        depth: eV from the top to the bottom.
    """

    top: float
    bottom: float
    barrier: float
    depth: float


def hole_of(distance: np.ndarray, energy: np.ndarray, wall: float, start: float) -> Hole | None:
    """The deepest fall of the energy within a wall, if there is one.

    Args:
        distance: (point,) Å, rising.
        energy: (point,) eV; NaN where it is not known.
        wall: Å below which the energy must rise on approach.
        start: eV of where the atoms come from.
    """
    good = np.isfinite(energy) & (distance <= wall)
    if good.sum() < 2:
        return None
    r, e = distance[good][::-1], energy[good][::-1]
    highest = np.maximum.accumulate(e)
    fall = highest - e
    bottom = int(np.argmax(fall))
    if fall[bottom] <= TOLERANCE:
        return None
    top = int(np.argmax(e[: bottom + 1]))
    # What was passed further out counts: the way in leads over it.
    outside = energy[np.isfinite(energy) & (distance >= r[top])]
    return Hole(float(r[top]), float(r[bottom]), float(outside.max() - start), float(fall[bottom]))


def minima_of(distance: np.ndarray, energy: np.ndarray) -> list[float]:
    """Å of minima within the curve that are deeper than the tolerance on both sides.

    Args:
        distance: (point,) Å, rising.
        energy: (point,) eV; NaN where it is not known.
    """
    good = np.isfinite(energy)
    r, e = distance[good], energy[good]
    found: list[float] = []
    lowest, highest, descending = 0, 0, False
    for k in range(1, len(e)):
        if descending:
            lowest = k if e[k] < e[lowest] else lowest
            if e[k] - e[lowest] > TOLERANCE:
                found.append(float(r[lowest]))
                descending, highest = False, k
        else:
            highest = k if e[k] > e[highest] else highest
            if e[highest] - e[k] > TOLERANCE:
                descending, lowest = True, k
    return found


def rise_at(distance: np.ndarray, reference: np.ndarray, height: float) -> float:
    """Å, the outermost place within its minimum at which the reference has risen by a height.

    Args:
        distance: (point,) Å, rising.
        reference: (point,) eV above where the atoms come from; NaN where it is not known.
        height: eV.

    Returns:
        NaN where it does not rise so high while it is known.
    """
    if not np.isfinite(reference).any():
        return float("nan")
    inside = np.arange(len(distance)) <= int(np.nanargmin(reference))
    high = inside & (np.nan_to_num(reference, nan=-np.inf) >= height)
    return float(distance[high].max()) if high.any() else float("nan")
