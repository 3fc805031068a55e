"""Where a curve was fitted, and by what law it falls, so that a figure can say it."""

import numpy as np
import xarray as xr

from nearsight.collect.decay.fits import EXPONENTIAL, POWER_LAW, SUPPORTED
from nearsight.figures.groups import KEYS

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
    mask = np.zeros(data[name].shape, dtype="int8")
    if f"{name}_fitted" in curves:
        used = curves[f"{name}_fitted"].to_numpy() > 0
        for k, members in enumerate(members_of(curves, data)):
            mask[k] = used[members].all(axis=0) & (data[name][k].to_numpy() > 0)
    attrs = {"units": "1", "long_name": "1 where the decay was fitted"}
    return xr.DataArray(mask, dims=("group", "distance"), attrs=attrs)


def weights(curves: xr.Dataset, data: xr.Dataset, name: str) -> xr.DataArray:
    """(group,) mean over seeds of the Akaike weight of the power law; NaN where not known."""
    values = np.full(data.sizes["group"], np.nan)
    if f"{name}_{POWER_LAW_WEIGHT}" in curves:
        known = curves[f"{name}_{POWER_LAW_WEIGHT}"].to_numpy()
        for k, members in enumerate(members_of(curves, data)):
            values[k] = known[members].mean()
    attrs = {"units": "1", "long_name": "Akaike weight of the power law, mean over seeds"}
    return xr.DataArray(values, dims=("group",), attrs=attrs)


def members_of(curves: xr.Dataset, data: xr.Dataset) -> list[np.ndarray]:
    """Rows of the study's curves that each group was averaged from."""
    drawable = curves["status"].to_numpy().astype(str) == "ok"
    found = []
    for k in range(data.sizes["group"]):
        own = drawable.copy()
        for key in KEYS:
            own &= curves[key].to_numpy() == data[key].to_numpy()[k]
        found.append(np.flatnonzero(own))
    return found


def law_in_words(weight: np.ndarray) -> str:
    """What the weights of the power law (curve,) allow to be said of the law of the decay."""
    known = weight[np.isfinite(weight)]
    if not len(known):
        return ""
    low, high = known.min(), known.max()
    told = f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} to {high:.2f}"
    if low >= SUPPORTED:
        return f"{POWER_LAW} (weight {told})"
    if high <= 1 - SUPPORTED:
        return f"{EXPONENTIAL} (weight of the power law {told})"
    return f"neither law alone (weight of the power law {told})"
