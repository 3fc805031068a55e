"""Distribution of interatomic distances h(r), and its error against reference data."""

import numpy as np
from MDAnalysis import Universe
from MDAnalysis.lib.distances import self_distance_array

from nearsight.md.analysis.binomial import Interval
from nearsight.md.analysis.bootstrap import normal_interval

_TOGETHER = 100_000
"""Distances that are binned at once: as many as fit a cache."""

LARGEST_ERROR = 2.0
"""Of two distributions that share no distance."""


def distance_edges(universe: Universe, width: float) -> np.ndarray:
    """(bin + 1,) Å: bins from 0 that hold every distance of the frames.

    No distance is longer than the diagonal of the box around a frame.
    """
    spans = [np.linalg.norm(np.ptp(ts.positions, axis=0)) for ts in universe.trajectory]
    return width * np.arange(int(np.ceil(max(spans) / width)) + 1)


def summed_distribution(
    universe: Universe, n_frames: int, edges: np.ndarray, *, first: int = 0
) -> np.ndarray:
    """h(r) of each of some frames, summed over them.

    Distances beyond the edges are left out, so that the integral of each h(r) may be below 1.

    Args:
        universe: the frames.
        n_frames: how many of them.
        edges: (bin + 1,) Å, equally wide from 0.
        first: index of the first frame.

    Returns:
        (bin,) Å⁻¹.
    """
    counts = np.zeros(len(edges) - 1)
    waiting: list[np.ndarray] = []
    for ts in universe.trajectory[first : first + n_frames]:
        waiting.append(self_distance_array(ts.positions, box=ts.dimensions))
        if sum(map(len, waiting)) > _TOGETHER:
            counts += _binned(waiting, edges)
            waiting = []
    counts += _binned(waiting, edges)
    n_atoms = len(universe.atoms)
    # Every pair is counted once here, and twice in h(r).
    return 2 * counts / (n_atoms * (n_atoms - 1)) / (edges[1] - edges[0])


def _binned(distances: list[np.ndarray], edges: np.ndarray) -> np.ndarray:
    """(bin,) how many of the distances of some frames fall into each."""
    every = np.concatenate([*distances, []])
    return np.histogram(every, bins=len(edges) - 1, range=(0.0, float(edges[-1])))[0]


def distribution_error(distribution: np.ndarray, reference: np.ndarray, width: float) -> np.ndarray:
    r"""Error of h(r) as in Fu et al., "Forces are not Enough" (arXiv 2210.07237).

    .. math::
        \int_0^\infty \big| h(r) - h_\mathrm{ref}(r) \big|\, dr , \qquad
        h(r) = \Big\langle \frac{1}{N (N-1)} \sum_{i \ne j} \delta(r - r_{ij}) \Big\rangle

    from 0 (the same) to 2 (nothing in common). What lies beyond the bins, which hold all of the
    reference, is an error as a whole.

    Args:
        distribution: (..., bin) Å⁻¹; its integral is 1 or, when distances lie beyond, less.
        reference: (bin,) Å⁻¹, with integral 1.
        width: of a bin in Å.

    Returns:
        Error (...,).
    """
    inside = np.abs(distribution - reference).sum(axis=-1) * width
    beyond = 1 - distribution.sum(axis=-1) * width
    return inside + np.maximum(beyond, 0)


def error_interval(
    value: np.ndarray,
    samples: np.ndarray,
    reference: np.ndarray,
    *,
    width: float,
    confidence: float,
) -> Interval:
    """Error of h(r) with its interval.

    Sampling noise alone gives an error above 0: its floor is that of the reference engine's own
    dynamics, if as long. The interval is of the replicas; the noise of the reference data is common
    to all variants and not in it.

    Args:
        value: (bin,) Å⁻¹, of all replicas.
        samples: (sample, bin) Å⁻¹, of resampled replicas.
        reference: (bin,) Å⁻¹, of the reference data.
        width: of a bin in Å.
        confidence: level of the interval.
    """
    errors = distribution_error(samples, reference, width)
    error = float(distribution_error(value, reference, width))
    return normal_interval(error, errors, confidence, LARGEST_ERROR)
