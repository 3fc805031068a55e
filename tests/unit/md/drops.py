"""Drops of water with more atoms than of which all pairs are looked at."""

import numpy as np

from nearsight.data.molecules import build_molecule

N_WATERS = 36
NUMBERS = [8, 1, 1] * N_WATERS


def water(n_frames: int = 1, noise: float = 0.02, seed: int = 0) -> np.ndarray:
    """(frame, atom, 3) Å: molecules on a grid, each turned at random, and shaken."""
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), -1).reshape(-1, 3)[:N_WATERS]
    rest = build_molecule("O", seed=0).positions
    source = np.random.default_rng(seed)
    turn = np.linalg.qr(source.normal(size=(N_WATERS, 3, 3)))[0]
    one = (3.2 * grid[:, None] + rest @ turn).reshape(-1, 3)
    return one + source.normal(0, noise, (n_frames, *one.shape))
