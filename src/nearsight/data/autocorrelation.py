"""How many frames of a trajectory are worth one independent frame."""

import numpy as np

from nearsight.data.frames import Frames

SHORTEST = 10
"""Frames below which a source gives no estimate."""


def statistical_inefficiency(series: np.ndarray) -> float:
    """Integrated autocorrelation time g = 1 + 2 sum_k (1 - k/n) rho(k), in steps of the series.

    A series of n values is worth n/g independent ones. The sum ends before the first rho(k) <= 0,
    beyond which it adds noise (Chodera et al., J. Chem. Theory Comput. 3, 26 (2007), Eq. 20-22).

    Args:
        series: (n,) values at equal intervals, n >= 2.

    Returns:
        At least 1; ``nan`` for a constant series.
    """
    series = np.asarray(series, dtype=float)
    deviation = series - series.mean()
    n = len(deviation)
    variance = deviation @ deviation / n
    # Rounding of the mean leaves a constant series with a variance that is not quite zero.
    if variance <= (1e-12 * max(1.0, abs(series.mean()))) ** 2:
        return float("nan")
    total = 1.0
    for lag in range(1, n):
        correlation = deviation[:-lag] @ deviation[lag:] / (n - lag) / variance
        if correlation <= 0:
            break
        total += 2 * (1 - lag / n) * correlation
    return float(total)


def energy_autocorrelation(frames: Frames) -> float:
    """Statistical inefficiency of the energy in frames, averaged over sources.

    Sources that mix molecules or have fewer than ``SHORTEST`` frames are left out; ``nan`` if
    none is left.
    """
    estimates = [
        statistical_inefficiency(frames.energy[members])
        for members in (np.flatnonzero(frames.source == s) for s in np.unique(frames.source))
        if len(members) >= SHORTEST and _one_molecule(frames, members)
    ]
    known = [value for value in estimates if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def _one_molecule(frames: Frames, members: np.ndarray) -> bool:
    if len(np.unique(frames.n_atoms[members])) > 1:
        return False
    numbers = frames.select(members).atomic_number.reshape(len(members), -1)
    return bool((numbers == numbers[0]).all())
