"""The models of a study table that a scatter plot can show, and their settings."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from nearsight.aims.stability.figures.association.answer import answer_of, not_tested
from nearsight.collect.models import MODEL, settings_in
from nearsight.figures import style, wording
from nearsight.figures.groups import why_missing

TIME: Final = "restricted_mean_survival_time"
SHARE: Final = "survival"
HEATING: Final = "heating"
DURATION: Final = "duration"
BOUNDS: Final = ("", "_low", "_high")
MEANS: Final = (
    "Mean over the seeds of each setting, which is the unit of evidence; settings of which every "
    "replica survives are ticks above the line."
)
UNIT: Final = (
    "Small: models; large, joined to them: mean over the seeds of a setting, which is the "
    "unit of evidence; bars: intervals where there is one seed."
)


def complete_models(
    table: xr.Dataset, names: Sequence[str], needed: Sequence[Sequence[str]]
) -> xr.Dataset:
    """The trained models that are complete.

    Args:
        table: the study table.
        names: columns with bounds; NaN where no model of the study has them.
        needed: of each group, a model must have one column at least.

    Returns:
        The columns, ``force_mae``, ``setting`` (number of family and settings) and ``n_seeds``
        along ``model``, with the axes of the study; as attributes what was left out and the answer
        to the study's primary question.
    """
    columns = dict.fromkeys(
        [*(f"{name}{end}" for name in names for end in BOUNDS), "force_mae", DURATION]
    )
    unknown = xr.Variable(
        MODEL,
        np.full(table.sizes[MODEL], np.nan),
        {"units": "", "long_name": "missing in the study table"},
    )
    known = {name: table[name].variable if name in table else unknown for name in columns}
    status = table["status"].to_numpy().astype(str)
    complete = np.ones(len(status), dtype=bool)
    for group in needed:
        complete &= np.any([np.isfinite(known[name].to_numpy()) for name in group], axis=0)
    kept = [name for name in table.coords if name not in ("variant", "status", "reason")]
    along = {name: table[name].variable for name in kept if table[name].dims == (MODEL,)}
    chosen = xr.Dataset(known, along).isel({MODEL: np.flatnonzero((status == "ok") & complete)})
    counts = {
        "n_variants": chosen.sizes[MODEL],
        **{f"n_{ended}": int((status == ended).sum()) for ended in ("diverged", "failed", "stale")},
        "n_without_data": int(((status == "ok") & ~complete).sum()),
        "why_without_data": _why(table, known, needed, (status == "ok") & ~complete),
    }
    # Of all data sets, also those without any complete model.
    answer = f"{answer_of(table)} {not_tested(table)}".strip()
    said = {"yardstick": wording.yardstick(table), "answer": answer}
    return _with_settings(chosen.assign_attrs(said | counts))


def is_crowded(data: xr.Dataset) -> bool:
    """Whether some data set has more models than a panel can show one by one."""
    return bool(np.unique(data["dataset"].to_numpy(), return_counts=True)[1].max() > style.CROWDED)


def unit_note(data: xr.Dataset) -> str:
    """What points are, where they are drawn one by one and where they are too many for that."""
    return MEANS if is_crowded(data) else UNIT


def _why(
    table: xr.Dataset,
    known: Mapping[str, xr.Variable],
    needed: Sequence[Sequence[str]],
    missing: np.ndarray,
) -> str:
    """What the models lack, and why where the table says it."""
    if not missing.any():
        return ""
    parts = []
    for group in needed:
        has = np.any([np.isfinite(known[name].to_numpy()) for name in group], axis=0)
        if (missing & ~has).any():
            why = why_missing(table, group, missing & ~has)
            what = " or ".join(name.replace("_", " ") for name in group)
            parts.append(f"no {what}{f': {why}' if why else ''}")
    return "; ".join(parts)


def _with_settings(models: xr.Dataset) -> xr.Dataset:
    place, settings = pd.factorize(np.array(settings_in(models), dtype=object))
    counts = np.bincount(place, minlength=len(settings))
    about = {"units": "1", "long_name": "number of the setting: everything but the seeds"}
    seeds = {"units": "1", "long_name": "trained models of the setting"}
    return models.assign(setting=(MODEL, place, about), n_seeds=(MODEL, counts[place], seeds))


def survival_name(data: xr.Dataset) -> str:
    """Restricted mean survival time where every model has it, else the share of survivors."""
    return TIME if np.isfinite(data[TIME].to_numpy()).all() else SHARE
