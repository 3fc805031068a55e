"""One decay: its curve, where it was fitted, what came out."""

from dataclasses import dataclass

import numpy as np

from nearsight.collect.decay.curve import Curve
from nearsight.collect.decay.fits import DecayFit
from nearsight.collect.decay.fitted import fit_curve
from nearsight.collect.decay.windows import Windows
from nearsight.collect.intervals import NOTHING, Interval
from nearsight.config import Statistics

NO_FIT = DecayFit(reason="not computed")


@dataclass(frozen=True)
class Decay:
    """One decay: its curve and the fits to it.

    Attributes:
        curve: the binned curve; None where there is nothing.
        fit: power law against exponential.
        exponent: of the power law.
        length: of the exponential in Å.
        fitted: (bin,) the bins of the fit; None without one.
        slope: (3, bin) local slope with bounds; None where it was not asked for.
    """

    curve: Curve | None = None
    fit: DecayFit = NO_FIT
    exponent: Interval = NOTHING
    length: Interval = NOTHING
    fitted: np.ndarray | None = None
    slope: np.ndarray | None = None


def decay_of(
    shown: Curve, windows: Windows, settings: Statistics, slope: np.ndarray | None = None
) -> Decay:
    """The decay of a curve fitted in its window.

    Args:
        shown: the curve.
        windows: bins to fit.
        settings: level of the intervals.
        slope: (3, bin) local slope with bounds, where it is known.
    """
    fit, exponent, length = fit_curve(shown, windows, settings)
    used = None if fit.reason else windows.value
    return Decay(shown, fit, exponent, length, used, slope)
