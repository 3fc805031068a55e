"""Atoms at one place, found without comparing every pair."""

import numpy as np

# Of no symmetry that molecules have: atoms of a plane or an axis do not share their shadow.
_DIRECTION = np.array([0.5773, 0.6981, 0.4234])


def too_close(position: np.ndarray, n_atoms: np.ndarray, limit: float) -> tuple[int, float] | None:
    """The first frame in which two atoms are closer than a limit, and their distance.

    Atoms that are close have shadows on a line that are close. So atoms are sorted by shadow, and
    each is compared with the next ones until none of them is within the limit.

    Args:
        position: (atom, 3) Å, frames one after another, finite.
        n_atoms: (frame,) atoms of each frame.
        limit: Å.

    Returns:
        Number of the frame and smallest distance in it in Å, or None.
    """
    frame = np.repeat(np.arange(len(n_atoms)), n_atoms)
    shadow = position @ (_DIRECTION / np.linalg.norm(_DIRECTION))
    order = np.lexsort((shadow, frame))
    place, shadow, frame = position[order], shadow[order], frame[order]
    found: list[tuple[int, float]] = []
    here = np.arange(len(place))
    step = 0
    while len(here):
        step += 1
        here = here[here + step < len(place)]
        near = (frame[here + step] == frame[here]) & (shadow[here + step] - shadow[here] < limit)
        here = here[near]
        distance = np.linalg.norm(place[here + step] - place[here], axis=1)
        close = distance < limit
        found += zip(frame[here[close]].tolist(), distance[close].tolist(), strict=True)
    return min(found, default=None)
