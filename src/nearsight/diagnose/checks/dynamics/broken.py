"""For every end that a rule brought about: which atoms, the last good frame, the first bad one."""

from dataclasses import dataclass

import numpy as np
import torch
from ase import Atoms

from nearsight.diagnose.checks.dynamics.runs import Runs
from nearsight.diagnose.subject import Subject
from nearsight.failures.ended import Ended, blamed_pairs, ended
from nearsight.failures.forces import pair_errors, pair_pushes
from nearsight.failures.last_good import Good, calm, calm_energies
from nearsight.models.force_field import Potential

BY_RULE = "the rule names them"
BY_FORCE = "the largest error of the force against the reference"
BY_BOND = "the most strained bond at the end"
NOBODY = -1


@dataclass(frozen=True, eq=False)
class Broken:
    """Ends that were failures, in the order of the replicas.

    Attributes:
        ends: when, by which rule, where.
        good: last good frames.
        atoms: (failure, 2) the guilty ones, -1 where there is none or a single one.
        found: (failure,) how they are known.
        error: (failure,) meV/Å, mean error of the force components of the guilty pair at the last
            good frame against the reference; NaN without one.
        push: (failure,) meV/Å, how much harder than the reference the model drives it apart.
    """

    ends: Ended
    good: Good
    atoms: np.ndarray
    found: list[str]
    error: np.ndarray
    push: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)


def find_broken(subject: Subject, runs: Runs) -> Broken:
    """Look at every end that was a failure.

    Args:
        subject: what is diagnosed.
        runs: of the check.
    """
    ends = ended(runs.table)
    good = last_good_frames(runs, ends.replica)
    atoms = blamed_pairs(ends, good.position)
    found = [BY_RULE] * len(ends)
    error = np.full(len(ends), np.nan)
    push = error.copy()
    difference = _difference(subject, runs, good.position)
    for row in range(len(ends)):
        if atoms[row, 0] < 0:
            atoms[row], found[row] = _suspects(runs, ends.position[row], difference[row])
        pair = atoms[row : row + 1]
        if np.isfinite(difference[row]).all() and (pair >= 0).all():
            one, place = difference[row : row + 1], good.position[row : row + 1]
            error[row], push[row] = pair_errors(one, pair)[0], pair_pushes(one, place, pair)[0]
    return Broken(ends, good, atoms, found, error, push)


def last_good_frames(runs: Runs, replica: np.ndarray) -> Good:
    """The last stored frame of each replica that uses up at most half of what the rules allow.

    Args:
        runs: of the check.
        replica: (failure,) which ones.
    """
    position = runs.record.position if len(replica) else np.empty((0, 0, 0, 3))
    energetic = calm_energies(runs.table, runs.guards)
    n_frames = runs.record.n_frames
    frame = np.zeros(len(replica), dtype=int)
    kept = np.zeros(len(replica), dtype=bool)
    places = np.full((len(replica), len(runs.record.atomic_number), 3), np.nan)
    for row, number in enumerate(replica):
        own = position[number, : n_frames[number]]
        good = np.flatnonzero(
            calm(own, runs.guards, runs.nearest) & energetic[number, : n_frames[number]]
        )
        frame[row], kept[row] = (good[-1], True) if len(good) else (0, False)
        places[row] = own[frame[row]]
    return Good(frame, places, kept)


def _difference(subject: Subject, runs: Runs, position: np.ndarray) -> np.ndarray:
    """(failure, atom, 3) force of the model minus the reference's in eV/Å; NaN without one."""
    if subject.reference is None or not len(position):
        return np.full(position.shape, np.nan)
    numbers = runs.record.atomic_number
    potentials = (subject.potential(numbers), subject.reference_potential(numbers))
    own, reference = (_forces(potential, position) for potential in potentials)
    return own - reference


def _forces(potential: Potential, position: np.ndarray) -> np.ndarray:
    return np.asarray(potential(torch.from_numpy(position))[1].cpu())


def _suspects(runs: Runs, position: np.ndarray, difference: np.ndarray) -> tuple[np.ndarray, str]:
    """Atoms (2,) where no rule names any: of the worst force, else of the most strained bond."""
    if np.isfinite(difference).all():
        worst = int(np.linalg.norm(difference, axis=1).argmax())
        return np.array([worst, NOBODY]), BY_FORCE
    bond = runs.guards.bond.numpy()
    if not len(bond) or not np.isfinite(position).all():
        return np.array([NOBODY, NOBODY]), "unknown"
    length = np.linalg.norm(position[bond[:, 0]] - position[bond[:, 1]], axis=1)
    strained = np.abs(length - runs.guards.bond_length.numpy()).argmax()
    return np.sort(bond[strained]), BY_BOND


def frames_of(broken: Broken, runs: Runs, label: str) -> list[Atoms]:
    """Last good and first bad frame of each failure in turn, with what they are in their info.

    Args:
        broken: the failures.
        runs: of the check.
        label: of the model.
    """
    images = []
    interval = runs.settings.write_interval
    for row, replica in enumerate(broken.ends.replica):
        guilty = [int(k) for k in broken.atoms[row] if k >= 0]
        steps = int(broken.good.frame[row]) * interval, int(runs.record.ends.step[replica])
        places = broken.good.position[row], broken.ends.position[row]
        for name, step, position in zip(("last_good", "first_bad"), steps, places, strict=True):
            if not np.isfinite(position).all():
                continue
            atoms = Atoms(runs.record.atomic_number, positions=position)
            atoms.info = {
                "frame": name,
                "model": label,
                "replica": int(replica),
                "step": step,
                "time_fs": step * runs.settings.timestep,
                "rule": str(broken.ends.cause[row]),
                "atoms": " ".join(map(str, guilty)),
                "atoms_known_by": broken.found[row],
            }
            atoms.set_array("guilty", np.isin(np.arange(len(atoms)), guilty))
            images.append(atoms)
    return images
