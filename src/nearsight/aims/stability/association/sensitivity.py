"""How much the study's conclusions hang on the rule of LRP and on the treatment of vectors."""

import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from nearsight import units
from nearsight.aims.stability.association.jackknife import FEWEST
from nearsight.config import Explain, Statistics
from nearsight.families.specs import treatments_of
from nearsight.labels import banded, variable


def sensitivity(curves: xr.Dataset, explain: Explain, settings: Statistics) -> xr.Dataset:
    """Agreement, over models, of a descriptor under a choice with that under the study's own.

    Args:
        curves: the study's, with ``choice_descriptor(case, choice, descriptor)``.
        explain: the study's own rule and treatment of vectors.
        settings: level of intervals, number of resamples, seed.

    Returns:
        ``agreement(dataset, family, choice, descriptor)``: Spearman's correlation over
        models, with bounds from resampling models, and ``n_models``; NaN for fewer than four.
    """
    if "choice_descriptor" not in curves:
        return xr.Dataset()
    values = curves["choice_descriptor"].transpose("case", "choice", "descriptor")
    datasets = list(dict.fromkeys(curves["dataset"].to_numpy().astype(str)))
    families = list(dict.fromkeys(curves["family"].to_numpy().astype(str)))
    choices = values["choice"].to_numpy().astype(str)
    names = values["descriptor"].to_numpy().astype(str)
    shape = len(datasets), len(families), len(choices), len(names)
    band, count = np.full((3, *shape), np.nan), np.zeros(shape)
    for d, a, c, k in np.ndindex(*shape):
        own = own_choice(explain, families[a])
        if own not in choices:
            continue
        rows = (curves["dataset"] == datasets[d]) & (curves["family"] == families[a])
        x = values[rows.to_numpy(), int(np.flatnonzero(choices == own)[0]), k].to_numpy()
        y = values[rows.to_numpy(), c, k].to_numpy()
        good = np.isfinite(x) & np.isfinite(y)
        count[d, a, c, k] = good.sum()
        band[:, d, a, c, k] = _agreement(x[good], y[good], settings)
    dims = ("dataset", "family", "choice", "descriptor")
    text = "rank correlation over models of a descriptor with the same under the study's own choice"
    return xr.Dataset(
        {
            **banded("agreement", band, units.ONE, text, dims),
            "n_models": variable(dims, count, units.ONE, "models that have both"),
        },
        coords={
            "dataset": variable("dataset", datasets, "", "data set"),
            "family": variable("family", families, "", "family"),
            "choice": variable("choice", choices, "", "rule and vectors"),
            "descriptor": variable("descriptor", names, "", "descriptor"),
        },
    )


def own_choice(explain: Explain, family: str) -> str:
    """Label of the study's own choice, for example ``gamma 0.1, detach``."""
    strength = {"gamma": explain.gamma, "epsilon": explain.epsilon}.get(explain.rule)
    rule = explain.rule if strength is None else f"{explain.rule} {strength:g}"
    return f"{rule}, {explain.vector}" if treatments_of(family) else rule


def _agreement(x: np.ndarray, y: np.ndarray, settings: Statistics) -> tuple[float, float, float]:
    if len(x) < FEWEST or not (np.ptp(x) and np.ptp(y)):
        return np.nan, np.nan, np.nan
    draws = np.random.default_rng(settings.seed).integers(
        len(x), size=(settings.n_bootstrap, len(x))
    )
    samples = [
        spearmanr(x[rows], y[rows]).statistic
        for rows in draws
        if np.ptp(x[rows]) and np.ptp(y[rows])
    ]
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(spearmanr(x, y).statistic), float(low), float(high)
