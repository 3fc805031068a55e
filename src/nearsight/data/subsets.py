"""The three subsets of a data set, and what is said where one of them is empty."""

from collections.abc import Sequence

import numpy as np

SUBSETS = ("train", "validation", "test")
"""Names of the subsets; their CF flag values are 0, 1, 2."""


def empty_subsets(subset: np.ndarray) -> list[str]:
    """Names of the subsets without a frame.

    Args:
        subset: (frame,) index into ``SUBSETS``.
    """
    return [name for flag, name in enumerate(SUBSETS) if not (subset == flag).any()]


def how_to_split(empty: Sequence[str]) -> str:
    """What to do about subsets without a frame."""
    named = " and ".join(empty)
    which = f"subsets {named} hold" if len(empty) > 1 else f"subset {named} holds"
    return (
        f"{which} 0 frames: import with --split, for example --split '{{block: 10}}', which deals "
        "all frames anew"
    )
