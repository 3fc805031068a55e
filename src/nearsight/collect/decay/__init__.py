"""Decay over distance: bins, curves, windows, fits, slopes, deviations and ratios."""

from nearsight.collect.decay.bins import QUANTILES, bin_edges, bin_index, bin_pairs
from nearsight.collect.decay.curve import Curve, curve, curve_of, floored
from nearsight.collect.decay.deviation import compare, compare_shapes
from nearsight.collect.decay.fits import DecayFit, law_of
from nearsight.collect.decay.fitted import exponent_difference, fit_curve, local_slopes
from nearsight.collect.decay.jump import cutoff_jump
from nearsight.collect.decay.ratios import DISTANCES, response_ratios
from nearsight.collect.decay.windows import (
    Windows,
    filled,
    near_cutoff,
    reference_windows,
    relevance_windows,
)

__all__ = [
    "DISTANCES",
    "QUANTILES",
    "Curve",
    "DecayFit",
    "Windows",
    "bin_edges",
    "bin_index",
    "bin_pairs",
    "compare",
    "compare_shapes",
    "curve",
    "curve_of",
    "cutoff_jump",
    "exponent_difference",
    "filled",
    "fit_curve",
    "floored",
    "law_of",
    "local_slopes",
    "near_cutoff",
    "reference_windows",
    "relevance_windows",
    "response_ratios",
]
