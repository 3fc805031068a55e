"""Parity of forces of every network of a study, on the grid of its evaluation."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.cases import Case
from nearsight.collect.models import MODEL
from nearsight.labels import variable
from nearsight.train.parity import NAME, PREDICTED, REFERENCE


def with_parity(curves: xr.Dataset, cases: Sequence[Case]) -> xr.Dataset:
    """The curves with counts of force components; as they are where no evaluation has any.

    Args:
        curves: along ``model``, in the order of the cases.
        cases: of the study; evaluations of earlier versions have no counts.
    """
    found = [case.evaluation.get(NAME) for case in cases]
    known = [one for one in found if one is not None]
    if not known:
        return curves
    nothing = np.full(known[0].shape, np.nan)
    counts = [nothing if one is None else one.to_numpy().astype(float) for one in found]
    text = "force components of test frames by reference and predicted value"
    return curves.assign(
        {NAME: variable((MODEL, REFERENCE, PREDICTED), np.stack(counts), units.ONE, text)}
    ).assign_coords({name: known[0][name].variable for name in (REFERENCE, PREDICTED)})
