"""The curves behind the figures: one labelled file over all cases of a study."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.analysis import Analysis
from nearsight.collect.cases import Case
from nearsight.collect.decay import Curve
from nearsight.collect.stability_curves import stability_curves
from nearsight.config import AXES
from nearsight.labels import variable

_CASE = {
    "cutoff": (units.LENGTH, "interaction cutoff"),
    "depth": (units.ONE, "interaction blocks"),
    "features": (units.ONE, "features per atom"),
    "n_train": (units.ONE, "training frames"),
    "seed": (units.ONE, "seed"),
}


def collect_curves(
    cases: Sequence[Case], analyses: Mapping[str, Analysis], edges: np.ndarray
) -> xr.Dataset:
    """Curves of all cases over distance, body order, epoch, time of dynamics and more.

    Args:
        cases: the cases of a study.
        analyses: their statistics by case id.
        edges: (bin + 1,) Å.

    Returns:
        Dimensions ``case``, ``reference``, ``distance``, ``n_atoms``, ``epoch`` and those of
        :func:`stability_curves`; each curve with its ``_low`` and ``_high`` bounds; NaN where there
        is nothing.
    """
    found = [analyses[case.id] for case in cases]
    dataset = xr.Dataset(coords=_coordinates(cases, edges))
    for name, unit, text in (
        ("relevance", units.ENERGY, "mean magnitude of the exclusive two-body relevance"),
        ("response", units.HESSIAN, "mean norm of the Hessian block"),
    ):
        shown = [getattr(analysis, name).curve for analysis in found]
        dataset.update(_banded("case", name, shown, len(edges) - 1, unit, text))
    dataset.update(_references(cases, analyses, len(edges) - 1))
    dataset.update(_shares(cases, found))
    dataset.update(stability_curves(cases))
    dataset.update(_learning(cases))
    return dataset


def _coordinates(cases: Sequence[Case], edges: np.ndarray) -> dict[str, xr.Variable]:
    text = {name: ("", name.replace("_", " ")) for name in AXES if name not in _CASE}
    axes = {
        name: variable("case", [getattr(case.variant, name) for case in cases], unit, label)
        for name, (unit, label) in {**_CASE, **text}.items()
    }
    most = max(case.variant.depth for case in cases) + 1
    references = list(dict.fromkeys(case.dataset for case in cases))
    return {
        "case": variable("case", [case.id for case in cases], "", "data set and variant"),
        "dataset": variable("case", [case.dataset for case in cases], "", "data set"),
        "variant": variable("case", [case.variant.id for case in cases], "", "variant"),
        **axes,
        "status": variable("case", [case.status for case in cases], "", "how the case ended"),
        "reason": variable("case", [case.reason for case in cases], "", "why, when not ok"),
        "reference": variable("reference", references, "", "data set of the reference engine"),
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
    counts = [np.zeros(n_bins) if c is None else c.bins.count for c in curves]
    variables[f"{name}_count"] = variable(
        (dim, "distance"), np.stack(counts), units.ONE, f"pairs behind: {text}"
    )
    return variables


def _references(
    cases: Sequence[Case], analyses: Mapping[str, Analysis], n_bins: int
) -> dict[str, xr.Variable]:
    first = {case.dataset: analyses[case.id] for case in reversed(cases)}
    ordered = [first[name] for name in dict.fromkeys(case.dataset for case in cases)]
    text = "mean norm of the reference engine's Hessian block"
    variables = _banded(
        "reference",
        "reference_response",
        [a.reference.curve for a in ordered],
        n_bins,
        units.HESSIAN,
        text,
    )
    noise = [
        np.full(n_bins, np.nan) if a.reference_noise is None else a.reference_noise for a in ordered
    ]
    variables["reference_noise"] = variable(
        ("reference", "distance"),
        np.stack(noise),
        units.HESSIAN,
        "numerical noise of the reference",
    )
    return variables


def _shares(cases: Sequence[Case], found: Sequence[Analysis]) -> dict[str, xr.Variable]:
    most = max(case.variant.depth for case in cases) + 1
    values = np.full((len(cases), most, 3), np.nan)
    for k, analysis in enumerate(found):
        if analysis.body_order_share is not None:
            values[k, : len(analysis.body_order_share)] = analysis.body_order_share
    text = "share of the sum of |relevance| over walks"
    return {
        f"body_order_share{suffix}": variable(
            ("case", "n_atoms"), values[..., k], units.ONE, f"{label}{text}"
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
            error[k, :n_epochs] = case.history["validation_force_mae"]
            seconds[k, :n_epochs] = np.cumsum(case.history["seconds"])
    return {
        "epoch": variable("epoch", np.arange(1, longest + 1), units.ONE, "epoch"),
        "validation_force_mae": variable(
            ("case", "epoch"), error, units.MEV_PER_ANGSTROM, "validation error of forces (MAE)"
        ),
        "training_seconds": variable(
            ("case", "epoch"), seconds, units.SECOND, "wall time of training up to the epoch"
        ),
    }
