"""Energies of all pairs against distance, of the model and of the reference."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nearsight.diagnose.asking import ask_best, ask_reference
from nearsight.diagnose.checks.repulsion.holes import rise_at
from nearsight.diagnose.checks.repulsion.pressing import (
    FURTHEST,
    NEAREST,
    Contact,
    Kind,
    alone,
    closest,
    kinds_of,
    pressed,
)
from nearsight.diagnose.subject import Subject

HEIGHT = 2.0
"""eV that the reference has risen where a model must not fall, and where its rise is looked at."""
_PIECE = 2
Ask = Callable[[Subject, np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
MOST_KINDS = 21
"""Pairs of six elements; of more the commonest elements are taken."""


@dataclass(frozen=True)
class Curves:
    """A pair of elements at every distance.

    Attributes:
        kind: of the pair.
        alone: (point,) eV, two atoms alone, less their energy at the furthest place.
        reference_alone: the same of the reference.
        contact: two atoms of a molecule, or None where no molecule has two.
        pressed: (point,) eV above the molecule as it stands; NaN beyond where the atoms stand.
        reference_pressed: the same of the reference.
        wall: Å below which the energy of two atoms of a molecule must rise on approach.
        wall_alone: the same of two atoms alone.
    """

    kind: Kind
    alone: np.ndarray
    reference_alone: np.ndarray
    contact: Contact | None
    pressed: np.ndarray
    reference_pressed: np.ndarray
    wall: float
    wall_alone: float


def grid(subject: Subject) -> np.ndarray:
    """(point,) Å, rising."""
    step = subject.choose(quick=0.125, default=0.1, full=0.05)
    return np.round(np.arange(NEAREST, FURTHEST + step / 2, step), 6)


def curves_of(subject: Subject) -> list[Curves]:
    """Every pair of the elements of the structures."""
    distance = grid(subject)
    structures = subject.structures
    kinds = kinds_of(structures)[:MOST_KINDS]
    found = []
    for kind in kinds:
        contact = closest(structures, kind)
        own = _both(subject, ask_best, kind, contact, distance)
        if subject.reference is None:
            reference = (np.full(len(distance), np.nan),) * 2
        else:
            reference = subject.of_reference(
                ("repulsion", kind),
                lambda kind=kind, contact=contact: _both(  # type: ignore[misc]
                    subject, _inwards(ask_reference), kind, contact, distance
                ),
            )
        walls = (_wall(distance, kind, reference[k], k) for k in (1, 0))
        found.append(Curves(kind, own[0], reference[0], contact, own[1], reference[1], *walls))
    return found


def _both(
    subject: Subject, ask: Ask, kind: Kind, contact: Contact | None, distance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    energy, _ = ask(subject, kind.numbers, alone(distance))
    return energy - _outermost(energy), _pressed(subject, ask, contact, distance)


def _pressed(
    subject: Subject, ask: Ask, contact: Contact | None, distance: np.ndarray
) -> np.ndarray:
    found = np.full(len(distance), np.nan)
    if contact is None:
        return found
    near = distance <= max(contact.distance, NEAREST)
    # The molecule as it stands comes last, furthest out: energies are told above its own.
    ways = np.concatenate([distance[near], [contact.distance]])
    energy, _ = ask(subject, contact.atoms.numbers, pressed(contact, ways))
    found[near] = energy[:-1] - energy[-1]
    return found


def _inwards(ask: Ask) -> Ask:
    """Asks from outside in, and no further once a whole piece has no answer.

    Engines of electrons take longest where they fail, and further in they fail as well.
    """

    def asked(
        subject: Subject, numbers: np.ndarray, position: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        energy, force = np.full(len(position), np.nan), np.full(position.shape, np.nan)
        for end in range(len(position), 0, -_PIECE):
            piece = slice(max(0, end - _PIECE), end)
            energy[piece], force[piece] = ask(subject, numbers, position[piece])
            if np.isnan(energy[piece]).all():
                break
        return energy, force

    return asked


def _wall(distance: np.ndarray, kind: Kind, reference: np.ndarray, molecule: int) -> float:
    """Where bonds end, or further out where the reference has risen by two eV already."""
    above = reference if molecule else reference - lowest(reference)
    place = rise_at(distance, above, HEIGHT)
    return float(np.nanmax([kind.wall, place]))


def lowest(energy: np.ndarray) -> float:
    """The lowest of energies (point,) that are known, eV; NaN where none is."""
    return float(np.nanmin(energy)) if np.isfinite(energy).any() else float("nan")


def _outermost(energy: np.ndarray) -> float:
    """The energy furthest out that is known; NaN where none is."""
    known = energy[np.isfinite(energy)]
    return float(known[-1]) if len(known) else float("nan")
