"""The jump of a model's response at its cutoff, beside the reference's response there."""

import numpy as np
import xarray as xr

from nearsight.collect.decay.ratios import Told
from nearsight.collect.intervals import NOTHING, bootstrap_weights, student_interval
from nearsight.config import Statistics

REACH = 0.5
"""Å to either side of the cutoff from which the two limits are found."""


def cutoff_jump(
    model: xr.Dataset, reference: xr.Dataset, cutoff: float, settings: Statistics
) -> Told:
    """Limit of the mean Hessian block from within the cutoff minus that from beyond.

    In units of the reference's mean block over the same pairs. A cosine cutoff function
    (1 + cos(pi r / c)) / 2 reaches zero at c with a second derivative of pi² / (2 c²): what an
    atom sees of another at the cutoff has no force but a force constant, which is gone beyond.
    The limits are those of straight lines through the pairs of either side (local linear
    regression at a boundary; Hahn, Todd, van der Klaauw, Econometrica 69, 201, 2001).

    Args:
        model: response of a variant over ``pair``, eV/Å².
        reference: the reference's response.
        cutoff: of the variant, Å.
        settings: least number of pairs of a side, interval.
    """
    inside, outside = (_side(model, cutoff, sign) for sign in (-1, 1))
    physics = _side(reference, cutoff, 0)
    fewest = int(min(inside[:, 0].sum(), outside[:, 0].sum()))
    if fewest < settings.least_pairs:
        reason = f"{fewest} pairs on one side within {REACH:g} Å of the cutoff"
        return NOTHING, f"{reason}, {settings.least_pairs} are needed"
    n_structures = len(inside)
    weights = bootstrap_weights(n_structures, settings.n_bootstrap, settings.seed)

    def jump(counted: np.ndarray) -> np.ndarray:
        height = counted @ physics
        with np.errstate(divide="ignore", invalid="ignore"):
            size = _limit(counted @ inside) - _limit(counted @ outside)
            return size / (height[:, 3] / height[:, 0])

    value = float(jump(np.ones((1, n_structures)))[0])
    return student_interval(value, jump(weights), n_structures, settings.confidence), ""


def _side(table: xr.Dataset, cutoff: float, sign: int) -> np.ndarray:
    """(structure, 5) sums of 1, x, x², y, x y over pairs of a side (both: 0); x from the cutoff."""
    structure = table.variables["structure"].values
    x = table["distance"].to_numpy() - cutoff
    y = table["norm"].to_numpy()
    chosen = np.abs(x) < REACH
    if sign:
        chosen &= (x >= 0) == (sign > 0)
    n_structures = int(structure.max()) + 1
    columns = (np.ones_like(x), x, x * x, y, x * y)
    return np.stack(
        [np.bincount(structure[chosen], c[chosen], n_structures) for c in columns], axis=1
    )


def _limit(sums: np.ndarray) -> np.ndarray:
    """(sample,) value at the cutoff of the least-squares line of each row of sums."""
    n, x, xx, y, xy = sums.T
    return (xx * y - x * xy) / (n * xx - x * x)
