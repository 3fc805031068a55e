"""Variables with dimensions, units and a name, in one call."""

import numpy as np
import xarray as xr


def variable(
    dims: str | tuple[str, ...], values: object, unit: str, long_name: str, **attributes: object
) -> xr.Variable:
    """An xarray variable with the two attributes that every variable of ours has."""
    attrs = {"units": unit, "long_name": long_name, **attributes}
    return xr.Variable(dims, np.asarray(values), attrs)
