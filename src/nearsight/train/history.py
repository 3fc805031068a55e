"""The per-epoch history of a training run as a labelled table."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.config import TARGETS

_COLUMNS = {
    "train_loss": (units.ONE, 1.0, "weighted mean squared error over the epoch's steps"),
    "validation_loss": (units.ONE, 1.0, "weighted mean squared error on the validation subset"),
    **{
        f"validation_{name}_mae": (
            about.error_unit,
            about.error_factor,
            f"validation error of the {about.text} (MAE)",
        )
        for name, about in TARGETS.items()
    },
    "validation_force_mae": (
        units.MEV_PER_ANGSTROM,
        units.MEV_PER_EV,
        "validation error of force components (MAE)",
    ),
    "learning_rate": (units.ONE, 1.0, "learning rate of the epoch"),
    "seconds": (units.SECOND, 1.0, "wall time of the epoch"),
}
_OF_EVERY_RUN = ("train_loss", "validation_loss", "learning_rate", "seconds")


def history_dataset(history: Sequence[dict[str, float]]) -> xr.Dataset:
    """Table over ``epoch`` (from 1) of losses, validation errors, learning rate and wall time.

    Errors are those that the rows have: of the target and, where they are learned, of forces.
    """
    epoch = np.arange(1, len(history) + 1)
    dataset = xr.Dataset(
        coords={"epoch": ("epoch", epoch, {"units": units.ONE, "long_name": "epoch"})}
    )
    # No epoch at all leaves a table of no rows with the columns of energies and forces.
    there = history[0].keys() if history else {"validation_energy_mae", "validation_force_mae"}
    for name, (unit, factor, text) in _COLUMNS.items():
        if name in there or name in _OF_EVERY_RUN:
            values = np.array([factor * row[name] for row in history])
            dataset[name] = ("epoch", values, {"units": unit, "long_name": text})
    return dataset
