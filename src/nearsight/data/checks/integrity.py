"""Shapes, elements and finite values: what every reading asks, as findings."""

import numpy as np

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.frames import Frames
from nearsight.data.validation import faults


def check_integrity(frames: Frames) -> list[Finding]:
    """Errors that make every further check meaningless."""
    if len(frames) == 0:
        return [Finding(Problem.NO_FRAMES, True, "the data set holds 0 frames")]
    found = [Finding(Problem(fault.kind), True, fault.message) for fault in faults(frames)]
    labels = (frames.energy, *frames.properties.values())
    if not found and all(np.isnan(values).all() for values in labels):
        return [Finding(Problem.NOT_FINITE, True, "no frame has an energy or another label")]
    return found
