"""The study table: one number with its interval per question and model, on a list of models."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.aims.stability.tables.case_statistics import CaseStatistics
from nearsight.aims.stability.tables.column_names import COLUMNS, FROM_REFERENCE, NUMBERS, REASONS
from nearsight.aims.stability.tables.dynamics_columns import dynamics_columns
from nearsight.aims.stability.tables.heating_excess import PAIRS, heating_excess
from nearsight.aims.stability.tables.response_fits import WINDOWS
from nearsight.collect.cases import Case, coordinates_of, most_atoms
from nearsight.collect.decay.result import Decay
from nearsight.collect.intervals import NOTHING
from nearsight.collect.models import MODEL
from nearsight.collect.yardsticks import level_coordinates, levels_of_cases
from nearsight.labels import variable
from nearsight.train.evaluate import SUMMARY

BOUNDS = {"": "", "_low": "lower bound of: ", "_high": "upper bound of: "}


def collect_table(cases: Sequence[Case], analyses: Mapping[str, CaseStatistics]) -> xr.Dataset:
    """The study table.

    Args:
        cases: the cases of a study; failed ones keep their row.
        analyses: their statistics by case id.

    Returns:
        Along ``model``, with the axes, status and reason as coordinates; NaN, or empty text, where
        a model has no such number. Beside them stand the level of theory of the labels of its data
        set and that of what deviations are from.

    Raises:
        CorruptFileError: the files of a reference are of two levels of theory.
    """
    coords = coordinates_of(cases)
    levels = level_coordinates(levels_of_cases(cases), MODEL, [case.dataset for case in cases])
    table = xr.Dataset(coords={**coords, **levels})
    rows = [_row(case, analyses[case.id]) for case in cases]
    known = _descriptions(cases)
    for name in dict.fromkeys(name for row in rows for name in row):
        table[name] = _column(name, [row.get(name) for row in rows], known)
    table.update(_shares(cases, analyses, coords))
    table.update(dynamics_columns(cases, coords))
    return table


def _column(
    name: str, values: Sequence[object], known: Mapping[str, tuple[str, str]]
) -> xr.Variable:
    """One column, with unit and name from those of its value where it is a bound."""
    is_text = any(isinstance(value, str) for value in values)
    filled = [("" if is_text else np.nan) if value is None else value for value in values]
    end = next((end for end in ("_low", "_high") if name not in known and name.endswith(end)), "")
    base = name.removesuffix(end)
    unit, text = known.get(base, ("" if is_text else units.ONE, base.replace("_", " ")))
    return variable(MODEL, filled, unit, BOUNDS[end] + text)


def _row(case: Case, analysis: CaseStatistics) -> dict[str, object]:
    row: dict[str, object] = {}
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
    return dict(zip((f"{name}{end}" for end in BOUNDS), interval, strict=True))


def _stability(stability: xr.Dataset) -> dict[str, object]:
    """Survival at the end of the runs and every scalar of the stability file."""
    row: dict[str, object] = {
        str(name): float(column) if column.dtype.kind in "fiu" else str(column.item())
        for name, column in stability.data_vars.items()
        if column.ndim == 0
    }
    if "survival" in stability:
        row |= {f"survival{end}": float(stability[f"survival{end}"][-1]) for end in BOUNDS}
    return row


def _reference_stability(stability: xr.Dataset) -> dict[str, object]:
    """What a referee compares with, of the reference engine's own dynamics."""
    known = _stability(stability)
    return {
        f"reference_{name}{end}": known.get(f"{name}{end}", np.nan)
        for name in FROM_REFERENCE
        for end in BOUNDS
    }


def _excess(case: Case) -> dict[str, object]:
    """Heat beyond the reference engine's, and why there is none."""
    found = heating_excess(case.stability, case.reference_stability)
    row: dict[str, object] = {PAIRS: found.n_pairs, "heating_excess_reason": found.reason}
    for name, interval in found.columns.items():
        row |= _interval(name, interval)
    return row


def _descriptions(cases: Sequence[Case]) -> dict[str, tuple[str, str]]:
    """Unit and name by column: as listed, else as in the file that the column is taken from."""
    known = COLUMNS | NUMBERS
    known["survival"] = (units.ONE, "share of replicas not ended at the end of the runs")
    known |= {
        f"reference_{name}": (unit, f"{text}, of the reference engine")
        for name, (unit, text) in FROM_REFERENCE.items()
    }
    for case in cases:
        for name, column in case.stability.data_vars.items():
            known.setdefault(str(name), (column.attrs["units"], column.attrs["long_name"]))
    return known


def _shares(
    cases: Sequence[Case],
    analyses: Mapping[str, CaseStatistics],
    coords: dict[str, xr.Variable],
) -> dict[str, xr.DataArray]:
    """Shares by body order, along ``model`` and ``n_atoms``; NaN beyond a case's own."""
    shares = [analyses[case.id].body_order_share for case in cases]
    most = most_atoms(cases)
    orders = variable("n_atoms", np.arange(1, most + 1), units.ONE, "distinct atoms on a walk")
    result = {}
    for k, end in enumerate(BOUNDS):
        columns = np.full((len(cases), most), np.nan)
        for row, values in zip(columns, shares, strict=True):
            if values is not None:
                row[: len(values)] = values[:, k]
        share = variable(
            (MODEL, "n_atoms"), columns, units.ONE, f"share of |relevance| by body order{end}"
        )
        result[f"body_order_share{end}"] = xr.DataArray(share, {**coords, "n_atoms": orders})
    return result
