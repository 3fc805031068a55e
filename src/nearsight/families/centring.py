"""Geometries about their own middle: what float32 is spared.

Energies and forces do not depend on where a molecule lies, but single precision does: 10,000 Å from
the origin its numbers are 1e-3 Å apart. Every path to a network takes the mean position off in
float64 before positions are cast to the network's precision.
"""

import numpy as np
import torch


def centred(position: torch.Tensor) -> torch.Tensor:
    """Positions less the mean position of their molecule, in float64.

    To derivatives the mean is a constant: what is computed does not change with it.

    Args:
        position: (..., atom, 3) in any unit of length, of any precision.
    """
    exact = position.double()
    return exact - exact.detach().mean(-2, keepdim=True)


def centred_frames(position: np.ndarray, n_atoms: np.ndarray) -> np.ndarray:
    """The same for frames of different sizes.

    Args:
        position: (atom, 3), frames one after another.
        n_atoms: (frame,) atoms of each frame, at least 1.

    Returns:
        (atom, 3) float64.
    """
    exact = position.astype(np.float64)
    if not len(n_atoms):
        return exact
    first = np.cumsum(n_atoms) - n_atoms
    mean = np.add.reduceat(exact, first) / n_atoms[:, None]
    return exact - np.repeat(mean, n_atoms, axis=0)
