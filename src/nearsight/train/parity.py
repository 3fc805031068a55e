"""Predicted against reference force components as counts on a grid: a parity plot's data.

A test set has a hundred thousand components: on a grid they take kilobytes, whatever their number.
"""

from typing import Final

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import variable

NAME: Final = "force_parity"
REFERENCE, PREDICTED = "force_reference", "force_predicted"
LIMIT: Final = 7.5
"""eV/Å: the end of the grid. Components of molecules at 500 K stay within it; those beyond count
in the outermost field."""
WIDTH: Final = 0.25
"""eV/Å: of a field, about the error of a poor network."""
EDGES: Final = np.linspace(-LIMIT, LIMIT, round(2 * LIMIT / WIDTH) + 1)


def parity_counts(reference: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """(field, field) components by reference value, then by predicted value.

    Args:
        reference: (...) eV/Å.
        predicted: (...) eV/Å; what is not finite is left out.
    """
    there = np.isfinite(predicted)
    # Within the outermost fields: a value at the end of the grid belongs to no field beyond it.
    inside = 0.5 * WIDTH - LIMIT, LIMIT - 0.5 * WIDTH
    x, y = (np.clip(values[there], *inside) for values in (reference, predicted))
    return np.histogram2d(x, y, bins=[EDGES, EDGES])[0].astype(np.int64)


def parity_dataset(counts: np.ndarray) -> xr.Dataset:
    """Counts (field, field) with the centres of fields."""
    centres = (EDGES[1:] + EDGES[:-1]) / 2
    text = "force components by reference and predicted value"
    return xr.Dataset(
        {NAME: variable((REFERENCE, PREDICTED), counts, units.ONE, text)},
        coords={
            name: variable(name, centres, units.FORCE, f"{what} force component, centre of field")
            for name, what in ((REFERENCE, "reference"), (PREDICTED, "predicted"))
        },
    )
