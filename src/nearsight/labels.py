"""Variables with dimensions, units and a name, in one call."""

from collections.abc import Sequence

import numpy as np
import xarray as xr


def variable(
    dims: str | tuple[str, ...], values: object, unit: str, long_name: str, **attributes: object
) -> xr.Variable:
    """An xarray variable with the two attributes that every variable of ours has.

    Args:
        dims: its dimensions.
        values: in their shape.
        unit: of the values; "1" for numbers without.
        long_name: what they are.
        **attributes: further ones.
    """
    attrs = {"units": unit, "long_name": long_name, **attributes}
    return xr.Variable(dims, np.asarray(values), attrs)


def banded(
    name: str,
    band: Sequence[object] | np.ndarray,
    unit: str,
    text: str,
    dims: str | tuple[str, ...] = (),
) -> dict[str, xr.Variable]:
    """A variable with its bounds ``name_low`` and ``name_high``.

    Args:
        name: of the variable.
        band: (3, ...) value, lower and upper bound, each in the shape of ``dims``.
        unit: of all three.
        text: long name of the value.
        dims: dimensions of each.
    """
    value, low, high = band
    return {
        name: variable(dims, value, unit, text),
        f"{name}_low": variable(dims, low, unit, f"lower bound of: {text}"),
        f"{name}_high": variable(dims, high, unit, f"upper bound of: {text}"),
    }
