"""Hazards of replicas by force error and decay: a table of its own, a row per covariate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from nearsight import units
from nearsight.aims.stability.association import cox
from nearsight.aims.stability.association.descriptors import ERROR, EVERY, LISTED, OUTCOMES
from nearsight.aims.stability.association.design import model_rows, part_of
from nearsight.aims.stability.association.study_parts import parts_of, whole
from nearsight.collect.intervals import NOTHING, Interval
from nearsight.collect.models import MODEL
from nearsight.collect.yardsticks import level_coordinates, levels_of_table, together
from nearsight.config import Question, Statistics
from nearsight.labels import banded, variable
from nearsight.progress import progress_bar

FEWEST_EVENTS = 10
"""Ends below which no hazard is fitted: five per covariate at the least."""
FEWEST_SETTINGS = 5
"""Settings below which two covariates cannot be told apart."""


@dataclass(frozen=True)
class Hazards:
    """A fit. Value, lower and upper bound; NaN with a reason where there is none.

    Attributes:
        ratio: hazard ratio per standard deviation of a covariate, by its name.
        p_value: by permutation of settings, by its name.
        concordance: of the order of ends with the fitted risk.
        concordance_null: its mean and central 95 % where settings lend each other covariates.
        n_models, n_settings, n_events: behind it.
        reason: why there is no fit; empty if there is one.
    """

    ratio: dict[str, Interval] = field(default_factory=dict)
    p_value: dict[str, float] = field(default_factory=dict)
    concordance: float = np.nan
    concordance_null: Interval = NOTHING
    n_models: int = 0
    n_settings: int = 0
    n_events: int = 0
    reason: str = ""


def fit_hazards(replicas: pd.DataFrame, covariates: list[str], settings: Statistics) -> Hazards:
    """Fit ends of replicas to covariates, a baseline per data set and family.

    Args:
        replicas: a row per replica with ``time`` (ps), ``ended`` (0 or 1), ``model``, ``setting``,
            ``dataset``, ``family`` and the covariates, which are standardised within each.
        covariates: their names; the force error first.
        settings: level of intervals, permutations, seed.
    """
    known = replicas.dropna(subset=[*covariates, "time"])
    counts = {
        "n_models": known["model"].nunique(),
        "n_settings": known["setting"].nunique(),
        "n_events": int(known["ended"].sum()),
    }
    reason = _too_few(counts)
    if reason:
        return Hazards(**counts, reason=reason)
    frame = _standardised(known, covariates)
    order = cox.all_orders(frame, settings.n_permutations, settings.seed)
    try:
        drawn = cox.concordance_under_null(
            frame, covariates, settings.n_bootstrap // 10, settings.seed
        )
        return Hazards(
            ratio=cox.ratio_intervals(frame, covariates, settings.confidence),
            p_value={
                name: cox.permutation_p(frame, name, other, order)
                for name, other in (covariates, covariates[::-1])
            },
            concordance=float(cox.fit(frame, covariates).concordance_index_),
            concordance_null=_centre(drawn, settings.confidence),
            **counts,
        )
    except cox.NoFitError as error:
        return Hazards(**counts, reason=f"the fit does not converge: {error}")


def hazards(
    curves: xr.Dataset, table: xr.Dataset, question: Question, settings: Statistics
) -> xr.Dataset:
    """Hazards on every data set, and on all together where there are several.

    Args:
        curves: the study's, with ``replica_time`` and ``replica_ended``.
        table: the study table.
        question: its descriptor stands beside the force error; the first one listed without.
        settings: level of intervals, permutations, seed.

    Returns:
        A row per data set and covariate.
    """
    rows = model_rows(table)
    covariates = covariates_of(question)
    parts = parts_of(table)
    names = list(dict.fromkeys(part.dataset for part in parts))
    progress = progress_bar(names, desc="hazards", unit="data set")
    found = {
        name: fit_hazards(_replicas(curves, part_of(rows, name), covariates), covariates, settings)
        for name in progress
    }
    levels = levels_of_table(table)
    result = _table(found, covariates)
    along = level_coordinates(
        {EVERY: together(levels), **levels}, "test", [str(v) for v in result["dataset"].to_numpy()]
    )
    family = [whole(parts, str(name)).family for name in result["dataset"].to_numpy()]
    return result.assign({"family": variable("test", family, "", "family"), **along})


def covariates_of(question: Question) -> list[str]:
    """The force error and the descriptor of the question, where that is one of the networks."""
    first = next(iter(LISTED))
    asked = question.descriptor
    return [ERROR, first if asked in ("none", ERROR, *OUTCOMES) else asked]


def _too_few(counts: Mapping[str, int]) -> str:
    if counts["n_events"] < FEWEST_EVENTS:
        return f"{counts['n_events']} replicas ended, {FEWEST_EVENTS} are needed"
    if counts["n_settings"] < FEWEST_SETTINGS:
        return f"{counts['n_settings']} settings, {FEWEST_SETTINGS} are needed"
    return ""


def _standardised(replicas: pd.DataFrame, covariates: list[str]) -> pd.DataFrame:
    """Covariates of the models of each stratum with mean 0 and deviation 1."""
    frame = replicas[["time", "ended", "model", "setting", *cox.STRATA, *covariates]].copy()
    models = frame.drop_duplicates("model").groupby(cox.STRATA)[covariates]
    mean, spread = models.mean(), models.std(ddof=0).replace(0.0, 1.0)
    place = pd.MultiIndex.from_frame(frame[cox.STRATA])
    for name in covariates:
        middle, width = (part[name].reindex(place).to_numpy() for part in (mean, spread))
        frame[name] = (frame[name] - middle) / width
    return frame


def _centre(drawn: np.ndarray, confidence: float) -> Interval:
    if not len(drawn):
        return NOTHING
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(drawn.mean()), float(low), float(high)


def _replicas(curves: xr.Dataset, rows: pd.DataFrame, covariates: list[str]) -> pd.DataFrame:
    """A row for each replica of some models, with what the hazard may hang on."""
    named = {"replica_time": "time", "replica_ended": "ended"}
    columns = [MODEL, *named.values(), "setting", *cox.STRATA, *covariates]
    if not set(named) <= set(curves.variables) or not len(rows):
        return pd.DataFrame({name: [] for name in columns})
    ended = curves[list(named)].reset_coords(drop=True).to_dataframe().reset_index()
    known = ended.rename(columns=named).dropna(subset=["time"])
    return known.merge(rows[[MODEL, "setting", *cox.STRATA, *covariates]], on=MODEL, how="inner")


def _table(found: Mapping[str, Hazards], covariates: list[str]) -> xr.Dataset:
    rows = [(name, one, covariate) for name, one in found.items() for covariate in covariates]
    one = units.ONE
    text = {
        "dataset": ([name for name, _, _ in rows], "data set"),
        "covariate": ([covariate for _, _, covariate in rows], "covariate of the hazard"),
        "reason": ([fit.reason for _, fit, _ in rows], "why there is no fit"),
    }
    numbers = {
        "p_value": ([fit.p_value.get(c, np.nan) for _, fit, c in rows],
                    "p-value by permutation of whole settings, given the other covariate"),
        "concordance": ([fit.concordance for _, fit, _ in rows],
                        "concordance of the order of ends with the fitted risk"),
        "n_models": ([fit.n_models for _, fit, _ in rows], "trained models"),
        "n_settings": ([fit.n_settings for _, fit, _ in rows], "settings among them"),
        "n_events": ([fit.n_events for _, fit, _ in rows], "replicas that ended"),
    }  # fmt: skip
    ratio = np.array([fit.ratio.get(c, NOTHING) for _, fit, c in rows]).T
    null = np.array([fit.concordance_null for _, fit, _ in rows]).T
    return xr.Dataset(
        {
            **{k: variable("test", v, "", what) for k, (v, what) in text.items()},
            **banded("hazard_ratio", ratio, one, "hazard ratio of an end per standard deviation",
                     "test"),
            **banded("concordance_null", null, one,
                     "mean concordance where settings lend each other covariates", "test"),
            **{k: variable("test", v, one, what) for k, (v, what) in numbers.items()},
        },
        coords={"test": variable("test", np.arange(len(rows)), one, "number of the row")},
    )  # fmt: skip
