"""What of relevance is shown on the molecule: pairs as cylinders, the strongest walks as arrows."""

import numpy as np
import xarray as xr

from nearsight.diagnose.check import View
from nearsight.page import PairLayer, Walks

WORDS = "Exclusive two-body relevance: what walks on exactly these two atoms add to the prediction."


def view(table: xr.Dataset) -> View:
    """Of the first structure.

    Args:
        table: of the check.
    """
    if "walk_atom" not in table:
        return View()
    rows = table.variables["structure"].values == 0
    layer = PairLayer(
        unit=str(table["relevance"].attrs["units"]),
        atom=table["atom"].to_numpy()[rows],
        atom_other=table["atom_other"].to_numpy()[rows],
        value=table["relevance"].to_numpy()[rows],
        words=WORDS,
    )
    return View(layers={"relevance": layer}, walks=walks_of(table))


def walks_of(table: xr.Dataset) -> Walks:
    """The strongest walks of all body orders, one after another.

    Args:
        table: of the check.
    """
    value = table["walk_relevance"].transpose("walk_order", "rank").to_numpy()
    atoms = table["walk_atom"].transpose("walk_order", "rank", "step").to_numpy()
    there = np.isfinite(value)
    how = str(table.attrs["walks"])
    which = "" if how == "complete" else f" They are {how}: there are too many to visit each."
    return Walks(
        unit=str(table["walk_relevance"].attrs["units"]),
        atom=atoms[there].astype(int),
        relevance=value[there],
        words=f"The strongest walks of either sign on each number of atoms.{which}",
    )
