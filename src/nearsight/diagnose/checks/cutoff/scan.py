"""A search for jumps of a model whose cutoff is not known: a probe is drawn away from a molecule.

On a grid two things are looked at: whether the energy of an interval is the integral of its slope,
which a jump of the energy breaks; and the fourth difference of the slope, in which a jump of the
slope or of its derivative stands out from its neighbours.
"""

from dataclasses import dataclass

import numpy as np

from nearsight.diagnose.asking import ask_best
from nearsight.diagnose.checks.cutoff.crossings import Crossing
from nearsight.diagnose.checks.cutoff.edges import POINTS, jump_of
from nearsight.diagnose.probes import Probe, beside, place_at, probe_for
from nearsight.diagnose.subject import Subject

NEAREST, FURTHEST = 2.0, 12.0
"""Å between the probe and the nearest atom."""
OUTSTANDING = 10.0
"""Times the median of the neighbours on the rougher side: of 200 numbers that are normal, the
largest is about four times their median."""
_SIDE = 8
_GAP = 3
_FINER = 8
_MOST = 3
"""Places that are looked at more closely."""
_ROUNDING = 1e-14


@dataclass(frozen=True)
class Scan:
    """A probe at many distances.

    Attributes:
        probe: what was moved.
        gap: (point,) Å to the nearest atom.
        energy: (point,) eV less that at the furthest point.
        slope: (point,) eV/Å along the way.
        seen: meV, a jump of the energy that would have stood out.
        crossings: the places that did stand out.
    """

    probe: Probe
    gap: np.ndarray
    energy: np.ndarray
    slope: np.ndarray
    seen: float
    crossings: list[Crossing]


def scan_for_jumps(subject: Subject) -> Scan:
    """Draw the probe away from the end of the first structure."""
    atoms = subject.structures[0]
    step = subject.choose(quick=0.1, default=0.05, full=0.025)
    probe = probe_for(atoms)
    about = atoms.positions - atoms.positions.mean(axis=0)
    end = about[np.argmax(np.linalg.norm(about, axis=1))]
    direction = end / np.linalg.norm(end) if np.linalg.norm(end) > 0 else np.array([0, 0, 1.0])
    first = place_at(atoms.positions, direction, NEAREST) - (_SIDE // 2) * step
    last = place_at(atoms.positions, direction, FURTHEST)
    places = np.arange(first, last + step, step)

    def asked(where: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        numbers = np.concatenate([atoms.numbers, probe.atomic_number])
        positions = beside(atoms.positions, probe, direction, where)
        energy, force = ask_best(subject, numbers, positions)
        n_atoms = len(atoms)
        apart = positions[:, n_atoms : n_atoms + 1] - positions[:, :n_atoms]
        gap = np.linalg.norm(apart, axis=2).min(axis=1)
        return gap, energy, -force[:, n_atoms:].sum(axis=1) @ direction

    gap, energy, slope = asked(places)
    found = []
    for place in outstanding(places, energy, slope)[:_MOST]:
        fine = place + step / _FINER * np.arange(-3 * _FINER, 3 * _FINER + 1)
        crossing = _closely(fine, *asked(fine), probe)
        if crossing is not None:
            found.append(crossing)
    rest = energy_defects(places, energy, slope)
    seen = OUTSTANDING * float(np.nanmedian(np.abs(rest))) if np.isfinite(rest).any() else np.nan
    return Scan(probe, gap, energy - energy[-1], slope, 1e3 * seen, found)


def energy_defects(x: np.ndarray, energy: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """(point - 3,) eV: steps of the energy less integrals of the slope, by the rule of four points.

    Args:
        x: (point,) Å, equally spaced.
        energy: (point,) eV.
        slope: (point,) eV/Å.
    """
    step = x[1] - x[0]
    integral = step / 24 * (13 * (slope[1:-2] + slope[2:-1]) - slope[:-3] - slope[3:])
    return np.asarray(np.diff(energy)[1:-1] - integral)


def outstanding(x: np.ndarray, energy: np.ndarray, slope: np.ndarray) -> list[float]:
    """Places in Å where a jump stands out, the clearest first.

    Args:
        x: (point,) Å, equally spaced.
        energy: (point,) eV.
        slope: (point,) eV/Å.
    """
    floor = _ROUNDING * max(1.0, float(np.nanmax(np.abs(energy), initial=0.0)))
    defects = _scores(energy_defects(x, energy, slope), floor)
    bends = _scores(np.diff(slope, n=4), floor / (x[1] - x[0]))
    step = x[1] - x[0]
    found = [(score, x[k] + 1.5 * step) for k, score in enumerate(defects) if score > 1]
    found += [(score, x[k + 2]) for k, score in enumerate(bends) if score > 1]
    chosen: list[float] = []
    for _, place in sorted(found, reverse=True):
        if all(abs(place - other) > _SIDE * step for other in chosen):
            chosen.append(float(place))
    return chosen


def _scores(values: np.ndarray, floor: float) -> np.ndarray:
    """Size of each value over what is outstanding among its neighbours; 0 at the ends."""
    size = np.abs(values)
    scores = np.zeros(len(size))
    for k in range(_SIDE, len(size) - _SIDE):
        left, right = size[k - _SIDE : k - _GAP + 1], size[k + _GAP : k + _SIDE + 1]
        around = max(float(np.median(left)), float(np.median(right)), floor)
        scores[k] = size[k] / (OUTSTANDING * around)
    return np.nan_to_num(scores, nan=0.0)


def _closely(
    x: np.ndarray, gap: np.ndarray, energy: np.ndarray, slope: np.ndarray, probe: Probe
) -> Crossing | None:
    """The jump itself on a finer grid; None where nothing stands out there."""
    places = outstanding(x, energy, slope)
    if not places:
        return None
    step = x[1] - x[0]
    offset = x - places[0]
    near = np.abs(offset) < (POINTS + 2.5) * step
    # On which side of the jump its closest neighbours lie is not known.
    kept = near & (np.abs(offset) > 2.5 * step)
    jump = jump_of(offset[kept], energy[kept], slope[kept], uncertain=2 * step)
    where = float(np.interp(places[0], x, gap))
    text = f"{probe.name} drawn away from structure 0"
    mean = energy[near].mean()
    return Crossing(text, where, offset[near], energy[near] - mean, slope[near], jump)
