"""How a property is put together from atoms: relevance against size, and shares of the top atoms.

Question Q2 of the study: an extensive property is a sum over all atoms, an intensive one may hang
on a few. Relevance of an atom is that of all walks that start there.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.csv import SERIES
from nearsight.collect.elements import element_strength
from nearsight.collect.intervals import bootstrap_weights, mean_interval, student_interval
from nearsight.collect.models import MODEL, model_coordinates
from nearsight.collect.results import Results
from nearsight.config import TARGETS, Statistics, Study, Variant
from nearsight.labels import banded, variable
from nearsight.progress import progress_bar

TOP = 10
"""Numbers of atoms whose share is told."""


def collect_pooling(study: Study, folder: Path) -> xr.Dataset:
    """Pooling of every variant on every data set.

    Args:
        study: the study.
        folder: of its results.

    Returns:
        Along ``model``: test error ``mae`` in its ``error_unit``, ``size_exponent`` p of
        sum_i |R_i| ~ N^p over structures; over ``top`` the ``top_share`` of the k atoms of largest
        |R_i| and the ``even_share`` k/N; over ``structure`` their ``n_atoms``, ``output`` and
        ``absolute`` sum_i |R_i|; over ``carbon`` the same of unbranched alkanes; over ``element``
        the strength of elements. Bounds over structures. Models that failed or are
        stale are NaN, with their ``status`` and ``reason``.
    """
    results = Results(study, folder)
    cases = study.cases()
    parts = [
        _model(f"{dataset}/{variant.id}", variant, results, study.statistics)
        for dataset, variant in progress_bar(cases, desc="pooling", unit="variant")
    ]
    joined = xr.concat(
        parts, MODEL, join="outer", data_vars="all", coords="all", combine_attrs="override"
    )
    for name in ("top", "structure", "carbon"):
        joined = joined.assign_coords(
            {name: variable(name, joined[name], units.ONE, _LABELS[name])}
        )
    if "element" in joined.coords:
        names = joined["element"].astype(str).to_numpy()
        joined = joined.assign_coords(element=variable("element", names, "", "element"))
    for name in ("structure", "carbon"):
        joined[name].attrs[SERIES] = 1
    standings = [_standing(f"{dataset}/{variant.id}", results) for dataset, variant in cases]
    return joined.drop_attrs(deep=False).assign_coords(model_coordinates(cases, standings))


_LABELS = {
    "top": "atoms of largest |relevance|",
    "structure": "number of the structure",
    "carbon": "carbon atoms of the alkane",
}


_FILES = {"evaluation": "evaluation.nc", "relevance": "relevance.nc", "alkanes": "alkanes.nc"}


def _standing(home: str, results: Results) -> tuple[str, str]:
    """Status and reason of a model; one without alkanes is none the worse for it."""
    status, reason = results.standing(home, ["evaluation.nc", "relevance.nc"])
    stale = "" if reason else results.why_stale(home, ["alkanes.nc"])
    return ("stale", stale) if stale else (status, reason)


def _model(home: str, variant: Variant, results: Results, settings: Statistics) -> xr.Dataset:
    """What is told of one model.

    Args:
        home: its folder within the study's.
        variant: what it is.
        results: the files of the study.
        settings: level of the intervals, bootstrap.
    """
    files = results.read(home, _FILES)
    relevance, evaluation = files["relevance"], files["evaluation"]
    about = TARGETS[variant.target]
    labels = {
        "unit": (about.unit, "unit of output and relevance"),
        "error_unit": (about.error_unit, "unit of the test error"),
    }
    result = xr.Dataset(
        coords={name: variable((), value, "", text) for name, (value, text) in labels.items()}
    )
    mae = evaluation.get(f"{variant.target}_mae")
    text = "mean absolute test error, in error_unit"
    result["mae"] = variable((), np.nan if mae is None else float(mae), units.ONE, text)
    # Every model has all dimensions, so that those that failed can stand beside the others.
    result.update(_of_structures(relevance, settings))
    result.update(_of_alkanes(files["alkanes"]))
    result.update(element_strength(relevance, settings))
    if "element" not in result.coords:
        result = result.assign_coords(element=np.empty(0, dtype=object))
    return result


def _of_structures(relevance: xr.Dataset, settings: Statistics) -> xr.Dataset:
    sums, counts, shares = _by_structure(relevance)
    n = len(sums)
    exponent = _exponent(counts, sums, settings)
    top = np.arange(1, TOP + 1)
    even = np.minimum(top, counts[:, None]) / np.maximum(counts[:, None], 1)
    bands = [mean_interval(column, confidence=settings.confidence, least=0) for column in shares.T]
    result = xr.Dataset(coords={"top": top, "structure": np.arange(n)})
    result.update(
        banded("size_exponent", exponent, units.ONE, "exponent p of sum of |relevance| ~ atoms^p")
    )
    columns = np.array(bands).T if n else np.full((3, TOP), np.nan)
    text = "share of the atoms of largest |relevance|, mean over structures"
    result.update(banded("top_share", columns, units.ONE, text, "top"))
    result["even_share"] = variable(
        "top",
        even.mean(axis=0) if n else np.full(TOP, np.nan),
        units.ONE,
        "share if all were alike",
    )
    output = relevance["output"].to_numpy() if n else np.empty(0)
    for name, values, label in (
        ("n_atoms", counts.astype(float), "atoms of the structure"),
        ("absolute", sums, "sum of |relevance| of atoms, in unit"),
        ("output", output, "output of the network without offsets, in unit"),
    ):
        result[name] = variable("structure", values, units.ONE, label)
    return result


def _of_alkanes(relevance: xr.Dataset) -> xr.Dataset:
    sums, counts, shares = _by_structure(relevance)
    # C_n H_2n+2 has 3 n + 2 atoms.
    result = xr.Dataset(coords={"carbon": ((counts - 2) // 3).astype(int)})
    output = relevance["output"].to_numpy() if len(sums) else np.empty(0)
    offset = relevance["offset"].to_numpy() if len(sums) else np.empty(0)
    slope = (
        float(_slope(np.log(counts), np.log(sums))(np.ones((1, len(sums))))[0])
        if (len(sums) > 2)
        else np.nan
    )
    text = "exponent p of sum of |relevance| ~ atoms^p along the alkanes"
    result["alkane_size_exponent"] = variable((), slope, units.ONE, text)
    for name, values, label in (
        ("alkane_absolute", sums, "sum of |relevance| of atoms, in unit"),
        ("alkane_output", output, "output of the network without offsets, in unit"),
        ("alkane_value", output + offset, "predicted value, in unit"),
        (
            "alkane_top_share",
            shares[:, 2] if len(sums) else np.empty(0),
            "share of the top 3 atoms",
        ),
    ):
        result[name] = variable("carbon", values, units.ONE, label)
    return result


def _by_structure(relevance: xr.Dataset) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(structure,) sums of |R_i|, (structure,) atoms, (structure, top) shares of the top atoms."""
    if "site_relevance_start" not in relevance:
        return np.empty(0), np.empty(0), np.empty((0, TOP))
    owner = relevance.variables["site_structure"].values
    size = np.abs(relevance["site_relevance_start"].to_numpy())
    found = [np.sort(size[owner == k])[::-1] for k in range(int(owner.max()) + 1)]
    sums = np.array([values.sum() for values in found])
    shares = np.array(
        [[values[:k].sum() / values.sum() for k in range(1, TOP + 1)] for values in found]
    )
    return sums, np.array([len(values) for values in found]), shares


def _exponent(
    counts: np.ndarray, sums: np.ndarray, settings: Statistics
) -> tuple[float, float, float]:
    """Slope of log sum against log size, with bounds over structures."""
    usable = sums > 0
    x, y = np.log(counts[usable]), np.log(sums[usable])
    if len(x) < 3 or np.ptp(x) == 0:
        return np.nan, np.nan, np.nan
    weights = bootstrap_weights(len(x), settings.n_bootstrap, settings.seed)
    slope = _slope(x, y)
    with np.errstate(invalid="ignore", divide="ignore"):
        samples = slope(weights)
    value = float(slope(np.ones((1, len(x))))[0])
    return student_interval(value, samples, len(x), settings.confidence)


def _slope(x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    def of(weights: np.ndarray) -> np.ndarray:
        share = weights / weights.sum(axis=1, keepdims=True)
        mean_x, mean_y = share @ x, share @ y
        slope: np.ndarray = (share @ (x * y) - mean_x * mean_y) / (share @ x**2 - mean_x**2)
        return slope

    return of
