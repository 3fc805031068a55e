"""The measures of the study's decays, of one model: curves, window, deviation, ratios."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight.collect.decay import (
    Curve,
    Windows,
    bin_edges,
    compare,
    curve,
    curve_of,
    near_cutoff,
    reference_windows,
    response_ratios,
)
from nearsight.collect.decay.bins import bin_index
from nearsight.collect.decay.windows import ends_of
from nearsight.collect.intervals import NOTHING, Interval, mean_interval
from nearsight.config import Statistics
from nearsight.diagnose.checks.response.pairs import reference_of
from nearsight.labels import banded, variable
from nearsight.units import HESSIAN, LENGTH, ONE

FEW = 5
"""Pairs that a bin must hold at least, also where there are fewer structures."""


@dataclass(frozen=True)
class Measures:
    """What the response of a model is beside the reference's.

    Attributes:
        signed: mean over bins of log10(model / reference), in decades.
        unsigned: root mean square of the same.
        ratios: model over reference near each distance (Å), with its interval, or why not.
        anisotropy: mean difference of the anisotropy of blocks, model minus reference.
        noise: largest share of the model's response that is its own numerical noise, over the bins
            of the window; NaN where no bin counts.
        start: where the window begins, Å; NaN where no bin counts.
        end: where it ends.
        curves: the curves behind it, over ``distance_bin``.
    """

    signed: Interval
    unsigned: Interval
    ratios: dict[int, tuple[Interval, str]]
    anisotropy: Interval
    noise: float
    start: float
    end: float
    curves: xr.Dataset


def statistics(n_structures: int) -> Statistics:
    """Settings of bins and intervals: those of a study, but bins with a pair of each structure do.

    A diagnosis has fewer structures than a study; its intervals are over them, not over pairs.
    """
    default = Statistics()
    least = min(default.least_pairs, max(FEW, n_structures))
    return default.model_copy(update={"least_pairs": least})


def measures_of(table: xr.Dataset, cutoff: float) -> Measures:
    """Measures of a table of pairs that has the reference beside the model.

    The window is the reference's: bins from the first shell up to where it is lost in its noise.
    Bins about the model's cutoff, where its response jumps, are pooled (docs/decay.md).

    Args:
        table: over ``pair``.
        cutoff: of the model, Å; infinite where it has none.
    """
    settings, edges = _settings(table)
    beside = reference_of(table)
    model, own_noise, reference, noise = (
        curve(*which, edges, settings)
        for which in (
            (table, "norm"),
            (table, "asymmetry"),
            (beside, "norm"),
            (beside, "asymmetry"),
        )
    )
    windows = reference_windows(reference, noise, settings)
    merged = windows.value & near_cutoff(edges, cutoff, settings)
    own, physics, floor = (
        curve_of(one.bins.pooled(merged), settings) for one in (model, reference, noise)
    )
    signed, unsigned = compare(own, physics, floor, windows, settings.confidence)
    ratios = response_ratios(table, beside, settings)
    start, end = ends_of(edges, windows.value)
    return Measures(
        signed,
        unsigned,
        {int(name.rpartition("_")[2]): told for name, told in ratios.items()},
        anisotropy_difference(table, windows, edges, settings),
        _largest_share(own_noise.mean[windows.value], model.mean[windows.value]),
        start,
        end,
        _curves(edges, model, reference, noise, windows),
    )


def model_curve(table: xr.Dataset) -> xr.Dataset:
    """The curve of a model that has no reference beside it."""
    settings, edges = _settings(table)
    return xr.Dataset(_curve("response", curve(table, "norm", edges, settings)) | _bins(edges))


def anisotropy_difference(
    table: xr.Dataset, windows: Windows, edges: np.ndarray, settings: Statistics
) -> Interval:
    """Mean over pairs in the window of the anisotropy of model minus reference (1).

    Args:
        table: over ``pair``.
        windows: bins that count.
        edges: (bin + 1,) Å.
        settings: level of the interval, which is one over structures.
    """
    difference = (table["anisotropy"] - table["reference_anisotropy"]).to_numpy()
    index = bin_index(table["distance"].to_numpy(), edges)
    counts = (index >= 0) & np.isfinite(difference)
    counts[counts] = windows.value[index[counts]]
    if not counts.any():
        return NOTHING
    owner = table["structure"].to_numpy()
    means = [difference[counts & (owner == s)] for s in np.unique(owner[counts])]
    values = np.array([part.mean() for part in means])
    return mean_interval(values, confidence=settings.confidence, least=-1.0, most=1.0)


def _largest_share(part: np.ndarray, whole: np.ndarray) -> float:
    """Largest ratio over bins (bin,); zero of a response that is exactly zero, NaN of no bin."""
    if not len(whole):
        return np.nan
    return float(np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0).max())


def _settings(table: xr.Dataset) -> tuple[Statistics, np.ndarray]:
    settings = statistics(table.sizes["block_structure"])
    return settings, bin_edges(settings.bin_width, float(table["distance"].max()))


def _curves(
    edges: np.ndarray, model: Curve, reference: Curve, noise: Curve, windows: Windows
) -> xr.Dataset:
    text = "noise of the reference's Hessian blocks"
    return xr.Dataset(
        _curve("response", model)
        | _curve("reference_response", reference)
        | _bins(edges)
        | {
            "reference_noise": variable("distance_bin", noise.mean, HESSIAN, text),
            "window": variable("distance_bin", windows.value, ONE, "whether the bin counts"),
        }
    )


def _curve(name: str, shown: Curve) -> dict[str, xr.Variable]:
    text = f"mean norm of Hessian blocks, {name.replace('_', ' ')}"
    return banded(name, (shown.mean, shown.low, shown.high), HESSIAN, text, "distance_bin")


def _bins(edges: np.ndarray) -> dict[str, xr.Variable]:
    middle = (edges[1:] + edges[:-1]) / 2
    return {"bin_distance": variable("distance_bin", middle, LENGTH, "middle of the bin")}
