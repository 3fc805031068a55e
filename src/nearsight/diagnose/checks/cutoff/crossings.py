"""Pairs of atoms that are taken through a known cutoff, and how often dynamics does so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from nearsight.diagnose.asking import ask_best
from nearsight.diagnose.checks.cutoff.edges import Jump, jump_of, offsets
from nearsight.diagnose.subject import Subject
from nearsight.units import ACCELERATION, BOLTZMANN, FS_PER_PS

FURTHEST = 0.5
"""Å from the cutoff beyond which a pair of a molecule is not moved there: it stays nearly as it
was, a geometry that the model knows."""
TEMPERATURE = 300.0
"""K: of the rate of crossings."""


@dataclass(frozen=True)
class Crossing:
    """Something that is taken through a distance.

    Attributes:
        text: what was moved, in words.
        distance: Å at which sides meet.
        offset: (point,) Å from there.
        energy: (point,) eV, less their mean.
        slope: (point,) eV/Å.
        jump: what happens there.
    """

    text: str
    distance: float
    offset: np.ndarray
    energy: np.ndarray
    slope: np.ndarray
    jump: Jump


@dataclass(frozen=True)
class Pair:
    """A pair of atoms of a geometry."""

    atoms: Atoms
    first: int
    second: int
    text: str


def known_crossings(subject: Subject, cutoff: float) -> list[Crossing]:
    """Pairs of the structures nearest to the cutoff, or pairs alone where there are none.

    Args:
        subject: whose model is asked.
        cutoff: Å.
    """
    most = subject.choose(quick=3, default=8, full=24)
    pairs = pairs_near(subject.structures, cutoff, most)
    pairs = pairs or lone_pairs(subject.structures, cutoff, most)
    return [_cross(subject, pair, cutoff) for pair in pairs]


def pairs_near(structures: Sequence[Atoms], cutoff: float, most: int) -> list[Pair]:
    """The pairs nearest to a cutoff that no other pair accompanies through it.

    Args:
        structures: geometries.
        cutoff: Å.
        most: pairs that are wanted.
    """
    found = []
    for number, atoms in enumerate(structures):
        i, j = np.triu_indices(len(atoms), k=1)
        away = np.abs(np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1) - cutoff)
        for k in np.flatnonzero(away < FURTHEST):
            text = f"{_named(atoms, i[k])} and {_named(atoms, j[k])} of structure {number}"
            found.append((float(away[k]), Pair(atoms, int(i[k]), int(j[k]), text)))
    ordered = (pair for _, pair in sorted(found, key=lambda one: one[0]))
    alone: list[Pair] = []
    for pair in ordered:
        if len(alone) == most:
            break
        if _crosses_alone(pair, cutoff):
            alone.append(pair)
    return alone


def lone_pairs(structures: Sequence[Atoms], cutoff: float, most: int) -> list[Pair]:
    """Two atoms with nothing else, of the elements of structures too small for the cutoff.

    Args:
        structures: geometries.
        cutoff: Å.
        most: pairs that are wanted.
    """
    elements = np.unique(np.concatenate([atoms.numbers for atoms in structures]))
    kinds = [(a, b) for k, a in enumerate(elements) for b in elements[k:]]
    place = [[0.0, 0.0, 0.0], [0.0, 0.0, cutoff]]
    return [
        Pair(
            Atoms([a, b], positions=place), 0, 1,
            f"{chemical_symbols[a]} and {chemical_symbols[b]} alone",
        )
        for a, b in kinds[:most]
    ]  # fmt: skip


def moved(pair: Pair, distances: np.ndarray) -> np.ndarray:
    """(copy, atom, 3) Å: both atoms moved along their line, the middle of the pair left in place.

    Args:
        pair: of a geometry.
        distances: (copy,) Å between its atoms.
    """
    position = pair.atoms.positions
    middle = (position[pair.first] + position[pair.second]) / 2
    half = distances[:, None] / 2 * _line(pair)
    copies = np.tile(position, (len(distances), 1, 1))
    copies[:, pair.first], copies[:, pair.second] = middle - half, middle + half
    return copies


def slope_along(pair: Pair, force: np.ndarray) -> np.ndarray:
    """(copy,) eV/Å: derivative of the energy by the distance of the pair.

    Args:
        pair: that is moved.
        force: (copy, atom, 3) eV/Å.
    """
    return np.asarray((force[:, pair.first] - force[:, pair.second]) @ _line(pair) / 2)


def crossings_per_ps(structures: Sequence[Atoms], cutoff: float) -> float:
    """How many pairs of a structure pass a distance in a ps at 300 K.

    Of a pair at density p(r) of its distance, p(c) <|v|> passes, <|v|> = sqrt(2 kT / (pi m)) with
    the reduced mass m.

    Args:
        structures: geometries, as dynamics visits them.
        cutoff: Å.
    """
    rate = 0.0
    for atoms in structures:
        i, j = np.triu_indices(len(atoms), k=1)
        apart = np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1)
        near = np.abs(apart - cutoff) < FURTHEST
        masses = atoms.get_masses()
        reduced = 1 / (1 / masses[i[near]] + 1 / masses[j[near]])
        speed = np.sqrt(2 * BOLTZMANN * TEMPERATURE * ACCELERATION / (np.pi * reduced))
        rate += float(speed.sum()) / (2 * FURTHEST) * FS_PER_PS
    return rate / len(structures)


def _cross(subject: Subject, pair: Pair, cutoff: float) -> Crossing:
    offset = offsets()
    energy, force = ask_best(subject, pair.atoms.numbers, moved(pair, cutoff + offset))
    slope = slope_along(pair, force)
    jump = jump_of(offset, energy, slope)
    return Crossing(pair.text, cutoff, offset, energy - energy.mean(), slope, jump)


def _crosses_alone(pair: Pair, cutoff: float) -> bool:
    copies = moved(pair, cutoff + offsets())
    for mover in (pair.first, pair.second):
        apart = np.linalg.norm(copies - copies[:, mover : mover + 1], axis=2)
        inside = apart < cutoff
        passing = inside.any(axis=0) & ~inside.all(axis=0)
        passing[[pair.first, pair.second]] = False
        if passing.any():
            return False
    return True


def _line(pair: Pair) -> np.ndarray:
    apart = pair.atoms.positions[pair.second] - pair.atoms.positions[pair.first]
    return np.asarray(apart / np.linalg.norm(apart))


def _named(atoms: Atoms, index: int) -> str:
    return f"{atoms.symbols[index]}{index}"
