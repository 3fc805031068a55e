"""Shapes and finite values."""

import numpy as np

from nearsight.data.checks.finding import Finding, Problem
from nearsight.data.frames import SUBSETS, Frames

_HEAVIEST = 118


def check_integrity(frames: Frames) -> list[Finding]:
    """Errors that make every further check meaningless."""
    if len(frames) == 0:
        return [Finding(Problem.NO_FRAMES, True, "the data set holds 0 frames")]
    wrong = _wrong_shapes(frames)
    if wrong:
        return [Finding(Problem.SHAPE, True, text) for text in wrong]
    return _not_finite(frames) + _no_elements(frames)


def _wrong_shapes(frames: Frames) -> list[str]:
    n_frames, n_atoms = len(frames), int(frames.n_atoms.sum())
    expected = {
        "atomic_number": (n_atoms,),
        "position": (n_atoms, 3),
        "force": (n_atoms, 3),
        "energy": (n_frames,),
        "subset": (n_frames,),
        "source": (n_frames,),
        **dict.fromkeys(frames.properties, (n_frames,)),
    }
    wrong = [
        f"{name} has shape {_values(frames, name).shape}, expected {shape}"
        for name, shape in expected.items()
        if _values(frames, name).shape != shape
    ]
    if (frames.n_atoms < 1).any():
        wrong.append(f"frame {int(np.argmin(frames.n_atoms))} has no atoms")
    if not wrong and not np.isin(frames.subset, range(len(SUBSETS))).all():
        wrong.append(f"subset has values other than 0 to {len(SUBSETS) - 1}")
    return wrong


def _values(frames: Frames, name: str) -> np.ndarray:
    if name in frames.properties:
        return frames.properties[name]
    values: np.ndarray = getattr(frames, name)
    return values


def _not_finite(frames: Frames) -> list[Finding]:
    owner = np.repeat(np.arange(len(frames)), frames.n_atoms)
    findings = []
    forces = ("force",) if frames.has_forces else ()
    for name in ("energy", "position", *forces, *frames.properties):
        values = _values(frames, name)
        if values.ndim == 1:
            bad = np.flatnonzero(~np.isfinite(values))
        else:
            bad = np.unique(owner[~np.isfinite(values).all(axis=1)])
        if len(bad):
            text = f"{name} is not finite in {len(bad)} frames, the first is frame {bad[0]}"
            findings.append(Finding(Problem.NOT_FINITE, True, text))
    return findings


def _no_elements(frames: Frames) -> list[Finding]:
    bad = (frames.atomic_number < 1) | (frames.atomic_number > _HEAVIEST)
    if not bad.any():
        return []
    value = int(frames.atomic_number[bad][0])
    return [Finding(Problem.ATOMIC_NUMBER, True, f"atomic number {value} is no element")]
