"""The table of association: every pre-listed descriptor against survival, over trained models."""

from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from nearsight import units
from nearsight.collect.association.correlation import (
    FEWEST,
    Sample,
    partial_rho,
    permutation_p,
    pigeonhole_interval,
    rho,
)
from nearsight.collect.association.cox import COVARIATES, Hazards, fit_hazards
from nearsight.collect.association.descriptors import DESCRIPTORS, ERROR, EVERY, SURVIVAL
from nearsight.collect.association.holm import holm
from nearsight.collect.association.models import model_rows, part_of
from nearsight.collect.association.power import detectable_rho, models_needed
from nearsight.collect.association.verdict import verdict
from nearsight.collect.yardsticks import level_coordinates, levels_of_table, together
from nearsight.config import AXES, Statistics
from nearsight.labels import banded, variable
from nearsight.progress import progress_bar

Found = dict[str, float]
DIMS = ("dataset", "architecture", "descriptor")
NAMES = (*DESCRIPTORS, ERROR)
_TEXT = {
    "rho": "Spearman's correlation with the restricted mean survival time, ranks within data sets",
    "partial_rho": "the same given the force error",
    "p_value": "permutation p-value",
    "partial_p_value": "permutation p-value given the force error",
    "p_holm": "p-value corrected for the number of descriptors (Holm)",
    "n_models": "trained models",
    "n_settings": "settings among them: everything but the seed",
    "n_seeds": "seeds among them",
    "detectable_rho": "smallest |rho| that so many models show with 80 % power",
}


def associate(curves: xr.Dataset, table: xr.Dataset, settings: Statistics) -> xr.Dataset:
    """Correlate descriptors with survival, and fit hazards of replicas.

    Args:
        curves: the study's, with ``replica_time`` and ``replica_ended``.
        table: the study table.
        settings: level of intervals, number of resamples and permutations, seed.

    Returns:
        Over ``dataset`` (each and all), ``architecture`` (each and all) and ``descriptor``: ``rho``
        and ``partial_rho`` with bounds, ``p_value``, ``p_holm``, ``n_models``,
        ``detectable_rho``, ``verdict``. Over ``dataset`` and ``covariate``:
        ``cox_hazard_ratio`` with bounds, ``cox_p_value``; over ``dataset``: ``concordance``.
    """
    rows = model_rows(table)
    datasets = [EVERY, *table["dataset"].to_numpy().astype(str)]
    architectures = [EVERY, *table["architecture"].to_numpy().astype(str)]
    places = [(d, a) for d in datasets for a in architectures]
    progress = progress_bar(places, desc="association", unit="part")
    found = {place: _of_part(part_of(rows, *place), settings) for place in progress}
    shape = len(datasets), len(architectures), len(NAMES)

    def column(name: str) -> np.ndarray:
        values = [found[place][k].get(name, np.nan) for place in places for k in range(len(NAMES))]
        return np.reshape(values, shape)

    plain = {
        name: variable(DIMS, column(name), units.ONE, text)
        for name, text in _TEXT.items()
        if not name.endswith("rho") or name == "detectable_rho"
    }
    for name in ("rho", "partial_rho"):
        band = [column(f"{name}{end}") for end in ("", "_low", "_high")]
        plain |= banded(name, band, units.ONE, _TEXT[name], DIMS)
    words = [_words(found[place][k]) for place in places for k in range(len(NAMES))]
    plain["verdict"] = variable(DIMS, np.reshape(words, shape), "", "what this allows to be said")
    levels = levels_of_table(table)
    levels = {EVERY: together(levels), **levels}
    coords = {
        "dataset": variable("dataset", datasets, "", "data set"),
        **level_coordinates(levels, "dataset", datasets),
        "architecture": variable("architecture", architectures, "", "architecture"),
        "descriptor": variable("descriptor", list(NAMES), "", "descriptor of a model"),
    }
    hazards = {name: _hazards(curves, part_of(rows, name, EVERY), settings) for name in datasets}
    return xr.Dataset(
        {**plain, **_cox_columns(hazards)},
        coords,
        attrs={"models_needed_for_rho_0_6": models_needed(0.6), "survival": SURVIVAL},
    )


def _of_part(rows: pd.DataFrame, settings: Statistics) -> list[Found]:
    """Every descriptor over some models, corrected for their number."""
    found = [_of_descriptor(rows, name, settings) for name in NAMES]
    family = np.array([one["p_value"] for one in found[: len(DESCRIPTORS)]])
    for one, corrected in zip(found, holm(family), strict=False):
        one["p_holm"] = float(corrected)
    return found


def _of_descriptor(rows: pd.DataFrame, name: str, settings: Statistics) -> Found:
    known = rows.dropna(subset=[name, SURVIVAL, ERROR])
    counts = {
        "n_models": float(len(known)),
        "n_settings": float(known["setting"].nunique()) if len(known) else 0.0,
        "n_seeds": float(known["seed"].nunique()) if len(known) else 0.0,
        "detectable_rho": detectable_rho(len(known)),
        "p_value": np.nan,
    }
    if len(known) < FEWEST:
        return counts
    sample = _sample(known, name)
    interval = partial(
        pigeonhole_interval,
        sample,
        confidence=settings.confidence,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
    )
    draws = {"n_permutations": settings.n_permutations, "seed": settings.seed}
    result = {"rho": rho(sample), "p_value": permutation_p(sample, partial=False, **draws)}
    result["rho_low"], result["rho_high"] = interval(rho)
    if name != ERROR:
        result["partial_rho"] = partial_rho(sample)
        result["partial_p_value"] = permutation_p(sample, partial=True, **draws)
        low, high = interval(partial_rho)
        result["partial_rho_low"], result["partial_rho_high"] = low, high
    return counts | result


def _sample(rows: pd.DataFrame, name: str) -> Sample:
    def codes(column: str) -> np.ndarray:
        return pd.factorize(rows[column])[0]

    return Sample(
        x=rows[name].to_numpy(float),
        y=rows[SURVIVAL].to_numpy(float),
        given=rows[ERROR].to_numpy(float),
        stratum=codes("dataset"),
        setting=codes("setting"),
        seed=codes("seed"),
    )


def _words(found: Found) -> str:
    nan = np.nan
    p_value = found.get("p_holm", found["p_value"])
    return verdict(
        found.get("rho", nan),
        found.get("rho_low", nan),
        found.get("rho_high", nan),
        p_value,
        found.get("partial_rho", nan),
        found.get("partial_p_value", nan),
        int(found["n_models"]),
        found["detectable_rho"],
    )


def _hazards(curves: xr.Dataset, rows: pd.DataFrame, settings: Statistics) -> Hazards:
    if "replica_time" not in curves or not len(rows):
        return Hazards(reason="no dynamics")
    ended = curves[["replica_time", "replica_ended"]].to_dataframe().reset_index()
    ended = ended.rename(
        columns={"replica_time": "time", "replica_ended": "ended", "case": "model"}
    )
    keys = ["dataset", *AXES]
    merged = ended.dropna(subset=["time"]).merge(rows[[*keys, *COVARIATES]], on=keys, how="inner")
    return fit_hazards(
        merged,
        confidence=settings.confidence,
        n_bootstrap=settings.n_bootstrap,
        seed=settings.seed,
    )


def _cox_columns(hazards: dict[str, Hazards]) -> dict[str, xr.Variable]:
    nothing = (np.nan, np.nan, np.nan)
    every = list(hazards.values())
    ratio = np.array([[one.ratio.get(name, nothing) for name in COVARIATES] for one in every])
    p_value = [[one.p_value.get(name, np.nan) for name in COVARIATES] for one in every]
    concordance = np.array([one.concordance for one in every]).T
    dims = ("dataset", "covariate")
    text = "hazard ratio of an end per standard deviation, errors clustered by model"
    return {
        "covariate": variable("covariate", list(COVARIATES), "", "covariate of the hazard"),
        **banded("cox_hazard_ratio", ratio.transpose(2, 0, 1), units.ONE, text, dims),
        "cox_p_value": variable(dims, p_value, units.ONE, "p-value of the hazard ratio"),
        **banded(
            "concordance", concordance, units.ONE, "concordance of ends with the risk", "dataset"
        ),
        "cox_n_models": variable("dataset", [h.n_models for h in every], units.ONE, "models"),
        "cox_n_events": variable("dataset", [h.n_events for h in every], units.ONE, "ends"),
        "cox_reason": variable("dataset", [h.reason for h in every], "", "why there is no fit"),
    }
