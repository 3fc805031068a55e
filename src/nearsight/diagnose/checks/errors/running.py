"""Errors of a model on labelled data."""

import numpy as np
from ase import Atoms

from nearsight.data.frames import SUBSETS, Frames
from nearsight.diagnose.check import Result
from nearsight.diagnose.checks.errors.findings import findings_of, lost_frames, no_labels
from nearsight.diagnose.checks.errors.novelty import novelty
from nearsight.diagnose.checks.errors.predicted import Predicted, predicted
from nearsight.diagnose.checks.errors.tables import table_of
from nearsight.diagnose.subject import Subject
from nearsight.diagnose.telling import level_of_labels, sentences
from nearsight.units import MEV_PER_EV

WORST = 10
"""Structures with the largest errors that are written."""


def run(subject: Subject) -> Result:
    """Errors on labelled frames, spread over those that there are."""
    labels = subject.labels
    if labels is None or not (labels.has_forces or np.isfinite(labels.energy).any()):
        return Result([no_labels()])
    most = subject.choose(quick=60, default=200, full=len(labels))
    numbers = np.unique(np.linspace(0, len(labels) - 1, most).astype(int))
    found = predicted(subject, labels.select(numbers))
    lost = found.lost
    findings = [lost_frames(numbers[lost], len(numbers), found.refusal)] if lost.any() else []
    if lost.all():
        return Result(findings)
    sound = _kept(found, ~lost)
    # Training frames of a file of labels are none of a force field that was made elsewhere.
    train = None if subject.model.kind == "calculator" else subject.train
    far = _novelty(sound.frames, train)
    table = table_of(sound, far, seed=subject.seed).assign_attrs(
        level_of_theory=level_of_labels(subject), n_labelled=len(labels)
    )
    level, same_level = _level(subject)
    findings += findings_of(table, sentences(_seen(labels), level), surely=same_level)
    return Result(findings, table, {"worst_structures": _worst(sound, numbers[~lost])})


def _kept(found: Predicted, keep: np.ndarray) -> Predicted:
    return Predicted(found.frames.select(keep), found.energy[keep], found.force[keep[found.owner]])


def _novelty(frames: Frames, train: Frames | None) -> np.ndarray:
    return np.full(len(frames), np.nan) if train is None else novelty(frames, train)


def _level(subject: Subject) -> tuple[str, bool]:
    """What levels of theory mean for the errors; whether model and labels surely share one."""
    labels = level_of_labels(subject)
    if subject.model.label.casefold() == labels.casefold():
        return "", True
    if subject.model.kind != "calculator" and subject.train is not None:
        return "", True
    return (
        f"The labels are {labels}; whether the model was made to give that is not known here. If "
        "it was not, the errors hold the difference of two levels of theory, so nothing in this "
        "check is worse than a warning."
    ), False


def _seen(labels: Frames) -> str:
    if (labels.subset == SUBSETS.index("test")).all():
        return ""
    return "The frames are no test set alone: the model may have been trained on some of them."


def _worst(found: Predicted, numbers: np.ndarray) -> list[Atoms]:
    """The structures with the largest error of forces, of energies where there are no forces."""
    frames = found.frames
    by_frame = _ranked_by(found)
    order = np.argsort(-by_frame, kind="stable")[:WORST]
    images = []
    for rank, k in enumerate(order.tolist(), start=1):
        atoms = frames.atoms(k)
        start = frames.first_atom[k]
        span = slice(start, start + frames.n_atoms[k])
        atoms.info |= {
            "rank": rank,
            "frame": int(numbers[k]),
            "label_energy_eV": float(frames.energy[k]),
            "model_energy_eV": float(found.energy[k]),
        }
        atoms.set_array("model_forces", found.force[span])
        if frames.has_forces:
            atoms.info["force_mae_meV_per_angstrom"] = float(by_frame[k])
            atoms.set_array("label_forces", frames.force[span])
        images.append(atoms)
    return images


def _ranked_by(found: Predicted) -> np.ndarray:
    """(frame,) mean absolute error of forces in meV/Å, else of the energy in meV."""
    frames = found.frames
    if not frames.has_forces:
        difference = found.energy - frames.energy
        return np.asarray(MEV_PER_EV * np.abs(difference - np.nanmean(difference)))
    error = np.abs(found.force - frames.force).mean(axis=1)
    return np.asarray(MEV_PER_EV * np.bincount(found.owner, error) / frames.n_atoms)
