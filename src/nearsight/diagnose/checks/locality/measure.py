"""Two copies far apart, probes from outside, and moves of single atoms: what is felt how far away.

Every change of a force is a difference of two geometries that differ in one thing alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from scipy.spatial.transform import Rotation

from nearsight.diagnose.asking import ask_best, ask_reference
from nearsight.diagnose.probes import beside, place_at, probe_for, random_directions
from nearsight.diagnose.subject import Subject
from nearsight.units import MEV_PER_EV

APART = 100.0
"""Å between the middles of two copies."""
GAPS = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0, 40.0, 50.0)
"""Å between a probe and the nearest atom."""
FAR = 20.0
"""Å from which on a probe is to be felt by nothing: ml-peg places its atoms at 20 to 50 Å."""
MOVE = 0.1
"""Å by which single atoms are moved: about the amplitude of a hydrogen atom at 300 K."""
NOTICED = 5.0
"""meV/Å: a change of a force that counts as felt."""
Ask = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Felt:
    """What one model feels.

    Attributes:
        excess: meV, energy of two copies less twice that of one.
        excess_force: meV/Å, largest change of a force between copy and molecule alone.
        probe: (gap,) meV/Å, largest change of a force by a probe, over directions.
        probe_mean: (gap,) meV/Å, mean over atoms and directions.
        move: (pair,) meV/Å, change of the force on the second atom as the first one moves.
    """

    excess: float
    excess_force: float
    probe: np.ndarray
    probe_mean: np.ndarray
    move: np.ndarray


@dataclass(frozen=True)
class Geometry:
    """What is asked about the first structures, the same of model and reference.

    Attributes:
        atoms: the first structure.
        copies: positions (2 atom, 3) of two copies, the second one turned.
        directions: (direction, 3) in which probes lie.
        moves: (atom, 3) Å by which each atom is moved.
        turn: (3, 3) rotation of the second copy.
    """

    atoms: Atoms
    copies: np.ndarray
    directions: np.ndarray
    moves: np.ndarray
    turn: np.ndarray


def geometry_of(subject: Subject) -> Geometry:
    """Draw directions, by the seed alone."""
    rng = np.random.default_rng(subject.seed)
    atoms = subject.structures[0]
    turn = Rotation.random(rng=rng).as_matrix()
    about = atoms.positions - atoms.positions.mean(axis=0)
    copies = np.concatenate([about, about @ turn.T + np.array([APART, 0, 0])])
    directions = random_directions(subject.choose(quick=2, default=4, full=12), rng)
    return Geometry(atoms, copies, directions, MOVE * random_directions(len(atoms), rng), turn)


def felt_by_model(subject: Subject) -> Felt:
    """What the model feels, in its best precision."""
    return _felt(geometry_of(subject), lambda z, r: ask_best(subject, z, r))


def felt_by_reference(subject: Subject) -> Felt | None:
    """What the reference feels; None where there is none."""
    if subject.reference is None:
        return None
    return subject.of_reference(
        ("locality", "felt"),
        lambda: _felt(geometry_of(subject), lambda z, r: ask_reference(subject, z, r)),
    )


def pair_distances(atoms: Atoms) -> np.ndarray:
    """(pair,) Å between the atom that moves and the one that feels it, all ordered pairs."""
    apart = np.linalg.norm(atoms.positions[:, None] - atoms.positions, axis=2)
    return np.asarray(apart[~np.eye(len(atoms), dtype=bool)])


def reach(distance: np.ndarray, change: np.ndarray) -> float:
    """Å, the largest distance at which a change is noticed; 0 where none is.

    Args:
        distance: (pair,) Å.
        change: (pair,) meV/Å.
    """
    noticed = change > NOTICED
    return float(distance[noticed].max()) if noticed.any() else 0.0


def _felt(geometry: Geometry, ask: Ask) -> Felt:
    numbers, position = geometry.atoms.numbers, geometry.atoms.positions
    moved = np.concatenate([position[None], position + np.einsum(
        "ab,ac->abc", np.eye(len(numbers)), geometry.moves)])  # fmt: skip
    energy, force = ask(numbers, moved)
    change = np.linalg.norm(force[1:] - force[0], axis=2)[~np.eye(len(numbers), dtype=bool)]
    excess = _two_copies(geometry, ask, energy[0], force[0])
    largest, mean = _probed(geometry, ask, force[0])
    return Felt(*excess, largest, mean, change * MEV_PER_EV)


def _two_copies(
    geometry: Geometry, ask: Ask, energy: float, force: np.ndarray
) -> tuple[float, float]:
    twice = np.concatenate([geometry.atoms.numbers] * 2)
    both, forces = ask(twice, geometry.copies[None])
    expected = np.concatenate([force, force @ geometry.turn.T])
    change = np.linalg.norm(forces[0] - expected, axis=1).max()
    return float(both[0] - 2 * energy) * MEV_PER_EV, float(change) * MEV_PER_EV


def _probed(geometry: Geometry, ask: Ask, force: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    atoms = geometry.atoms
    probe = probe_for(atoms)
    ways = [
        beside(atoms.positions, probe, u, np.array([place_at(atoms.positions, u, g) for g in GAPS]))
        for u in geometry.directions
    ]
    numbers = np.concatenate([atoms.numbers, probe.atomic_number])
    _, forces = ask(numbers, np.concatenate(ways))
    change = np.linalg.norm(forces[:, : len(atoms)] - force, axis=2) * MEV_PER_EV
    by_gap = change.reshape(len(ways), len(GAPS), len(atoms))
    return by_gap.max(axis=(0, 2)), by_gap.mean(axis=(0, 2))
