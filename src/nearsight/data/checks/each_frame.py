"""Forces of single frames against their bonds: a set may be sound in one part alone."""

import numpy as np

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.checks.stretches import Stretches

SOUND = (0.65, 1.5)
"""A frame's forces along bonds of hydrogen over usual ones: 0.83 to 1.16 in 98 % of 2,369 frames of
nine sound sets, and 0.50 to 1.32 in all."""
POSSIBLE = (0.35, 2.2)
"""Beyond, a single frame says it."""
MOST = 0.9
"""Where more frames than this share are wrong, all are, and are judged together."""

_FEWEST, _MOVES = 3, 0.4
_MANY = 0.05


def check_each_frame(stretches: Stretches) -> list[Finding]:
    """Frames whose forces do not fit their bonds, among others whose do."""
    frame, ratio = frame_ratios(stretches)
    far = (ratio < POSSIBLE[0]) | (ratio > POSSIBLE[1])
    wrong = (ratio < SOUND[0]) | (ratio > SOUND[1])
    chosen = wrong if len(ratio) and wrong.mean() > _MANY else far
    if not chosen.any() or chosen.mean() > MOST:
        return []
    first = int(chosen.argmax())
    text = (
        f"forces of {int(chosen.sum())} of {len(frame)} frames looked at do not fit the lengths of "
        f"their bonds ({', '.join(stretches.names)}): of frame {frame[first]} they are "
        f"{ratio[first]:.2g} times those of usual bonds; of another sign, unit or frame?"
    )
    return [Finding(Problem.FOREIGN_FORCES, int(chosen.sum()) > 2, text)]


def frame_ratios(stretches: Stretches) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (frame,) of frames whose bonds move enough, and their forces over usual ones."""
    x, y = (_about_median(values, stretches.kind) for values in (stretches.usual, stretches.force))
    frame, index, count = np.unique(stretches.frame, return_inverse=True, return_counts=True)
    xx, xy = np.bincount(index, x * x), np.bincount(index, x * y)
    moves = (count >= _FEWEST) & (xx > _MOVES**2 * count)
    return frame[moves].astype(int), xy[moves] / xx[moves]


def _about_median(values: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Values less the median of their kind, which wrong frames hardly move."""
    known, index = np.unique(kind, return_inverse=True)
    middle = np.array([np.median(values[index == k]) for k in range(len(known))])
    return values - middle[index]
