"""The per-epoch history of a training run as a labelled table."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight import units

_COLUMNS = {
    "train_loss": (units.ONE, 1.0, "weighted mean squared error over the epoch's steps"),
    "validation_loss": (units.ONE, 1.0, "weighted mean squared error on the validation subset"),
    "validation_energy_mae": (units.MEV, units.MEV_PER_EV, "validation error of the energy (MAE)"),
    "validation_force_mae": (
        units.MEV_PER_ANGSTROM,
        units.MEV_PER_EV,
        "validation error of force components (MAE)",
    ),
    "learning_rate": (units.ONE, 1.0, "learning rate of the epoch"),
    "seconds": (units.SECOND, 1.0, "wall time of the epoch"),
}


def history_dataset(history: Sequence[dict[str, float]]) -> xr.Dataset:
    """Table over ``epoch`` (from 1) of losses, validation errors, learning rate and wall time."""
    epoch = np.arange(1, len(history) + 1)
    dataset = xr.Dataset(
        coords={"epoch": ("epoch", epoch, {"units": units.ONE, "long_name": "epoch"})}
    )
    for name, (unit, factor, text) in _COLUMNS.items():
        values = np.array([factor * row[name] for row in history])
        dataset[name] = ("epoch", values, {"units": unit, "long_name": text})
    return dataset
