"""What a model says of labelled frames, and energies up to a constant."""

from dataclasses import dataclass

import numpy as np
import torch
from ase.formula import Formula
from ase.symbols import Symbols

from nearsight.data.frames import Frames
from nearsight.diagnose.subject import Subject
from nearsight.errors import ModelError
from nearsight.models.model import energy_offsets, fit_atom_references

AT_ONCE = 32
"""Frames of a call."""
_FEWEST = 2
"""Frames of one composition, of which a constant can be taken away and something is left."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Frames and what the model gives for them.

    Attributes:
        frames: with labels.
        energy: (frame,) eV; NaN where the model gives none.
        force: (atom, 3) eV/Å; NaN where it gives none.
        refusal: what the model said of frames that it does not take; empty where it took all.
    """

    frames: Frames
    energy: np.ndarray
    force: np.ndarray
    refusal: str = ""

    @property
    def owner(self) -> np.ndarray:
        """(atom,) frame of each atom."""
        return np.repeat(np.arange(len(self.frames)), self.frames.n_atoms)

    @property
    def lost(self) -> np.ndarray:
        """(frame,) where the model has no finite number."""
        found = ~np.isfinite(self.energy)
        found[self.owner[~np.isfinite(self.force).all(axis=1)]] = True
        return found


def predicted(subject: Subject, frames: Frames) -> Predicted:
    """Energies and forces of frames, those of the same atoms together.

    Args:
        subject: with the model.
        frames: labelled ones.
    """
    energy = np.full(len(frames), np.nan)
    force = np.full(frames.position.shape, np.nan)
    refusal = ""
    for same in _of_the_same_atoms(frames):
        first = frames.first_atom[same]
        atoms = first[:, None] + np.arange(frames.n_atoms[same[0]])
        try:
            potential = subject.potential(frames.atomic_number[atoms[0]])
        except ModelError as error:
            refusal = str(error)
            continue
        for rows in np.array_split(np.arange(len(same)), -(-len(same) // AT_ONCE)):
            value, vectors = potential(torch.as_tensor(frames.position[atoms[rows]]))
            energy[same[rows]] = np.asarray(value.cpu())
            force[atoms[rows]] = np.asarray(vectors.cpu())
    return Predicted(frames, energy, force, refusal)


def compositions(frames: Frames) -> list[str]:
    """(frame,) sum formulas."""
    starts = frames.first_atom
    return [
        Formula(str(Symbols(frames.atomic_number[s : s + n]))).format("hill")
        for s, n in zip(starts, frames.n_atoms, strict=True)
    ]


def constants(found: Predicted) -> tuple[np.ndarray, str]:
    """What is taken from energies of the model, since its zero need not be that of the labels.

    A constant for each composition, the mean difference of its frames; where most compositions
    occur once, a constant for each element by least squares.

    Args:
        found: labels and what the model says.

    Returns:
        (frame,) constants in eV, NaN where there is none, and what they are in words.
    """
    frames, difference = found.frames, found.energy - found.frames.energy
    names = np.array(compositions(frames))
    known = np.isfinite(difference)
    shift = np.full(len(frames), np.nan)
    for name in np.unique(names):
        rows = (names == name) & known
        if rows.sum() >= _FEWEST:
            shift[rows] = difference[rows].mean()
    if np.isfinite(shift).sum() >= known.sum() / 2:
        return shift, "a constant for each composition"
    return _by_element(frames, difference, known), "a constant for each element"


def _by_element(frames: Frames, difference: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(frame,) sums of constants of elements; NaN where frames are too few for them."""
    sound = frames.select(known)
    shift = np.full(len(frames), np.nan)
    if len(sound) <= len(np.unique(sound.atomic_number)):
        return shift
    reference = fit_atom_references(sound.atomic_number, sound.n_atoms, difference[known])
    shift[known] = energy_offsets(reference, sound.atomic_number, sound.n_atoms)
    return shift


def _of_the_same_atoms(frames: Frames) -> list[np.ndarray]:
    """Frames of the same atoms in the same order, (frame,) indices each."""
    groups: dict[bytes, list[int]] = {}
    for k, (start, size) in enumerate(zip(frames.first_atom, frames.n_atoms, strict=True)):
        key = frames.atomic_number[start : start + size].astype(int).tobytes()
        groups.setdefault(key, []).append(k)
    return [np.array(rows) for rows in groups.values()]
