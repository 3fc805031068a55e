"""Which structures dynamics begins from, and what its rules are taken from."""

import logging
from dataclasses import dataclass

import numpy as np
import torch
from ase import Atoms
from ase.optimize import BFGS

from nearsight.data.frames import Frames, frames_of_atoms
from nearsight.diagnose.as_calculator import PotentialCalculator
from nearsight.diagnose.subject import Subject
from nearsight.errors import NearsightError
from nearsight.models.force_field import Potential

logger = logging.getLogger(__name__)

RELAXED = 0.05
"""eV/Å: largest force of a geometry of which only the lengths of bonds are asked for."""
MOST_STEPS = 200


@dataclass(frozen=True, eq=False)
class Molecule:
    """One molecule to run.

    Attributes:
        starts: geometries to begin from.
        known: geometries that the rules are made from.
        origin: where these come from, in words.
    """

    starts: Frames
    known: Frames
    origin: str


def molecules(subject: Subject) -> list[Molecule]:
    """The molecule of the first structure with its rules, best first.

    Rules come from data the model was trained on, else from labelled data, else from the minimum
    of the reference, else from the structures themselves.

    Args:
        subject: what is diagnosed.
    """
    first = subject.structures[0]
    same = [atoms for atoms in subject.structures if np.array_equal(atoms.numbers, first.numbers)]
    starts = frames_of_atoms(same)
    found = []
    # What a file of labels is to train on has trained no force field that was made elsewhere.
    train = "labelled data" if subject.model.kind == "calculator" else "training data"
    for frames, name in ((subject.train, train), (subject.labels, "labelled data")):
        known = None if frames is None else same_molecule(frames, first.numbers)
        if known is not None and len(known):
            found.append(Molecule(starts, known, f"{len(known)} frames of the {name}"))
    relaxed = None if found or subject.reference is None else _minimum(subject, first)
    if relaxed is not None:
        known = frames_of_atoms([relaxed])
        found.append(Molecule(starts, known, "the minimum of the reference"))
    plural = "structure" if len(same) == 1 else f"{len(same)} structures"
    return [*found, Molecule(starts, starts, f"the given {plural}")]


def same_molecule(frames: Frames, numbers: np.ndarray) -> Frames:
    """The frames of a set that have exactly these atoms in this order.

    Args:
        frames: of any molecules.
        numbers: (atom,) nuclear charges.
    """
    rows = np.flatnonzero(frames.n_atoms == len(numbers))
    atoms = frames.first_atom[rows, None] + np.arange(len(numbers))
    equal = (frames.atomic_number[atoms] == numbers).all(axis=1)
    return frames.select(rows[equal])


def _minimum(subject: Subject, structure: Atoms) -> Atoms | None:
    """The structure relaxed by the reference; None where it cannot be."""
    try:
        return relaxed(subject.reference_potential(structure.numbers), structure)
    except NearsightError as error:
        logger.warning("no minimum of the reference: %s", error)
        return None


def relaxed(potential: Potential, structure: Atoms) -> Atoms | None:
    """A structure at the nearest minimum of a potential, None where it has no energy there.

    Args:
        potential: of these atoms.
        structure: is left as it is.
    """
    atoms = Atoms(structure.numbers, positions=structure.positions)
    if not bool(potential(torch.as_tensor(atoms.positions)[None])[1].isfinite().all()):
        return None
    atoms.calc = PotentialCalculator(potential, "reference")
    BFGS(atoms, logfile=None).run(fmax=RELAXED, steps=MOST_STEPS)
    known = bool(np.isfinite(atoms.positions).all())
    return Atoms(atoms.numbers, positions=atoms.positions) if known else None
