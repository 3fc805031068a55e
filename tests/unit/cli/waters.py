"""Waters whose labels are drawn at random: the smallest data of which verbs can make something."""

import numpy as np
from ase.build import molecule

from nearsight.data.frames import SUBSETS, Frames

WATER = molecule("H2O")


def waters(n: int) -> Frames:
    """Displaced waters, of each subset in turn."""
    rng = np.random.default_rng(0)
    return Frames(
        atomic_number=np.tile(WATER.numbers, n),
        position=(WATER.positions + 0.05 * rng.normal(size=(n, 3, 3))).reshape(-1, 3),
        force=rng.normal(size=(3 * n, 3)),
        n_atoms=np.full(n, 3),
        energy=rng.normal(size=n),
        subset=np.arange(n) % len(SUBSETS),
        source=np.zeros(n, dtype=int),
    )
