"""The jump of a model's response at its cutoff, beside the reference's response there."""

import numpy as np
import xarray as xr

from nearsight.collect.decay.ratios import HALF_WIDTH, Told, near
from nearsight.collect.intervals import NOTHING, bootstrap_weights, student_interval
from nearsight.config import Statistics


def cutoff_jump(
    model: xr.Dataset, reference: xr.Dataset, cutoff: float, settings: Statistics
) -> Told:
    """Mean norm of what Hessian blocks lose at the cutoff, over the reference's mean block there.

    Args:
        model: response of a variant, with the ``jump`` of pairs that were moved to the cutoff.
        reference: the reference's response, of the same structures.
        cutoff: of the variant, Å; infinite where it has none.
        settings: least number of pairs for the reference, interval.
    """
    if "jump_norm" not in model:
        return NOTHING, "its file of the response is of an earlier version"
    if not np.isfinite(cutoff):
        return NOTHING, "it has no cutoff"
    physics = near(reference, "norm", cutoff)
    count = int(physics.count.sum())
    where = f"within {HALF_WIDTH:g} Å of the cutoff"
    if count < settings.least_pairs:
        return NOTHING, f"{count} pairs {where}, {settings.least_pairs} are needed"
    n_structures = len(physics.sums)
    owner = model["jump_structure"].to_numpy()
    lost = np.bincount(owner, model["jump_norm"].to_numpy(), n_structures)
    pairs = np.bincount(owner, minlength=n_structures)
    weights = bootstrap_weights(n_structures, settings.n_bootstrap, settings.seed)

    def ratio(counted: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return (counted @ lost) / (counted @ pairs) / physics.binned(counted).mean[:, 0]

    value = float(ratio(np.ones((1, n_structures)))[0])
    level = n_structures, settings.confidence
    return student_interval(value, ratio(weights), *level, least=0.0), ""
