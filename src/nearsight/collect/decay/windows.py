"""Which bins of distance count: where there are pairs, physics above noise, and no jump."""

from dataclasses import dataclass

import numpy as np

from nearsight.collect.decay.curve import Curve
from nearsight.config import Statistics


@dataclass(frozen=True)
class Windows:
    """Bins to use of a curve and of each of its resampled ones, which choose anew.

    Attributes:
        value: (bin,) of the curve.
        samples: (sample, bin) of the resampled curves.
    """

    value: np.ndarray
    samples: np.ndarray

    def __and__(self, other: "Windows | np.ndarray") -> "Windows":
        """The bins that both have; a plain mask (bin,) holds for every sample."""
        if isinstance(other, Windows):
            return Windows(self.value & other.value, self.samples & other.samples)
        return Windows(self.value & other, self.samples & other)


def filled(shown: Curve, settings: Statistics) -> Windows:
    """Bins that hold at least ``least_pairs``."""
    least = settings.least_pairs
    return Windows(shown.value.count >= least, shown.samples.count >= least)


def relevance_mask(edges: np.ndarray, cutoff: float, settings: Statistics) -> np.ndarray:
    """(bin,) beyond the first shell and short of where the cutoff imposes the tail.

    Args:
        edges: (bin + 1,) Å.
        cutoff: of the network, Å; infinite where it has none.
        settings: first shell, share of the cutoff that is fitted.
    """
    return (edges[:-1] >= settings.first_shell) & (edges[1:] <= settings.fit_fraction * cutoff)


def relevance_windows(shown: Curve, cutoff: float, settings: Statistics) -> Windows:
    """The bins of :func:`relevance_mask` that hold enough pairs.

    Args:
        shown: curve of the relevance.
        cutoff: of the network, Å; infinite where it has none.
        settings: first shell, share of the cutoff that is fitted, least pairs.
    """
    return filled(shown, settings) & relevance_mask(shown.bins.edges, cutoff, settings)


def reference_windows(shown: Curve, noise: Curve, settings: Statistics) -> Windows:
    """Bins from the first shell up to the first one that the reference loses in its noise.

    The one window of a data set: of the reference and of every model. Bins with too few pairs are
    left out and do not end it.

    Args:
        shown: the reference's response.
        noise: its asymmetry, eV/Å².
        settings: first shell, least number of pairs, how far above the noise a mean must stand.
    """
    beyond = shown.bins.edges[:-1] >= settings.first_shell
    enough = filled(shown, settings)

    def unbroken(mean: np.ndarray, level: np.ndarray, full: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):
            clear = mean > settings.noise_factor * level
        passable = clear | ~beyond | ~full
        return beyond & full & clear & np.logical_and.accumulate(passable, axis=-1)

    return Windows(
        unbroken(shown.value.mean, noise.value.mean, enough.value),
        unbroken(shown.samples.mean, noise.samples.mean, enough.samples),
    )


def near_cutoff(edges: np.ndarray, cutoff: float, settings: Statistics) -> np.ndarray:
    """(bin,) bins of which a part is closer to the cutoff than ``cutoff_margin``.

    The cosine cutoff's second derivative does not vanish at the cutoff: Hessian blocks jump there.

    Args:
        edges: (bin + 1,) Å.
        cutoff: of the network, Å; infinite where it has none.
        settings: with the margin.
    """
    margin = settings.cutoff_margin
    # Edges are sums of widths: a hair of rounding must not decide.
    hair = 1e-9 * edges[-1]
    return (edges[1:] > cutoff - margin + hair) & (edges[:-1] < cutoff + margin - hair)


def one_of(merged: np.ndarray) -> np.ndarray:
    """(bin,) all bins but the merged ones after the first: a fit counts pooled pairs once."""
    return ~merged | (np.cumsum(merged) == 1)


def ends_of(edges: np.ndarray, window: np.ndarray) -> tuple[float, float]:
    """Where a window (bin,) begins and ends in Å; NaN without any bin."""
    inside = np.flatnonzero(window)
    if not len(inside):
        return np.nan, np.nan
    return float(edges[inside[0]]), float(edges[inside[-1] + 1])
