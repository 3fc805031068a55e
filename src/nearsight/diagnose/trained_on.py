"""What a model is known to have seen, where its data are at hand."""

import numpy as np

from nearsight.data.frames import Frames
from nearsight.diagnose.bonds import n_molecules
from nearsight.diagnose.subject import Subject

LOOKED_AT = 20
"""Frames that are looked at, spread over the data."""


def frames_known(subject: Subject) -> Frames | None:
    """Training data, or labelled data that stand for them, or None."""
    return subject.train if subject.train is not None else subject.labels


def has_seen_molecules_together(subject: Subject) -> bool | None:
    """Whether the data hold several molecules in one frame; None where no data are known."""
    frames = frames_known(subject)
    if frames is None:
        return None
    chosen = np.unique(np.linspace(0, len(frames) - 1, LOOKED_AT).astype(int))
    return any(n_molecules(frames.atoms(int(k))) > 1 for k in chosen)
