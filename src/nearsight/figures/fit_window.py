"""Where a curve of relevance was fitted, so that a figure can show it."""

import json

import numpy as np
import xarray as xr

from nearsight.collect.decay import relevance_window
from nearsight.collect.fits import MIN_BINS
from nearsight.config import Statistics

SETTINGS = ("first_shell", "fit_fraction")


def fitted(curves: xr.Dataset, data: xr.Dataset, name: str) -> xr.DataArray:
    """1 in the bins that a group's decay was fitted in; 0 everywhere where there was no fit.

    Args:
        curves: of the study, with the settings of its statistics, or nothing is marked.
        data: averages over ``group``.
        name: the curve in ``data``.

    Returns:
        (group, distance).
    """
    study = json.loads(curves.attrs.get("settings", "{}")).get("statistics", {})
    mask = np.zeros(data[name].shape, dtype="int8")
    if all(key in study for key in SETTINGS) and data.sizes["distance"] > 1:
        settings = Statistics(**{key: study[key] for key in SETTINGS})
        centre = data["distance"].to_numpy()
        half = (centre[1] - centre[0]) / 2
        edges = np.append(centre - half, centre[-1] + half)
        for k, cutoff in enumerate(data["cutoff"].to_numpy()):
            mask[k] = relevance_window(edges, float(cutoff), settings)
        mask *= data[name].to_numpy() > 0
        mask[mask.sum(axis=1) < MIN_BINS] = 0
    attrs = {"units": "1", "long_name": "1 where the decay was fitted"}
    return xr.DataArray(mask, dims=("group", "distance"), attrs=attrs)
