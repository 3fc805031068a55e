"""Minima of model and reference, bonds and modes there."""

from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from ase import Atoms
from ase.build import minimize_rotation_and_translation

from nearsight.diagnose.affordable import too_large
from nearsight.diagnose.bonds import bonds_of, lengths
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.minimum.findings import findings_of
from nearsight.diagnose.checks.minimum.modes import frequencies
from nearsight.diagnose.checks.minimum.relaxing import Relaxed, relaxed
from nearsight.diagnose.finding import not_applicable
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import level_note
from nearsight.labels import variable
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel
from nearsight.units import ENERGY, FORCE, LENGTH, ONE, WAVENUMBER

NUDGE = 0.01
"""Å, standard deviation of the displacements with which a model starts: without them it would rest
on a saddle that symmetry makes a place without forces."""


@dataclass(frozen=True, eq=False)
class Rest:
    """A minimum and its modes.

    Attributes:
        at: the minimum.
        modes: (mode,) cm⁻¹, ascending; NaN where there is no sound minimum.
    """

    at: Relaxed
    modes: np.ndarray


def run(subject: Subject) -> Result:
    """Minima, bonds and modes of the model beside the reference's.

    Raises:
        ModelError: the model does not know an element.
    """
    first = subject.structures[0]
    if len(first) < 2:
        reason = "a single atom has neither bonds nor vibrations"
        return Result([not_applicable("relaxations", "relaxations", ONE, reason)])
    if too_large(subject):
        return Result([not_applicable("relaxations", "relaxations", ONE, too_large(subject))])
    beside = _of_reference(subject)
    start = first if beside is None or not beside.at.sound else beside.at.atoms
    own = _rest(subject, subject.model, subject.potential(first.numbers), nudged(start, subject))
    further = _further(subject)
    table = _table(subject, own, beside, further)
    findings = findings_of(table, level_note(subject))
    return Result(findings, table, _frames(own, beside, further))


def nudged(atoms: Atoms, subject: Subject) -> Atoms:
    """A molecule whose symmetry is gone."""
    rng = np.random.default_rng(subject.seed)
    moved = Atoms(atoms.numbers, positions=atoms.positions)
    moved.positions += rng.normal(0, NUDGE, moved.positions.shape)
    return moved


def aligned(atoms: Atoms, target: Atoms) -> tuple[Atoms, float]:
    """A molecule laid over another of the same atoms, and the root mean square distance in Å."""
    moved = Atoms(atoms.numbers, positions=atoms.positions)
    minimize_rotation_and_translation(target, moved)
    apart = moved.positions - target.positions
    return moved, float(np.sqrt(np.square(apart).sum(axis=1).mean()))


def _of_reference(subject: Subject) -> Rest | None:
    reference = subject.reference
    if reference is None:
        return None
    first = subject.structures[0]
    potential = subject.reference_potential(first.numbers)
    return subject.of_reference("minimum", lambda: _rest(subject, reference, potential, first))


def _rest(subject: Subject, model: OpenModel, potential: Potential, start: Atoms) -> Rest:
    at = relaxed(potential, model.label, start, most_steps=_most_steps(subject))
    if not at.sound:
        return Rest(at, np.full(0, np.nan))
    blocks = subject.blocks_at(model, at.atoms)
    if not np.isfinite(blocks).all():
        return Rest(at, np.full(0, np.nan))
    return Rest(at, frequencies(blocks, at.atoms.numbers, at.atoms.positions))


def _further(subject: Subject) -> list[Relaxed]:
    """The model's relaxations from structures as they are."""
    count = subject.choose(quick=1, default=2, full=len(subject.structures))
    return [
        relaxed(
            subject.potential(atoms.numbers),
            subject.model.label,
            atoms,
            most_steps=_most_steps(subject),
        )
        for atoms in subject.structures[:count]
    ]


def _most_steps(subject: Subject) -> int:
    return subject.choose(quick=400, default=600, full=2000)


def _table(subject: Subject, own: Rest, beside: Rest | None, further: list[Relaxed]) -> xr.Dataset:
    every = [own.at, *further]
    columns = {
        "atomic_number": variable("atom", own.at.atoms.numbers, ONE, "nuclear charge"),
        "steps": variable("relaxation", [r.steps for r in every], ONE, "steps of the relaxation"),
        "largest_force": variable(
            "relaxation", [r.force for r in every], FORCE, "largest force at its end"
        ),
        "converged": variable(
            "relaxation", [int(r.converged) for r in every], ONE, "whether it is a minimum"
        ),
        "broken": variable("relaxation", [r.broken for r in every], "", "what broke, if anything"),
        "position": variable(
            ("atom", "xyz"), own.at.atoms.positions, LENGTH, "where the relaxation ended"
        ),
        "frequency": variable("mode", own.modes, WAVENUMBER, "harmonic; imaginary as negative"),
    }
    attrs = {"reference": "", "reference_trouble": ""}
    if beside is not None and subject.reference is not None:
        attrs["reference"] = subject.reference.label
        attrs["reference_trouble"] = _trouble(beside.at)
        if beside.at.sound and not own.at.broken:
            columns |= _beside(subject, own, beside)
    return xr.Dataset(columns, attrs=attrs)


def _trouble(at: Relaxed) -> str:
    if at.broken:
        return at.broken
    return "" if at.converged else f"no minimum after {at.steps} steps"


def _beside(subject: Subject, own: Rest, beside: Rest) -> dict[str, xr.Variable]:
    """Positions laid over each other, bonds, modes, and how far downhill the model went."""
    target = beside.at.atoms
    moved, rmsd = aligned(own.at.atoms, target)
    bonds = bonds_of(target)
    potential = subject.potential(target.numbers)
    both = torch.as_tensor(np.stack([target.positions, own.at.atoms.positions]))
    higher, lower = np.asarray(potential(both)[0])
    columns = {
        "position": variable(("atom", "xyz"), moved.positions, LENGTH, "the model's minimum"),
        "reference_position": variable(
            ("atom", "xyz"), target.positions, LENGTH, "the reference's minimum"
        ),
        "rmsd": variable((), rmsd, LENGTH, "root mean square distance of atoms of the two minima"),
        "bond_atoms": variable(("bond", "end"), bonds, ONE, "atoms of a bond of the reference"),
        "bond_length": variable("bond", lengths(moved.positions, bonds), LENGTH, "by the model"),
        "reference_bond_length": variable(
            "bond", lengths(target.positions, bonds), LENGTH, "by the reference"
        ),
        "downhill": variable(
            (), higher - lower, ENERGY, "energy of the model that it gains from the reference's"
        ),
    }
    if len(own.modes) == len(beside.modes):
        columns["reference_frequency"] = variable(
            "mode", beside.modes, WAVENUMBER, "the reference's, in order of frequency"
        )
    return columns


def _frames(own: Rest, beside: Rest | None, further: list[Relaxed]) -> dict[str, list[Atoms]]:
    ends = [("from the reference's minimum" if beside else "from structure 0", own.at)]
    ends += [(f"from structure {k}", at) for k, at in enumerate(further)]
    unsound = [
        _framed(at.atoms, f"{whence}: {_trouble(at)}") for whence, at in ends if not at.sound
    ]
    minimum = [_framed(own.at.atoms, "minimum of the model")] if own.at.sound else []
    if beside is not None and beside.at.sound:
        target = beside.at.atoms
        minimum = [_framed(aligned(atoms, target)[0], atoms.info["what"]) for atoms in minimum]
        minimum.append(_framed(target, "minimum of the reference"))
    named = {"minimum": minimum, "unsound_relaxations": unsound}
    return {name: images for name, images in named.items() if images}


def _framed(atoms: Atoms, what: str) -> Atoms:
    found = Atoms(atoms.numbers, positions=atoms.positions)
    found.info["what"] = what
    return found
