"""Interaction energies and forces of dimers, by model and reference."""

from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr
from ase import Atoms

from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.dimers.findings import findings_of
from nearsight.diagnose.checks.dimers.partners import Dimer, dimers_of
from nearsight.diagnose.finding import not_applicable
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import level_note
from nearsight.diagnose.trained_on import has_seen_molecules_together
from nearsight.labels import variable
from nearsight.models.force_field import Potential
from nearsight.units import ENERGY, FORCE, LENGTH

NEAREST, FURTHEST, APART = 2.5, 15.0, 100.0
"""Å: separations, and where the two are alone (what they are worth there is the check of
locality)."""
CLOSEST_CONTACT = 1.5
"""Å: nearer atoms of two molecules are repulsion, which is a check of its own."""


@dataclass(frozen=True)
class Curve:
    """One dimer by one model, along separations.

    Attributes:
        interaction: (separation,) energy in eV, of the two 100 Å apart subtracted.
        force: (separation,) on the copy along the axis in eV/Å; positive pushes it away.
        noise: of the force: what is left of it 100 Å apart, eV/Å.
    """

    interaction: np.ndarray
    force: np.ndarray
    noise: float


def run(subject: Subject) -> Result:
    """Interaction of dimers over their separation, beside the reference's.

    Raises:
        ModelError: the model does not know an element.
    """
    dimers = dimers_of(
        subject.structures,
        names=subject.choose(
            quick=("water",),
            default=("water", "n_methylacetamide", "methane"),
            full=("water", "n_methylacetamide", "methane", "formic_acid", "ammonia", "benzene"),
        ),
        most_atoms=subject.choose(quick=30, default=45, full=100),
    )
    if not dimers:
        reason = (
            "the molecule is too large to be doubled, and holds no water nor methane to be made"
        )
        return Result([not_applicable("dimers", "interaction energies", "meV", reason)])
    table = _table(subject, dimers)
    # A force field that is named as a calculator claims to know molecules in general.
    general = subject.model.kind == "calculator"
    seen = True if general else has_seen_molecules_together(subject)
    return Result(
        findings_of(table, seen, level_note(subject)), table, {"dimers": _frames(table, dimers)}
    )


def separations(subject: Subject) -> np.ndarray:
    """(separation,) Å."""
    return np.geomspace(NEAREST, FURTHEST, subject.choose(quick=14, default=24, full=40))


def curve_of(potential: Potential, dimer: Dimer, separation: np.ndarray) -> Curve:
    """Interaction of a dimer.

    Args:
        potential: of its atoms.
        dimer: two molecules.
        separation: (separation,) Å.
    """
    shifts = [*(dimer.shift(r) for r in separation), APART]
    energy, force = potential(torch.as_tensor(np.stack([dimer.positions(s) for s in shifts])))
    along = (np.asarray(force)[:, len(dimer.monomer) :] @ dimer.axis).sum(axis=1)
    close = np.array([dimer.contact(s) < CLOSEST_CONTACT for s in shifts[:-1]])
    relative = np.asarray(energy - energy[-1])[:-1]
    return Curve(
        np.where(close, np.nan, relative), np.where(close, np.nan, along[:-1]), abs(along[-1])
    )


def _table(subject: Subject, dimers: list[Dimer]) -> xr.Dataset:
    grid = separations(subject)
    columns = _columns(
        "", [curve_of(subject.potential(dimer.numbers), dimer, grid) for dimer in dimers]
    )
    if subject.reference is not None:
        columns |= _columns("reference_", [_of_reference(subject, d, grid) for d in dimers])
    text = "distance of the nearest atoms of the two that are no hydrogens"
    return xr.Dataset(
        columns,
        coords={
            "dimer": variable("dimer", [dimer.name for dimer in dimers], "", "molecule"),
            "dimer_title": variable("dimer", [dimer.title for dimer in dimers], "", "its title"),
            "separation": variable("separation", grid, LENGTH, text),
        },
        attrs={"reference": "" if subject.reference is None else subject.reference.label},
    )


def _of_reference(subject: Subject, dimer: Dimer, grid: np.ndarray) -> Curve:
    def make() -> Curve:
        return curve_of(subject.reference_potential(dimer.numbers), dimer, grid)

    return subject.of_reference(("dimers", dimer.name), make)


def _columns(prefix: str, curves: list[Curve]) -> dict[str, xr.Variable]:
    whose = "reference: " if prefix else ""
    dims = ("dimer", "separation")
    return {
        f"{prefix}interaction": variable(
            dims,
            [curve.interaction for curve in curves],
            ENERGY,
            f"{whose}energy of the two, that at {APART:g} Å subtracted",
        ),
        f"{prefix}force": variable(
            dims,
            [curve.force for curve in curves],
            FORCE,
            f"{whose}force on the second molecule along the axis, positive away",
        ),
        f"{prefix}noise": variable(
            "dimer",
            [curve.noise for curve in curves],
            FORCE,
            f"{whose}size of that force {APART:g} Å apart",
        ),
    }


def _frames(table: xr.Dataset, dimers: list[Dimer]) -> list[Atoms]:
    """Each dimer where the model has it lowest."""
    frames = []
    for k, dimer in enumerate(dimers):
        energy = table["interaction"].to_numpy()[k]
        if not np.isfinite(energy).any():
            continue
        lowest = int(np.nanargmin(energy))
        separation = float(table["separation"][lowest])
        atoms = dimer.atoms(dimer.shift(separation))
        atoms.info |= {
            "dimer": dimer.title,
            "separation_angstrom": separation,
            "interaction_eV": float(energy[lowest]),
        }
        if "reference_interaction" in table:
            beside = float(table["reference_interaction"][k, lowest])
            atoms.info["reference_interaction_eV"] = beside
        frames.append(atoms)
    return frames
