"""Response and the reference's as cylinders between atoms of the first structure."""

import xarray as xr

from nearsight import units
from nearsight.diagnose.check import View
from nearsight.page import PairLayer


def view(table: xr.Dataset) -> View:
    """Pairs of the first structure.

    Args:
        table: of the check; without pairs there is nothing to show.
    """
    if "norm" not in table:
        return View()
    first = table.sel(pair=table["structure"] == 0)
    names = {"response": "norm", "response of the reference": "reference_norm"}
    layers = {
        name: PairLayer(
            unit=units.HESSIAN,
            atom=first["atom"].to_numpy(),
            atom_other=first["atom_other"].to_numpy(),
            value=first[column].to_numpy(),
            words="Norm of the Hessian block: how much a push on one atom moves the force on the "
            "other.",
        )
        for name, column in names.items()
        if column in first
    }
    return View(layers=layers)
