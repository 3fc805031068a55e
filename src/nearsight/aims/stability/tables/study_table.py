"""The study table: one number with its interval per question and variant, on labelled axes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from nearsight import units
from nearsight.aims.stability.tables.case_statistics import CaseStatistics
from nearsight.aims.stability.tables.column_names import COLUMNS, FROM_REFERENCE, NUMBERS, REASONS
from nearsight.aims.stability.tables.dynamics_columns import on_table, stability_columns
from nearsight.aims.stability.tables.heating_excess import PAIRS, heating_excess
from nearsight.aims.stability.tables.response_fits import WINDOWS
from nearsight.collect.cases import STATUSES, Case
from nearsight.collect.decay.result import Decay
from nearsight.collect.intervals import NOTHING
from nearsight.collect.yardsticks import level_coordinates, levels_of_cases
from nearsight.config import AXES
from nearsight.labels import variable
from nearsight.train.evaluate import SUMMARY

ABSENT = -1
BOUNDS = ("_low", "_high")


def collect_table(cases: Sequence[Case], analyses: Mapping[str, CaseStatistics]) -> xr.Dataset:
    """The study table over ``dataset`` and the axes of variants.

    Args:
        cases: the cases of a study; failed ones keep their row.
        analyses: their statistics by case id.

    Returns:
        Dataset whose combinations that were not asked for are NaN and have status -1. Beside
        ``dataset`` stand the levels of theory of its labels and of what deviations are from.

    Raises:
        CorruptFileError: the files of a reference are of two levels of theory.
    """
    rows = [_row(case, analyses[case.id]) for case in cases]
    index = ["dataset", *AXES]
    frame = pd.DataFrame(rows).set_index(index)
    table = frame.drop(columns=["status", "reason"]).to_xarray()
    status = frame["status"].to_xarray().fillna(ABSENT).astype("int8")
    table["status"] = status
    table["status"].attrs.update(
        flag_values=np.arange(ABSENT, len(STATUSES), dtype="int8"),
        flag_meanings=" ".join(["absent", *STATUSES]),
    )
    reason = frame["reason"].to_xarray()
    table["reason"] = reason.where(reason.notnull(), "").astype(str)
    _describe(table, cases)
    names = [str(name) for name in table["dataset"].to_numpy()]
    table = table.assign_coords(level_coordinates(levels_of_cases(cases), "dataset", names))
    table.update(_shares(table, cases, analyses))
    table.update(stability_columns(table, cases))
    return table


def _row(case: Case, analysis: CaseStatistics) -> dict[str, object]:
    row: dict[str, object] = {
        "dataset": case.dataset,
        **{axis: getattr(case.variant, axis) for axis in AXES},
        "status": STATUSES.index(case.status),
        "reason": case.reason,
    }
    for name in SUMMARY:
        for column in (name, f"{name}_spread"):
            row[column] = float(case.evaluation[column]) if column in case.evaluation else np.nan
    row |= _decay_columns("relevance", analysis.relevance)
    row |= _decay_columns("response", analysis.response)
    row |= _decay_columns("relevance_contains", analysis.relevance_contains)
    row |= _decay_columns("reference", analysis.reference.decay)
    for name in WINDOWS:
        row |= _interval(f"reference_exponent_{name}", analysis.reference.parts.get(name, NOTHING))
    for name in NUMBERS:
        row |= _interval(name, analysis.numbers.get(name, NOTHING))
    for name in REASONS:
        row[f"{name}_reason"] = analysis.reasons.get(name, "")
    row["conservation_error"] = analysis.conservation_error
    row |= _stability(case.stability)
    row |= _reference_stability(case.reference_stability)
    row |= _excess(case)
    if case.card is not None:
        row["n_parameters"] = case.card.n_parameters
        row["epochs"] = case.card.epochs
        row["training_seconds"] = case.card.training_seconds
    return row


def _decay_columns(name: str, decay: Decay) -> dict[str, object]:
    return {
        **_interval(f"{name}_exponent", decay.exponent),
        **_interval(f"{name}_length", decay.length),
        f"{name}_power_law_weight": decay.fit.power_law_weight,
        f"{name}_exponential_weight": decay.fit.exponential_weight,
        f"{name}_law": decay.fit.law,
        f"{name}_fit_start": decay.fit.start,
        f"{name}_fit_end": decay.fit.end,
        f"{name}_fit_reason": decay.fit.reason,
    }


def _interval(name: str, interval: tuple[float, float, float]) -> dict[str, object]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), interval, strict=True))


def _stability(stability: xr.Dataset) -> dict[str, object]:
    """Survival at the end of the runs and every scalar of the stability file."""
    row: dict[str, object] = {
        str(name): float(column) if column.dtype.kind in "fiu" else str(column.item())
        for name, column in stability.data_vars.items()
        if column.ndim == 0
    }
    if "survival" in stability:
        row |= {f"survival{end}": float(stability[f"survival{end}"][-1]) for end in ("", *BOUNDS)}
    return row


def _reference_stability(stability: xr.Dataset) -> dict[str, object]:
    """What a referee compares with, of the reference engine's own dynamics."""
    known = _stability(stability)
    return {
        f"reference_{name}{end}": known.get(f"{name}{end}", np.nan)
        for name in FROM_REFERENCE
        for end in ("", *BOUNDS)
    }


def _excess(case: Case) -> dict[str, object]:
    """Heat beyond the reference engine's, and why there is none."""
    found = heating_excess(case.stability, case.reference_stability)
    row: dict[str, object] = {PAIRS: found.n_pairs, "heating_excess_reason": found.reason}
    for name, interval in found.columns.items():
        row |= _interval(name, interval)
    return row


def _describe(table: xr.Dataset, cases: Sequence[Case]) -> None:
    """Units and names: from the columns above, else from the file the column was taken from."""
    known = COLUMNS | NUMBERS
    known["survival"] = (units.ONE, "share of replicas not ended at the end of the runs")
    known |= {
        f"reference_{name}": (unit, f"{text}, of the reference engine")
        for name, (unit, text) in FROM_REFERENCE.items()
    }
    for case in cases:
        for name, column in case.stability.data_vars.items():
            known.setdefault(str(name), (column.attrs["units"], column.attrs["long_name"]))
    axis_units = {"cutoff": units.LENGTH, "family": "", "radial_basis": "", "dataset": ""}
    for name in table.variables:
        base = str(name)
        label = ""
        if base not in known:
            ending = next((end for end in BOUNDS if base.endswith(end)), "")
            base = base.removesuffix(ending)
            label = {"": "", "_low": "lower bound of: ", "_high": "upper bound of: "}[ending]
        plain = (axis_units.get(base, units.ONE), base.replace("_", " "))
        text_column = table[name].dtype.kind in "OUT"
        unit, long_name = known.get(base, ("", plain[1]) if text_column else plain)
        table[name].attrs.update(units=unit, long_name=label + long_name)


def _shares(
    table: xr.Dataset, cases: Sequence[Case], analyses: Mapping[str, CaseStatistics]
) -> dict[str, xr.DataArray]:
    """Shares by body order, on the axes of the table and ``n_atoms``; NaN beyond a case's own."""
    most = max(case.variant.depth for case in cases) + 1
    orders = variable("n_atoms", np.arange(1, most + 1), units.ONE, "distinct atoms on a walk")
    result = {}
    for k, ending in enumerate(("", *BOUNDS)):
        columns = {}
        for case in cases:
            padded = np.full(most, np.nan)
            values = analyses[case.id].body_order_share
            if values is not None:
                padded[: len(values)] = values[:, k]
            label = f"share of |relevance| by body order{ending}"
            share = variable("n_atoms", padded, units.ONE, label)
            columns[case.id] = xr.DataArray(share, coords={"n_atoms": orders})
        result[f"body_order_share{ending}"] = on_table(table, cases, columns)
    return result
