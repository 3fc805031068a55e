"""Decay of the response of the reference and of a model, and how the two differ."""

from dataclasses import dataclass, field, replace

import numpy as np
import xarray as xr

from nearsight.collect.cases import Case
from nearsight.collect.decay.curve import Curve, curve, curve_of, floored
from nearsight.collect.decay.deviation import compare
from nearsight.collect.decay.fits import DecayFit
from nearsight.collect.decay.fitted import exponent_difference, fit_curve, local_slopes
from nearsight.collect.decay.jump import cutoff_jump
from nearsight.collect.decay.ratios import response_ratios
from nearsight.collect.decay.result import Decay, decay_of
from nearsight.collect.decay.windows import Windows, ends_of, near_cutoff, one_of, reference_windows
from nearsight.collect.intervals import Interval
from nearsight.config import Statistics

WINDOWS = {"to_5": (0.0, 5.0), "to_7": (0.0, 7.0), "beyond_5": (5.0, np.inf)}
"""Parts of the window (Å) in which the reference's exponent is told too: it depends on them."""


@dataclass(frozen=True)
class Reference:
    """The reference engine's response on a data set.

    Attributes:
        decay: of its Hessian blocks (eV/Å²).
        noise: its asymmetry, numerical noise in eV/Å²; None without a reference.
        windows: where it stands out of the noise, the one window of the data set.
        parts: its exponent in each of ``WINDOWS``.
    """

    decay: Decay = field(default_factory=Decay)
    noise: Curve | None = None
    windows: Windows | None = None
    parts: dict[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True)
class Response:
    """A model's response beside the reference's.

    Attributes:
        decay: of its Hessian blocks (eV/Å²).
        numbers: what it is beside the reference, by name in the study table.
        reasons: why one of them is not known, by the same names.
    """

    decay: Decay = field(default_factory=Decay)
    numbers: dict[str, Interval] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


def analyse_reference(response: xr.Dataset, edges: np.ndarray, settings: Statistics) -> Reference:
    """Decay, noise and window of a reference engine's response.

    Args:
        response: of the reference engine, over ``pair``.
        edges: (bin + 1,) Å.
        settings: level of the intervals, bootstrap, windows.
    """
    if "norm" not in response:
        return Reference()
    return reference_of(
        curve(response, "norm", edges, settings),
        curve(response, "asymmetry", edges, settings),
        settings,
    )


def reference_of(shown: Curve, noise: Curve, settings: Statistics) -> Reference:
    """The same of its curve and of that of its noise.

    Args:
        shown: its curve (eV/Å²).
        noise: its asymmetry (eV/Å²).
        settings: level of the intervals, bootstrap, windows.
    """
    edges = shown.bins.edges
    windows = reference_windows(shown, noise, settings)
    parts = {}
    for name, (start, end) in WINDOWS.items():
        part = windows & ((edges[:-1] >= start) & (edges[1:] <= end))
        parts[name] = fit_curve(shown, part, settings)[1]
    slope = local_slopes(shown, windows, settings)
    return Reference(decay_of(shown, windows, settings, slope), noise, windows, parts)


def analyse_response(
    case: Case, edges: np.ndarray, settings: Statistics, reference: Reference
) -> Response:
    """Decay of a model's response, how it differs from the reference's, jump and ratios.

    Args:
        case: a variant on a data set.
        edges: (bin + 1,) Å.
        settings: level of the intervals, bootstrap, windows.
        reference: of its data set.
    """
    table, cutoff = case.response, case.variant.pair_cutoff
    if "norm" not in table:
        return Response()
    shown = curve(table, "norm", edges, settings)
    found = response_of(shown, cutoff, settings, reference)
    if reference.windows is None:
        return found
    decay = replace(found.decay, slope=slopes_of(shown, cutoff, settings, reference))
    told = {
        **response_ratios(table, case.reference, settings),
        "cutoff_jump": cutoff_jump(table, case.reference, cutoff, settings),
    }
    numbers = found.numbers | {name: value for name, (value, _) in told.items()}
    return Response(decay, numbers, {name: reason for name, (_, reason) in told.items()})


def response_of(
    shown: Curve, cutoff: float, settings: Statistics, reference: Reference
) -> Response:
    """Fits and deviations of a model's curve.

    All in the window of the reference, which is the same for every model of the data set. The
    bins about the model's own cutoff are pooled, of the model and of what it is compared with.

    Args:
        shown: the model's curve (eV/Å²).
        cutoff: of the model, Å; infinite where it has none.
        settings: level of the intervals, bootstrap, windows.
        reference: of its data set.
    """
    engine, noise, windows = reference.decay.curve, reference.noise, reference.windows
    if engine is None or noise is None or windows is None:
        return Response(Decay(shown))
    merged = windows.value & near_cutoff(shown.bins.edges, cutoff, settings)
    pooled, pooled_engine, pooled_noise = (
        curve_of(one.bins.pooled(merged), settings) for one in (shown, engine, noise)
    )
    signed, total = compare(pooled, pooled_engine, pooled_noise, windows, settings.confidence)
    numbers = {"response_deviation_signed": signed, "response_deviation": total}
    once = windows & one_of(merged)
    decay = _decay(pooled, pooled_noise, once, settings)
    if not decay.fit.reason:
        numbers["response_exponent_difference"] = exponent_difference(
            floored(pooled, pooled_noise), pooled_engine, once, settings
        )
    start, end = ends_of(shown.bins.edges, windows.value)
    decay = replace(
        decay,
        curve=shown,
        fit=replace(decay.fit, start=start, end=end),
        fitted=None if decay.fit.reason else windows.value,
    )
    return Response(decay, numbers)


def slopes_of(
    shown: Curve, cutoff: float, settings: Statistics, reference: Reference
) -> np.ndarray | None:
    """(3, bin) local slopes of a model with bounds: where it is seen, away from its cutoff.

    Args:
        shown: the model's curve (eV/Å²).
        cutoff: of the model, Å; infinite where it has none.
        settings: level of the intervals, bootstrap, windows.
        reference: of its data set.
    """
    noise, windows = reference.noise, reference.windows
    if noise is None or windows is None:
        return None
    away = ~near_cutoff(shown.bins.edges, cutoff, settings)
    clear = windows & (_seen(shown, noise, settings) & away)
    return local_slopes(floored(shown, noise), clear, settings)


def _decay(shown: Curve, noise: Curve, windows: Windows, settings: Statistics) -> Decay:
    """Fits of a model, which must be seen over the whole window.

    A slope from a part of the window is not that of the reference over all of it: what is lost in
    the noise, or exactly zero, has a reason and no exponent.
    """
    lost = np.flatnonzero(windows.value & ~_seen(shown, noise, settings))
    if not len(lost):
        return decay_of(floored(shown, noise), windows, settings)
    reason = (
        f"response is zero or lost in the noise from {shown.bins.edges[lost[0]]:g} Å on: "
        f"{len(lost)} of {int(windows.value.sum())} bins of the common window"
    )
    return Decay(shown, DecayFit(reason=reason))


def _seen(shown: Curve, noise: Curve, settings: Statistics) -> np.ndarray:
    """(bin,) where a model stands out of the reference's noise."""
    with np.errstate(invalid="ignore"):
        return np.asarray(shown.value.mean > settings.noise_factor * noise.value.mean)
