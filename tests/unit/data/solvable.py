"""Data sets whose energies and forces are known in closed form: molecules of Morse springs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from ase import Atoms

from nearsight.data.checks.stretches import USUAL, WIDTH
from nearsight.data.frames import Frames


def frames_of(
    structures: Sequence[Atoms],
    *,
    energy: Any = None,
    force: Any = None,
    subset: Any = 0,
    source: Any = 0,
    **attributes: Any,
) -> Frames:
    """Frames of structures with any labels, zero where none are given."""
    n_atoms = np.array([len(atoms) for atoms in structures])
    n_frames = len(structures)
    return Frames(
        atomic_number=np.concatenate([atoms.numbers for atoms in structures]),
        position=np.concatenate([atoms.positions for atoms in structures]),
        force=np.zeros((n_atoms.sum(), 3)) if force is None else np.asarray(force, dtype=float),
        n_atoms=n_atoms,
        energy=np.zeros(n_frames) if energy is None else np.asarray(energy, dtype=float),
        subset=np.broadcast_to(subset, n_frames).astype(int),
        source=np.broadcast_to(source, n_frames).astype(int),
        attributes=attributes,
    )


def hydride(element: int, stretch: np.ndarray, rng: np.random.Generator) -> Frames:
    """Molecules of hydrogen and one other atom, bound by a usual bond, anywhere in space.

    Args:
        element: nuclear charge of the other atom.
        stretch: (frame,) Å beyond the rest length.
        rng: of places and directions.

    Returns:
        Energies E = k/(2 a²) (1 - exp(-a s))² in eV, and forces which are their gradient.
    """
    stiffness, rest = USUAL[element]
    decay = np.exp(-WIDTH * stretch)
    direction = rng.standard_normal((len(stretch), 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    pull = stiffness / WIDTH * (decay - decay**2)
    structures, forces = [], []
    for s, u, f in zip(stretch, direction, pull, strict=True):
        place = rng.standard_normal(3)
        structures.append(Atoms([element, 1], positions=[place, place + (rest + s) * u]))
        forces += [f * u, -f * u]
    energy = stiffness / (2 * WIDTH**2) * (1 - decay) ** 2
    return frames_of(structures, energy=energy, force=forces)


def spring_chain(n_atoms: int, n_frames: int, rng: np.random.Generator, size: float) -> Frames:
    """A chain of carbon atoms and springs, k = 30 eV/Å² and 1.5 Å, shaken by ``size`` Å."""
    line = np.arange(n_atoms)[:, None] * np.array([1.2, 0.9, 0.0])
    zigzag = line * [1, 0, 0] + (np.arange(n_atoms) % 2)[:, None] * np.array([0, 0.9, 0])
    structures, forces, energies = [], [], []
    for _ in range(n_frames):
        position = zigzag + size * rng.standard_normal((n_atoms, 3))
        step = position[1:] - position[:-1]
        length = np.linalg.norm(step, axis=1, keepdims=True)
        pull = 30.0 * (length - 1.5) * step / length
        force = np.zeros((n_atoms, 3))
        force[:-1] += pull
        force[1:] -= pull
        structures.append(Atoms([6] * n_atoms, positions=position))
        forces.append(force)
        energies.append(15.0 * ((length - 1.5) ** 2).sum())
    return frames_of(structures, energy=energies, force=np.concatenate(forces))
