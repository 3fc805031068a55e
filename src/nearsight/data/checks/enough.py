"""Is there something to validate with and to test on?"""

import numpy as np

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.frames import Frames
from nearsight.data.subsets import empty_subsets, how_to_split


def check_subsets(frames: Frames) -> list[Finding]:
    """Subsets without a frame: training refuses such a set."""
    empty = empty_subsets(np.asarray(frames.subset))
    if not empty:
        return []
    return [Finding(Problem.EMPTY_SUBSET, False, how_to_split(empty))]
