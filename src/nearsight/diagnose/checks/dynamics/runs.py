"""The runs themselves: at the whole time step, and some again at half of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import xarray as xr

from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.diagnose.checks.dynamics.molecule import Molecule, molecules
from nearsight.diagnose.checks.dynamics.plan import Plan, kept_plan, plan_of
from nearsight.diagnose.subject import Subject
from nearsight.errors import DataError
from nearsight.failures.last_good import nearest_distances
from nearsight.md.record.labelled import to_dataset
from nearsight.md.record.segments import Disk, Memory, Store
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.one_molecule import one_molecule
from nearsight.md.replicas.starts import Starts, draw_starts
from nearsight.md.rules.guards import Guards
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.rules.sound_starts import sound_starts
from nearsight.md.run.nve import run
from nearsight.md.run.shorter_step import replicas_to_halve, run_halved
from nearsight.models.force_field import Potential
from nearsight.storage import config_hash

PRECISION = "float32"
"""Of networks, as they are run in practice; what a calculator computes in is its own business."""
INTERVAL = 10.0
"""s of work that a killed run loses at most."""


@dataclass(frozen=True, eq=False)
class Runs:
    """What was run.

    Attributes:
        plan: its size.
        settings: of :mod:`nearsight.md`.
        molecule: where starts and rules come from.
        starts: phase-space points at time 0.
        guards: the rules.
        nearest: (atom, atom) Å, smallest distances in what the rules come from.
        record: of the run at the whole time step.
        table: record of both, as ``nearsight md`` writes it.
        left_out: structures that break a rule as they are.
    """

    plan: Plan
    settings: Dynamics
    molecule: Molecule
    starts: Starts
    guards: Guards
    nearest: np.ndarray
    record: Trajectories
    table: xr.Dataset
    left_out: int


Planner = Callable[[Subject, Potential, torch.Tensor], Plan]
"""From a subject, its potential and a position (atom, 3) in Å to the size of the run."""


def make_runs(subject: Subject, planner: Planner = plan_of) -> Runs:
    """Plan, begin or go on, and end.

    Args:
        subject: what is diagnosed.
        planner: says how large the run is.

    Raises:
        DataError: no structure can be begun from.
        ModelError: the model does not know an element.
    """
    molecule, guards, sound = _sound(subject)
    numbers, position = one_molecule(molecule.starts, "structures")
    potential = subject.potential(numbers, precision=PRECISION)
    key = _key(subject, molecule)
    plan = kept_plan(
        subject.scratch,
        key,
        lambda: planner(subject, potential, torch.from_numpy(position[sound[0]])),
    )
    settings = plan.settings(subject.seed)
    starts = draw_starts(molecule.starts, settings, sound=sound)
    record, table = _run(subject, potential, starts, guards, settings, key)
    together = np.concatenate([one_molecule(molecule.known, "known")[1], position[sound]])
    return Runs(
        plan,
        settings,
        molecule,
        starts,
        guards,
        nearest_distances(together),
        record,
        table,
        len(molecule.starts) - len(sound),
    )


def _sound(subject: Subject) -> tuple[Molecule, Guards, np.ndarray]:
    """The first source of rules under which half of the structures or more are sound."""
    settings = Dynamics()
    found = molecules(subject)
    for molecule in found:
        guards = reference_guards(molecule.known, settings)
        try:
            return (
                molecule,
                guards,
                sound_starts(molecule.starts, molecule.known, guards, "structures"),
            )
        except DataError:
            if molecule is found[-1]:
                raise
    raise DataError("0 structures to begin dynamics from")


def _run(
    subject: Subject,
    potential: Potential,
    starts: Starts,
    guards: Guards,
    settings: Dynamics,
    key: str,
) -> tuple[Trajectories, xr.Dataset]:
    record = run(potential, starts, guards, settings, store=_store(subject, "main", key))
    again = replicas_to_halve(record, settings.halved_replicas)
    halved = run_halved(
        again,
        record,
        potential,
        starts,
        guards,
        settings,
        store=_store(subject, "halved", config_hash({"main": key, "replica": again.tolist()})),
        seconds=np.inf,
    )
    table = to_dataset(record, starts, settings, halved)
    table.attrs["precision"] = PRECISION if subject.model.kind != "calculator" else "its own"
    return record, table


def _store(subject: Subject, name: str, key: str) -> Store:
    return Memory() if subject.scratch is None else Disk(subject.scratch / name, key, INTERVAL)


def _key(subject: Subject, molecule: Molecule) -> str:
    """Of all that the run follows from, beside what the folder is tied to."""
    return config_hash(
        {
            "model": [subject.model.label, dict(subject.model.attributes)],
            "seed": subject.seed,
            "effort": subject.effort,
            "frames": [_numbers(frames) for frames in (molecule.starts, molecule.known)],
        }
    )


def _numbers(frames: Frames) -> list[float]:
    return [len(frames), *np.asarray(frames.position, dtype=float).ravel()[:3000].tolist()]
