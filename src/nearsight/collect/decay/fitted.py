"""Fits of a curve with intervals, and the slope by bin that needs no law."""

import numpy as np

from nearsight.collect.decay.bins import Binned
from nearsight.collect.decay.curve import Curve
from nearsight.collect.decay.fits import MIN_BINS, DecayFit, fit_laws, power_slope
from nearsight.collect.decay.windows import Windows, ends_of
from nearsight.collect.intervals import NOTHING, Interval, student_bounds, student_interval
from nearsight.config import Statistics


def fit_curve(
    shown: Curve, windows: Windows, settings: Statistics
) -> tuple[DecayFit, Interval, Interval]:
    """Fit of a curve inside its window, with intervals of exponent (1) and length (Å).

    Every resampled curve has its own window, so that the intervals hold its choice.

    Args:
        shown: the curve, with its resampled ones.
        windows: bins to fit, of each of them.
        settings: level of the intervals.
    """
    found = fit_laws(shown.value, windows.value)
    n_bins = int(found.n_bins)
    start, end = ends_of(shown.bins.edges, windows.value)
    if n_bins < MIN_BINS:
        reason = (
            f"{n_bins} bins with {settings.least_pairs} pairs in the window of the fit, "
            f"{MIN_BINS} are needed"
        )
        return DecayFit(n_bins=n_bins, start=start, end=end, reason=reason), NOTHING, NOTHING
    fit = DecayFit(
        float(found.exponent),
        float(found.length),
        float(found.power_law_weight),
        n_bins,
        start,
        end,
    )
    samples = fit_laws(shown.samples, windows.samples)
    level = shown.n_structures, settings.confidence
    return (
        fit,
        student_interval(fit.exponent, samples.exponent, *level),
        student_interval(fit.length, samples.length, *level, least=0.0),
    )


def exponent_difference(
    model: Curve, reference: Curve, windows: Windows, settings: Statistics
) -> Interval:
    """Exponent of a model minus the reference's, of the same bins of the same structures.

    Args:
        model: its curve.
        reference: that of the reference, of the same structures.
        windows: bins to fit.
        settings: level of the interval.
    """
    value = fit_laws(model.value, windows.value).exponent
    value = value - fit_laws(reference.value, windows.value).exponent
    samples = fit_laws(model.samples, windows.samples).exponent
    samples = samples - fit_laws(reference.samples, windows.samples).exponent
    n_structures = min(model.n_structures, reference.n_structures)
    return student_interval(float(value), samples, n_structures, settings.confidence)


def local_slopes(shown: Curve, windows: Windows, settings: Statistics) -> np.ndarray:
    """(3, bin) slope d log|value| / d log r with its bounds: of no law, or of any.

    At each bin it is that of the power law through the bin and its two neighbours, all three of
    which must be in the window.

    Args:
        shown: the curve, with its resampled ones.
        windows: bins that count.
        settings: level of the bounds.
    """
    n_bins = len(windows.value)
    result = np.full((3, n_bins), np.nan)
    for k in range(1, n_bins - 1):
        three = slice(k - 1, k + 2)
        if not windows.value[three].all():
            continue
        value = power_slope(_part(shown.value, three), windows.value[three])
        samples = power_slope(_part(shown.samples, three), windows.samples[:, three])
        samples = np.where(windows.samples[:, three].all(axis=1), samples, np.nan)
        bounds = student_bounds(value, samples, shown.n_structures, settings.confidence)
        result[:, k] = value, *bounds
    return result


def _part(binned: Binned, bins: slice) -> Binned:
    return Binned(
        binned.mean[..., bins],
        binned.count[..., bins],
        binned.log_distance[..., bins],
        binned.log_variance[..., bins],
        binned.distance[..., bins],
        binned.variance[..., bins],
    )
