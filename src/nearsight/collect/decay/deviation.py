"""How far a model's response is from the reference's, over bins of distance."""

import numpy as np

from nearsight.collect.decay.curve import Curve, floored
from nearsight.collect.decay.windows import Windows
from nearsight.collect.intervals import NOTHING, Interval, student_interval


def log_ratio(model: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """(..., bin) log10(model / reference); NaN where either is not positive.

    A model whose response is exactly zero (beyond its receptive field) has no finite logarithm:
    callers floor the model at the noise first.

    Args:
        model: (..., bin) means.
        reference: (..., bin) means.
    """
    good = (model > 0) & (reference > 0)
    return np.where(good, np.log10(np.where(good, model, 1) / np.where(good, reference, 1)), np.nan)


def deviation(ratio: np.ndarray) -> np.ndarray:
    """(...) root mean square over bins (last) of log10 ratios (design: response deviation).

    Args:
        ratio: (..., bin) NaN where a bin does not count.
    """
    return np.sqrt(_mean(np.square(ratio)))


def signed_deviation(ratio: np.ndarray) -> np.ndarray:
    """(...) mean over bins (last) of log10 ratios: positive when the model decays too slowly.

    Args:
        ratio: (..., bin) NaN where a bin does not count.
    """
    return _mean(ratio)


def shape_deviation(ratio: np.ndarray) -> np.ndarray:
    """(...) root mean square of log10 ratios about their own mean: blind to a common factor.

    Args:
        ratio: (..., bin) NaN where a bin does not count.
    """
    return deviation(ratio - _mean(ratio)[..., None])


def compare(
    model: Curve, reference: Curve, noise: Curve, windows: Windows, confidence: float
) -> tuple[Interval, Interval]:
    """Signed response deviation and its unsigned form (both in decades) over a window of bins.

    A model cannot be told from zero below the reference's noise: it is floored there, so that
    strict locality counts as a large but finite deviation. Both curves were bootstrapped with the
    same draws of the same structures, hence the interval is a paired one.

    Args:
        model: its curve.
        reference: that of the reference, of the same structures.
        noise: numerical noise of the reference.
        windows: bins that count.
        confidence: level of the intervals.
    """
    if not windows.value.any():
        return NOTHING, NOTHING
    ratio, samples = _ratios(floored(model, noise), reference, windows)
    level = min(model.n_structures, reference.n_structures), confidence
    return (
        student_interval(float(signed_deviation(ratio)), signed_deviation(samples), *level),
        student_interval(float(deviation(ratio)), deviation(samples), *level, least=0.0),
    )


def compare_shapes(
    relevance: Curve, reference: Curve, windows: Windows, confidence: float
) -> Interval:
    """Deviation of the relevance's decay from the reference's response, heights aligned (decades).

    Relevance is no energy and no force constant: only how it falls can be compared.

    Args:
        relevance: curve of a model's relevance.
        reference: the reference's response, of the same structures.
        windows: bins that count; two at least.
        confidence: level of the interval.
    """
    if windows.value.sum() < 2:
        return NOTHING
    ratio, samples = _ratios(relevance, reference, windows)
    level = min(relevance.n_structures, reference.n_structures), confidence
    value = float(shape_deviation(ratio))
    return student_interval(value, shape_deviation(samples), *level, least=0.0)


def _ratios(model: Curve, reference: Curve, windows: Windows) -> tuple[np.ndarray, np.ndarray]:
    """log10 ratios (bin,) and (sample, bin); NaN outside the windows."""
    value = log_ratio(model.value.mean, reference.value.mean)
    samples = log_ratio(model.samples.mean, reference.samples.mean)
    return (
        np.where(windows.value, value, np.nan),
        np.where(windows.samples, samples, np.nan),
    )


def _mean(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is known; NaN, without a warning, of nothing."""
    known = np.isfinite(values)
    count = known.sum(axis=-1)
    total = np.where(known, values, 0.0).sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
