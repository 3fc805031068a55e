"""Does a run go on heating up once its start is forgotten?"""

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.labels import banded
from nearsight.md.analysis.student import mean_band

FORGOTTEN = 100.0
"""fs after which the strain of a start, and velocities that are too large for it, have spread."""
FEWEST = 20
"""Frames without which a replica has no halves worth a mean."""


def late_heating(record: xr.Dataset, confidence: float) -> dict[str, xr.Variable]:
    """Mean kinetic temperature of a replica's later half minus that of its earlier half, in K.

    Both halves begin after ``FORGOTTEN``: from a start that is a minimum half of the kinetic energy
    goes into bonds within that time, and a strained one gives heat away, with any force field.
    From then on the mean stays where it is unless the molecule finds lower and lower places, which
    a sound surface near its data does not have.

    Args:
        record: of dynamics.
        confidence: level of the interval over replicas.
    """
    return banded(
        "late_heating",
        mean_band(rises(record), confidence),
        units.TEMPERATURE,
        "rise of the kinetic temperature from the first half of a run to the second",
    )


def rises(record: xr.Dataset) -> np.ndarray:
    """(replica,) K; NaN of replicas that ended too soon."""
    late = record["time"].to_numpy() >= FORGOTTEN
    temperature = record["temperature"].transpose("replica", "time").to_numpy()[:, late]
    found = np.full(len(temperature), np.nan)
    for row, values in enumerate(temperature):
        known = values[np.isfinite(values)]
        if len(known) >= FEWEST:
            half = len(known) // 2
            found[row] = known[half:].mean() - known[:half].mean()
    return found
