r"""How far two halves of the reference data differ: below that nothing is called different.

Errors of distributions are above 0 for the same force field, by sampling alone. Two halves of the
data show by how much: their difference has the variance of 1/(n/2) + 1/(n/2) = 4/n, with n frames
that are independent, that of a run against all data 1/m + 1/n. So the floor is what a run of
m = n/3 independent frames of the same distribution shows; longer runs lie below it. Frames of one
trajectory are not independent, so halves are made of whole trajectories, or of long blocks of them:
single frames dealt to both halves would make these look alike (0.048 for alanine dipeptide in
place of 0.073 for its four trajectories).
"""

import numpy as np

from nearsight.md.analysis.binomial import UNKNOWN, Interval
from nearsight.md.analysis.distances import distribution_error

BLOCKS = 8
"""Into about so many are data cut that are no four trajectories: long, and 35 ways to halve."""
FEWEST = 4
LIKE = 0.5
"""Trajectories of which the shortest is less than this share of the longest are cut."""


def blocks_of(source: np.ndarray) -> tuple[np.ndarray, int]:
    """Blocks of neighbouring frames, all of one length and each of one trajectory.

    Args:
        source: (frame,) number of the trajectory of each frame.

    Returns:
        Indices of frames, block after block (what is left over of a trajectory stands at the end),
        and the number of blocks; their length is :func:`block_length`.
    """
    length = block_length(source)
    whole, rest = [], []
    for name in np.unique(source):
        own = np.flatnonzero(source == name)
        n_whole = len(own) // length * length
        whole.append(own[:n_whole])
        rest.append(own[n_whole:])
    chosen = np.concatenate(whole)
    return np.concatenate([chosen, *rest]), len(chosen) // length


def block_length(source: np.ndarray) -> int:
    """Frames in a block: of a whole trajectory where there are four or more of about one length.

    Else an eighth of all frames, or the shortest trajectory where that is shorter.

    Args:
        source: (frame,) number of the trajectory of each frame.
    """
    counts = np.unique(source, return_counts=True)[1]
    shortest = int(counts.min())
    if len(counts) >= FEWEST and shortest >= LIKE * counts.max():
        return shortest
    return max(1, min(len(source) // BLOCKS, shortest))


def split_half_floor(
    sums: np.ndarray, length: int, width: float, *, n_splits: int, confidence: float, seed: int
) -> tuple[Interval, str]:
    """Mean error between two halves of the blocks over random ways to halve them.

    Args:
        sums: (block, bin) h(r) summed over the frames of each block, Å⁻¹.
        length: frames in a block.
        width: of a bin in Å.
        n_splits: ways to halve that are drawn.
        confidence: share of them that the bounds hold.
        seed: of the draw.

    Returns:
        Value with bounds, and why they are NaN (empty when they are not). The bounds tell how much
        one way to halve differs from another.
    """
    n_blocks = len(sums)
    if n_blocks < FEWEST:
        return UNKNOWN, f"{n_blocks} blocks of data, needs {FEWEST} to halve them"
    half = n_blocks // 2
    rng = np.random.default_rng(seed)
    errors = np.empty(n_splits)
    for k in range(n_splits):
        order = rng.permutation(n_blocks)
        one, other = (
            sums[part].sum(axis=0) / (half * length)
            for part in (order[:half], order[half : 2 * half])
        )
        errors[k] = distribution_error(one, other, width)
    tail = (1 - confidence) / 2
    low, high = np.quantile(errors, [tail, 1 - tail])
    return (float(errors.mean()), float(low), float(high)), ""
