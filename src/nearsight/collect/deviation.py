"""How far a model's response is from the reference's, over bins of distance."""

import numpy as np


def log_ratio(model: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """log10(model / reference) per bin; NaN where either is not positive.

    A model whose response is exactly zero (beyond its receptive field) has no finite logarithm:
    callers floor the model at the noise first.
    """
    good = (model > 0) & (reference > 0)
    return np.where(good, np.log10(np.where(good, model, 1) / np.where(good, reference, 1)), np.nan)


def deviation(ratio: np.ndarray, axis: int = -1) -> np.ndarray:
    """Root mean square over bins of log10 ratios (design: response deviation)."""
    return np.sqrt(np.nanmean(np.square(ratio), axis=axis))


def signed_deviation(ratio: np.ndarray, axis: int = -1) -> np.ndarray:
    """Mean over bins of log10 ratios: positive when the model decays too slowly."""
    return np.nanmean(ratio, axis=axis)


def shape_deviation(ratio: np.ndarray, axis: int = -1) -> np.ndarray:
    """Root mean square of log10 ratios about their own mean: blind to a common factor."""
    return deviation(ratio - np.nanmean(ratio, axis=axis, keepdims=True), axis=axis)
