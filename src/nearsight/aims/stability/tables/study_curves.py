"""The curves behind the figures: one labelled file over all cases of a study."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.aims.stability.tables.case_statistics import CaseStatistics
from nearsight.aims.stability.tables.dynamics_curves import stability_curves
from nearsight.aims.stability.tables.fit_marks import decay_curves
from nearsight.aims.stability.tables.force_parity import with_parity
from nearsight.aims.stability.tables.prescribed_decays import reference_curves
from nearsight.collect.cases import Case, coordinates_of, most_atoms
from nearsight.collect.decay.bins import QUANTILES
from nearsight.collect.decay.curve import Curve
from nearsight.collect.models import MODEL
from nearsight.collect.yardsticks import level_coordinates, levels_of_cases
from nearsight.config import Statistics
from nearsight.labels import variable


def collect_curves(
    cases: Sequence[Case],
    analyses: Mapping[str, CaseStatistics],
    edges: np.ndarray,
    settings: Statistics,
) -> xr.Dataset:
    """Curves of all cases over distance, body order, range, epoch, time of dynamics and more.

    Args:
        cases: the cases of a study.
        analyses: their statistics by case id.
        edges: (bin + 1,) Å.
        settings: windows and intervals of the reference curves.

    Returns:
        Dimensions ``model``, ``reference``, ``distance``, ``n_atoms``, ``epoch``, those of
        ``CaseStatistics.curves`` and of :func:`stability_curves`; each curve with its ``_low`` and
        ``_high`` bounds, those over distance also with median and 10 and 90 % quantiles over
        pairs; NaN where there is nothing.
    """
    found = [analyses[case.id] for case in cases]
    dataset = xr.Dataset(coords=_coordinates(cases, edges))
    for name, unit, text in (
        ("relevance", units.ENERGY, "mean magnitude of the exclusive two-body relevance"),
        (
            "relevance_contains",
            units.ENERGY,
            "mean magnitude of the relevance of walks that visit both atoms",
        ),
        ("response", units.HESSIAN, "mean norm of the Hessian block"),
    ):
        shown = [getattr(analysis, name).curve for analysis in found]
        dataset.update(_banded(MODEL, name, shown, len(edges) - 1, unit, text))
    dataset.update(_references(cases, analyses, len(edges) - 1))
    dataset.update(decay_curves(cases, analyses, edges, settings))
    dataset.update(reference_curves(cases, edges, settings))
    dataset.update(_shares(cases, found))
    dataset = dataset.merge(_further(dataset, found), join="outer")
    dataset.update(stability_curves(cases))
    dataset["own_choice"] = variable(
        MODEL,
        [str(case.faithfulness.attrs.get("own_choice", "")) for case in cases],
        "",
        "rule and vectors of the study's own relevance; empty where it was not tested",
    )
    dataset.update(_learning(cases))
    return with_parity(dataset, cases)


def _coordinates(cases: Sequence[Case], edges: np.ndarray) -> dict[str, xr.Variable]:
    most = most_atoms(cases)
    references = list(dict.fromkeys(case.dataset for case in cases))
    return {
        **coordinates_of(cases),
        "reference": variable("reference", references, "", "data set of the reference engine"),
        **level_coordinates(levels_of_cases(cases), "reference", references),
        "distance": variable(
            "distance", (edges[1:] + edges[:-1]) / 2, units.LENGTH, "centre of the distance bin"
        ),
        "n_atoms": variable(
            "n_atoms", np.arange(1, most + 1), units.ONE, "number of distinct atoms on a walk"
        ),
    }


def _banded(
    dim: str, name: str, curves: Sequence[Curve | None], n_bins: int, unit: str, text: str
) -> dict[str, xr.Variable]:
    nothing = np.full(n_bins, np.nan)
    parts = {
        name: [nothing if c is None else c.mean for c in curves],
        f"{name}_low": [nothing if c is None else c.low for c in curves],
        f"{name}_high": [nothing if c is None else c.high for c in curves],
    }
    labels = dict(
        zip(parts, (text, f"lower bound of: {text}", f"upper bound of: {text}"), strict=True)
    )
    variables = {
        key: variable((dim, "distance"), np.stack(values), unit, labels[key])
        for key, values in parts.items()
    }
    for k, end in enumerate(("q10", "median", "q90")):
        values = [nothing if c is None else c.bins.quantiles[k] for c in curves]
        label = f"{100 * QUANTILES[k]:g} % quantile over pairs behind: {text}"
        variables[f"{name}_{end}"] = variable((dim, "distance"), np.stack(values), unit, label)
    counts = [np.zeros(n_bins) if c is None else c.bins.count for c in curves]
    variables[f"{name}_count"] = variable(
        (dim, "distance"), np.stack(counts), units.ONE, f"pairs behind: {text}"
    )
    return variables


def _further(dataset: xr.Dataset, found: Sequence[CaseStatistics]) -> xr.Dataset:
    """Curves with dimensions of their own, along ``model``; NaN where a case has none."""
    labels = dataset[MODEL].variable
    parts = [_with_free_labels(analysis.curves) for analysis in found]
    if not any(len(part.data_vars) for part in parts):
        return xr.Dataset()
    joined = xr.concat(
        parts, MODEL, data_vars="all", coords="minimal", join="outer", combine_attrs="override"
    )
    known: dict[str, dict[str, object]] = {}
    for part in parts:
        for name, values in part.variables.items():
            known.setdefault(str(name), dict(values.attrs))
    for name in list(joined.coords):
        if joined[name].dtype == object:
            joined = joined.assign_coords({name: joined[name].astype(str)})
    for name, values in joined.variables.items():
        values.attrs = known.get(str(name), values.attrs)
    return joined.assign_coords({MODEL: labels}).drop_vars("distance", errors="ignore")


def _with_free_labels(part: xr.Dataset) -> xr.Dataset:
    """The same with text as objects: joining labels of fixed width cuts the longer ones off."""
    labels = {
        name: (name, values.to_numpy().astype(object), values.attrs)
        for name, values in part.coords.items()
        if values.dtype.kind == "U" and values.dims == (name,)
    }
    return part.assign_coords(labels)


def _references(
    cases: Sequence[Case], analyses: Mapping[str, CaseStatistics], n_bins: int
) -> dict[str, xr.Variable]:
    first = {case.dataset: analyses[case.id] for case in reversed(cases)}
    ordered = [first[name] for name in dict.fromkeys(case.dataset for case in cases)]
    text = "mean norm of the reference engine's Hessian block"
    variables = _banded(
        "reference",
        "reference_response",
        [a.reference.decay.curve for a in ordered],
        n_bins,
        units.HESSIAN,
        text,
    )
    noise = [
        np.full(n_bins, np.nan) if a.reference.noise is None else a.reference.noise.mean
        for a in ordered
    ]
    variables["reference_noise"] = variable(
        ("reference", "distance"),
        np.stack(noise),
        units.HESSIAN,
        "numerical noise of the reference",
    )
    return variables


def _shares(cases: Sequence[Case], found: Sequence[CaseStatistics]) -> dict[str, xr.Variable]:
    most = most_atoms(cases)
    values = np.full((len(cases), most, 3), np.nan)
    for k, analysis in enumerate(found):
        if analysis.body_order_share is not None:
            values[k, : len(analysis.body_order_share)] = analysis.body_order_share
    text = "share of the sum of |relevance| over walks"
    return {
        f"body_order_share{suffix}": variable(
            (MODEL, "n_atoms"), values[..., k], units.ONE, f"{label}{text}"
        )
        for k, (suffix, label) in enumerate(_BOUNDS)
    }


_BOUNDS = (("", ""), ("_low", "lower bound of: "), ("_high", "upper bound of: "))


def _learning(cases: Sequence[Case]) -> dict[str, xr.Variable]:
    longest = max([case.history.sizes.get("epoch", 0) for case in cases] + [1])
    error = np.full((len(cases), longest), np.nan)
    seconds = np.full((len(cases), longest), np.nan)
    for k, case in enumerate(cases):
        if case.history.sizes.get("epoch", 0):
            n_epochs = case.history.sizes["epoch"]
            if "validation_force_mae" in case.history:
                error[k, :n_epochs] = case.history["validation_force_mae"]
            seconds[k, :n_epochs] = np.cumsum(case.history["seconds"])
    return {
        "epoch": variable("epoch", np.arange(1, longest + 1), units.ONE, "epoch"),
        "validation_force_mae": variable(
            (MODEL, "epoch"), error, units.MEV_PER_ANGSTROM, "validation error of forces (MAE)"
        ),
        "training_seconds": variable(
            (MODEL, "epoch"), seconds, units.SECOND, "wall time of training up to the epoch"
        ),
    }
