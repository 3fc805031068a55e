"""What is told about repulsion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nearsight import units
from nearsight.diagnose.checks.repulsion.curves import HEIGHT, Curves, lowest
from nearsight.diagnose.checks.repulsion.holes import TOLERANCE, Hole, hole_of, minima_of, rise_at
from nearsight.diagnose.finding import Finding, Threshold, Verdict, measured, not_applicable, told
from nearsight.diagnose.telling import two_digits
from nearsight.figures.wording import plural

MOST_TOLD = 3
"""Pairs that a sentence names."""

DEPTH = Threshold(
    TOLERANCE,
    float("nan"),
    "a choice: four times kT at 300 K; closer in than any bond, and where the reference has risen "
    "by 2 eV, energies must only rise",
)
BARRIER = Threshold(
    float("nan"),
    2.0,
    "a choice: at 1000 K a pair passes 1 eV about once in 10 ns (10^13 exp(-E/kT) a second), and "
    "the straight way, all else frozen, is higher than the best one: twice that",
    smaller_is_better=False,
)
SOFTNESS = Threshold(
    HEIGHT / 2,
    HEIGHT / 4,
    "a choice: half and a quarter of the reference's rise of 2 eV; at 1000 K a rise of 0.5 eV is "
    "passed in 0.3 % of encounters (exp(-E/kT)), one of 2 eV in none",
    smaller_is_better=False,
)
MINIMA = Threshold(
    1.0,
    4.0,
    "ml-peg (physicality, diatomics) counts minima of isolated pairs on a grid: 1 is good, 5 bad",
)
_DATA = (
    "add structures with atoms pressed together to the training data, or add a repulsion that is "
    "known (ZBL, or a pair term fitted to the reference) and learn the rest"
)


@dataclass(frozen=True)
class Fallen:
    """A pair with a hole.

    Attributes:
        curves: of the pair.
        hole: of the model.
    """

    curves: Curves
    hole: Hole


def pressed_holes(distance: np.ndarray, curves: Sequence[Curves]) -> list[Fallen]:
    """Contacts of molecules whose energy falls on approach, where the reference's does not.

    Args:
        distance: (point,) Å.
        curves: of all pairs.
    """
    rows = [(c, c.pressed, c.reference_pressed, 0.0, c.wall) for c in curves]
    return _holes(rows, distance)


def lone_holes(distance: np.ndarray, curves: Sequence[Curves]) -> list[Fallen]:
    """The same of two atoms alone.

    Args:
        distance: (point,) Å.
        curves: of all pairs.
    """
    rows = [(c, c.alone, c.reference_alone, lowest(c.alone), c.wall_alone) for c in curves]
    return _holes(rows, distance)


def findings_of(distance: np.ndarray, curves: Sequence[Curves], reference: str) -> list[Finding]:
    """All that is told.

    Args:
        distance: (point,) Å.
        curves: of all pairs.
        reference: what the reference is called; empty for none.
    """
    return [
        *_pressed(distance, curves),
        _soft(distance, curves, reference),
        *_alone(distance, curves, reference),
        *_silence(distance, curves),
    ]


def _pressed(distance: np.ndarray, curves: Sequence[Curves]) -> list[Finding]:
    tried = [c for c in curves if np.isfinite(c.pressed).any()]
    text = "deepest fall of the energy as two atoms of a molecule are pressed together"
    if not tried:
        reason = "the model gave no finite energy of a molecule with two atoms pressed together"
        return [not_applicable("hole", text, units.ENERGY, reason)]
    fallen = pressed_holes(distance, tried)
    if not fallen:
        names = ", ".join(c.kind.name for c in tried)
        reason = (
            f"as two atoms of a molecule are pressed together the energy rises down to "
            f"{distance[0]:g} Å ({names})"
        )
        return [measured("hole", text, 0.0, units.ENERGY, threshold=DEPTH, reason=reason)]
    lowest = min(fallen, key=lambda one: one.hole.barrier)
    deepest = max(fallen, key=lambda one: one.hole.depth)
    return [
        measured(
            "hole", text, deepest.hole.depth, units.ENERGY, threshold=DEPTH,
            reason=f"atoms pressed together fall into holes in {len(fallen)} of {len(tried)} pairs "
            f"of elements: {_listed(fallen, _pressed_words)}",
            advice=_DATA,
        ),
        measured(
            "hole_barrier", "lowest barrier before a hole", lowest.hole.barrier, units.ENERGY,
            threshold=BARRIER,
            reason=f"the way into the hole of {lowest.curves.kind.name} leads over "
            f"{two_digits(lowest.hole.barrier)} eV at {lowest.hole.top:.2f} Å",
            advice=f"dynamics can fall into it: {_DATA}",
        ),
    ]  # fmt: skip


def _soft(distance: np.ndarray, curves: Sequence[Curves], reference: str) -> Finding:
    text = f"the model's rise where the reference has risen by {HEIGHT:g} eV, the lowest of pairs"
    rows = []
    for c in curves:
        place = rise_at(distance, c.reference_pressed, HEIGHT)
        if np.isfinite(place):
            k = int(np.argmin(np.abs(distance - place)))
            if np.isfinite(c.pressed[k]):
                rows.append((c.pressed[k], c.reference_pressed[k], place, c.kind.name))
    if not rows:
        why = (
            f"the reference rises by {HEIGHT:g} eV nowhere that the model gives an energy"
            if reference
            else "there is no reference: give one with --reference"
        )
        return not_applicable("wall", text, units.ENERGY, why)
    rise, of_reference, place, name = min(rows)
    return measured(
        "wall", text, float(rise), units.ENERGY, threshold=SOFTNESS,
        reason=f"where {reference} has risen by {two_digits(of_reference)} eV as {name} is pressed "
        f"to {place:.2f} Å, the model has by {two_digits(rise)} eV, the least of {len(rows)} pairs",
        advice=f"atoms will come closer than they should: {_DATA}",
    )  # fmt: skip


def _alone(distance: np.ndarray, curves: Sequence[Curves], reference: str) -> list[Finding]:
    tried = [c for c in curves if np.isfinite(c.alone).any()]
    text = "deepest fall of the energy as two atoms alone approach each other"
    if not tried:
        reason = "the model gave no finite energy of two atoms alone"
        return [not_applicable("lone_hole", text, units.ENERGY, reason)]
    fallen = lone_holes(distance, tried)
    said = (
        f"two atoms alone fall into holes in {len(fallen)} of {len(tried)} pairs of elements: "
        f"{_listed(fallen, _lone_words)}"
        if fallen
        else f"the energy of two atoms alone rises down to {distance[0]:g} Å in all "
        f"{len(tried)} pairs of elements"
    )
    hole = measured(
        "lone_hole", text, max((f.hole.depth for f in fallen), default=0.0), units.ENERGY,
        threshold=DEPTH, reason=said,
        advice=f"two atoms without their molecule are not what dynamics of it meets; where they "
        f"matter, {_DATA}",
    )  # fmt: skip
    return [hole, _minima(distance, tried, reference)]


def _minima(distance: np.ndarray, tried: Sequence[Curves], reference: str) -> Finding:
    counts = [(len(minima_of(distance, c.alone)), c) for c in tried]
    most, worst = max(counts, key=lambda one: one[0])
    places = ", ".join(f"{r:.2f}" for r in minima_of(distance, worst.alone))
    beside = ""
    if reference and np.isfinite(worst.reference_alone).any():
        own = [f"{r:.2f}" for r in minima_of(distance, worst.reference_alone)]
        beside = f"; {reference} has {f'one at {own[0]}' if len(own) == 1 else len(own)}" + (
            " Å" if len(own) == 1 else ""
        )
    where = f" ({worst.kind.name} at {places} Å{beside})" if most else ""
    word = "minimum" if most == 1 else "minima"
    several = sum(count > 1 for count, _ in counts)
    return measured(
        "lone_minima", "most minima of a pair of atoms alone, between 0.5 and 3 Å", float(most),
        units.ONE, threshold=MINIMA,
        reason=f"two atoms alone have at most {most} {word}{where}; "
        f"{several} of {len(tried)} pairs have more than one",
        advice="bonds of wrong length hide there once bonds break: train on broken bonds, or stay "
        "where none breaks",
    )  # fmt: skip


def _silence(distance: np.ndarray, curves: Sequence[Curves]) -> list[Finding]:
    """Where a model gives no number further out than bonds are short; none where it always does."""
    lost = []
    for c in curves:
        for energy, outer in ((c.alone, np.inf), (c.pressed, _outer(c))):
            silent = np.isnan(energy) & (distance >= c.kind.wall) & (distance <= outer)
            if silent.any():
                lost.append((float(distance[silent].max()), c.kind.name))
    if not lost:
        return []
    place, name = max(lost)
    reason = (
        f"the model gave no finite energy of {name} at {place:.2f} Å "
        f"({plural(len({pair for _, pair in lost}), 'such pair')})"
    )
    silence = told("silence", "largest distance without an energy", place, units.LENGTH,
                   reason=reason)  # fmt: skip
    if any(np.isfinite(np.concatenate([c.alone, c.pressed])).any() for c in curves):
        return [silence]
    # What never answers has not been found to be well.
    advice = "see whether the model takes these molecules at all"
    return [replace(silence, verdict=Verdict.FAIL, advice=advice)]


def _holes(
    rows: Sequence[tuple[Curves, np.ndarray, np.ndarray, float, float]], distance: np.ndarray
) -> list[Fallen]:
    found = []
    for curves, energy, reference, start, wall in rows:
        hole = hole_of(distance, energy, wall, start)
        own = hole_of(distance, reference, wall, 0.0)
        if hole is not None and own is None:
            found.append(Fallen(curves, hole))
    return found


def _listed(fallen: Sequence[Fallen], words: Callable[[Fallen], str]) -> str:
    """The deepest ones, and how many more there are."""
    deepest = sorted(fallen, key=lambda one: -one.hole.depth)
    more = len(fallen) - MOST_TOLD
    rest = [f"and {more} less deep"] if more > 0 else []
    return "; ".join([*map(words, deepest[:MOST_TOLD]), *rest])


def _pressed_words(fallen: Fallen) -> str:
    contact = fallen.curves.contact
    name = "" if contact is None else f" ({contact.name})"
    return f"{fallen.curves.kind.name}{name} by {_hole_words(fallen.hole)}"


def _lone_words(fallen: Fallen) -> str:
    return f"{fallen.curves.kind.name} by {_hole_words(fallen.hole)}"


def _hole_words(hole: Hole) -> str:
    return f"{two_digits(hole.depth)} eV below {hole.top:.2f} Å, over {two_digits(hole.barrier)} eV"


def _outer(curves: Curves) -> float:
    return -np.inf if curves.contact is None else curves.contact.distance
