"""Where a curve was fitted, and by what law it falls, so that a figure can say it."""

import numpy as np
import xarray as xr

from nearsight.collect.decay.fits import EXPONENTIAL, POWER_LAW, SUPPORTED
from nearsight.figures.groups import members_of

POWER_LAW_WEIGHT = "power_law_weight"


def fitted(curves: xr.Dataset, data: xr.Dataset, name: str) -> xr.DataArray:
    """1 in the bins that the decay of each seed of a group was fitted in; 0 where there was no fit.

    Args:
        curves: of the study; of an earlier version, which does not say it, nothing is marked.
        data: averages over ``group``.
        name: of the curve, in both.

    Returns:
        (group, distance).
    """
    return _mask(curves, data, name, "fitted", "1 where the decay was fitted")


def pooled(curves: xr.Dataset, data: xr.Dataset, name: str) -> xr.DataArray:
    """(group, distance) 1 about the cutoff, where the bins of a fit are pooled, and has values.

    Args:
        curves: of the study.
        data: averages over ``group``.
        name: of the curve, in both.
    """
    return _mask(curves, data, name, "pooled", "1 about the cutoff, where bins are pooled")


def jumps(curves: xr.Dataset, data: xr.Dataset) -> xr.DataArray:
    """(group,) mean over seeds of the jump at the cutoff over the reference's response there."""
    attrs = {"units": "1", "long_name": "jump at the cutoff over the reference's response there"}
    return _numbers(curves, data, "cutoff_jump", attrs)


def _mask(curves: xr.Dataset, data: xr.Dataset, name: str, what: str, text: str) -> xr.DataArray:
    mask = np.zeros(data[name].shape, dtype="int8")
    if f"{name}_{what}" in curves:
        used = curves[f"{name}_{what}"].to_numpy() > 0
        for k, members in enumerate(members_of(curves, data)):
            mask[k] = used[members].all(axis=0) & (data[name][k].to_numpy() > 0)
    return xr.DataArray(mask, dims=("group", "distance"), attrs={"units": "1", "long_name": text})


def weights(curves: xr.Dataset, data: xr.Dataset, name: str) -> xr.DataArray:
    """(group,) mean over seeds of the Akaike weight of the power law; NaN where not known.

    Args:
        curves: of the study.
        data: averages over ``group``.
        name: of the curve, in both.
    """
    attrs = {"units": "1", "long_name": "Akaike weight of the power law, mean over seeds"}
    return _numbers(curves, data, f"{name}_{POWER_LAW_WEIGHT}", attrs)


def _numbers(
    curves: xr.Dataset, data: xr.Dataset, name: str, attrs: dict[str, str]
) -> xr.DataArray:
    values = np.full(data.sizes["group"], np.nan)
    if name in curves:
        known = curves[name].to_numpy()
        for k, members in enumerate(members_of(curves, data)):
            values[k] = known[members].mean()
    return xr.DataArray(values, dims=("group",), attrs=attrs)


def law_in_words(weight: np.ndarray) -> str:
    """What the weights of the power law (curve,) allow to be said of the law of the decay."""
    known = weight[np.isfinite(weight)]
    if not len(known):
        return ""
    low, high = f"{known.min():.2f}", f"{known.max():.2f}"
    told = f"weight of the power law {low if low == high else f'{low} to {high}'}"
    if known.min() >= SUPPORTED:
        return f"as a {POWER_LAW} ({told})"
    if known.max() <= 1 - SUPPORTED:
        return f"as an {EXPONENTIAL} ({told})"
    one = known.min() > 1 - SUPPORTED and known.max() < SUPPORTED
    return f"{'as neither law alone' if one else 'by no one law'} ({told})"
