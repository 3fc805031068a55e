"""A small closed-shell molecule, or an atom, that is put beside a molecule to see what it feels."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

HYDROGEN_BOND_LENGTH = 0.741
"""Å: of H2 (K. P. Huber, G. Herzberg, Constants of Diatomic Molecules, 1979)."""


@dataclass(frozen=True)
class Probe:
    """What is put beside a molecule.

    Attributes:
        name: its formula.
        atomic_number: (atom,) nuclear charges, the nearest atom first.
        behind: (atom,) Å by which its atoms are further away, all on one line.
    """

    name: str
    atomic_number: np.ndarray
    behind: np.ndarray


def probe_for(atoms: Atoms) -> Probe:
    """H2 where the molecule holds hydrogen, which its model then knows; else one of its atoms.

    H2 leaves a closed shell closed: a lone hydrogen atom is a radical, for which engines of
    electrons have no steady answer.
    """
    if 1 in atoms.numbers:
        return Probe("H2", np.array([1, 1]), np.array([0.0, HYDROGEN_BOND_LENGTH]))
    elements, counts = np.unique(atoms.numbers, return_counts=True)
    element = int(elements[np.argmax(counts)])
    return Probe(chemical_symbols[element], np.array([element]), np.zeros(1))


def place_at(position: np.ndarray, direction: np.ndarray, gap: float) -> float:
    """How far out on a ray the probe's first atom lies when its nearest atom is a gap away.

    Args:
        position: (atom, 3) Å of the molecule.
        direction: (3,) unit vector of the ray, from the middle of the molecule.
        gap: Å from the probe's first atom to the nearest atom of the molecule.

    Returns:
        Å from the middle; the gap is met from outside.
    """
    about = position - position.mean(axis=0)
    along = about @ direction
    aside = np.square(about).sum(axis=1) - along**2
    within = aside <= gap**2
    if not within.any():
        # The ray passes every atom by at more than the gap.
        return float(along.max())
    return float(np.max(along[within] + np.sqrt(gap**2 - aside[within])))


def beside(
    position: np.ndarray, probe: Probe, direction: np.ndarray, places: np.ndarray
) -> np.ndarray:
    """Molecule and probe, (copy, atom + probe atom, 3) Å.

    Args:
        position: (atom, 3) Å of the molecule.
        probe: what is put beside it.
        direction: (3,) unit vector from the middle of the molecule.
        places: (copy,) Å from the middle to the probe's first atom.
    """
    out = places[:, None] + probe.behind
    atoms = position.mean(axis=0) + out[:, :, None] * direction
    molecule = np.broadcast_to(position, (len(places), *position.shape))
    return np.concatenate([molecule, atoms], axis=1)


def random_directions(count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 3) unit vectors.

    Args:
        count: how many.
        rng: draws them.
    """
    vectors = rng.normal(size=(count, 3))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
