"""Conservation of energy: drift of the total energy and its fluctuation about the drift."""

import numpy as np

from nearsight import units

FEWEST_FRAMES = 3
"""A line through fewer frames leaves nothing to fluctuate."""


def energy_lines(
    time: np.ndarray, total_energy: np.ndarray, n_atoms: int
) -> tuple[np.ndarray, np.ndarray]:
    """Least-squares line through the total energy of every replica.

    Args:
        time: (time,) ps.
        total_energy: (replica, time) eV; NaN after a replica's end.
        n_atoms: atoms of the molecule.

    Returns:
        Drift (replica,) in meV/atom/ps and root mean square deviation from the line (replica,) in
        meV/atom; NaN for replicas with fewer than three frames.
    """
    known = np.isfinite(total_energy)
    count = known.sum(axis=1)
    known[count < FEWEST_FRAMES] = False
    # Relative to each replica's mean: total energies are large numbers and their changes small.
    energy = _centred(total_energy * (units.MEV_PER_EV / n_atoms), known)
    moment = _centred(np.broadcast_to(time, energy.shape), known)
    spread = (moment**2).sum(axis=1)
    enough = spread > 0
    slope = np.full(len(energy), np.nan)
    slope[enough] = (moment * energy).sum(axis=1)[enough] / spread[enough]
    square = np.where(known, (energy - slope[:, None] * moment) ** 2, 0).sum(axis=1)
    fluctuation = np.full(len(energy), np.nan)
    fluctuation[enough] = np.sqrt(square[enough] / count[enough])
    return slope, fluctuation


def _centred(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values minus their row's mean over the known ones; zero where not known."""
    filled = np.where(known, values, 0.0)
    first = filled[:, :1]
    shifted = np.where(known, filled - first, 0.0)
    mean = shifted.sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1)
    return np.where(known, shifted - mean, 0.0)
