"""How much the study's conclusions hang on the rule of LRP and on the treatment of vectors."""

import numpy as np
import xarray as xr
from scipy.stats import rankdata, spearmanr

from nearsight import units
from nearsight.aims.stability.association.jackknife import FEWEST
from nearsight.collect.intervals import NOTHING, Interval
from nearsight.collect.models import MODEL
from nearsight.config import Statistics
from nearsight.labels import banded, variable


def sensitivity(curves: xr.Dataset, settings: Statistics) -> xr.Dataset:
    """Agreement, over models, of a descriptor under a choice with that under the study's own.

    Args:
        curves: the study's, with ``choice_descriptor(model, choice, descriptor)`` and the label of
            its own choice of rule and vectors by model, ``own_choice``.
        settings: level of intervals, number of resamples, seed.

    Returns:
        ``agreement(dataset, family, choice, descriptor)``: Spearman's correlation over
        models, with bounds from resampling models, and ``n_models``; NaN for fewer than four.
    """
    if "choice_descriptor" not in curves:
        return xr.Dataset()
    values = curves["choice_descriptor"].transpose(MODEL, "choice", "descriptor")
    datasets = list(dict.fromkeys(curves["dataset"].to_numpy().astype(str)))
    families = list(dict.fromkeys(curves["family"].to_numpy().astype(str)))
    choices = values["choice"].to_numpy().astype(str)
    names = values["descriptor"].to_numpy().astype(str)
    shape = len(datasets), len(families), len(choices), len(names)
    band, count = np.full((3, *shape), np.nan), np.zeros(shape)
    stated = _own(values, curves["own_choice"].to_numpy().astype(str))
    for d, a, c, k in np.ndindex(*shape):
        rows = (curves["dataset"] == datasets[d]) & (curves["family"] == families[a])
        x = stated[rows.to_numpy(), k]
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


def _own(values: xr.DataArray, own: np.ndarray) -> np.ndarray:
    """(model, descriptor) values under each model's own choice; NaN where it has none."""
    choices = values["choice"].to_numpy().astype(str)
    place = (own[:, None] == choices).argmax(axis=1)
    stated = values.to_numpy()[np.arange(len(own)), place]
    return np.where(np.isin(own, choices)[:, None], stated, np.nan)


def _agreement(x: np.ndarray, y: np.ndarray, settings: Statistics) -> Interval:
    if len(x) < FEWEST or not (np.ptp(x) and np.ptp(y)):
        return NOTHING
    draws = np.random.default_rng(settings.seed).integers(
        len(x), size=(settings.n_bootstrap, len(x))
    )
    first, second = x[draws], y[draws]
    varied = (np.ptp(first, axis=1) > 0) & (np.ptp(second, axis=1) > 0)
    samples = _spearman(first[varied], second[varied])
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return float(spearmanr(x, y).statistic), float(low), float(high)


def _spearman(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(sample,) Spearman's correlations of (sample, n) values, none of them constant."""
    ranks = rankdata([x, y], axis=-1)
    centred = ranks - ranks.mean(axis=-1, keepdims=True)
    norms = np.sqrt(np.square(centred).sum(axis=-1))
    return (centred[0] * centred[1]).sum(axis=-1) / (norms[0] * norms[1])
