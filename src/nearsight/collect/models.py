"""The list of models: one dimension, along which the axes of a study are coordinates."""

import math
from collections.abc import Hashable, Sequence
from typing import Any, Final

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.config import AXES, REPEATS, Given, Row, axes_of
from nearsight.errors import DataError
from nearsight.labels import variable

MODEL: Final = "model"
"""Dimension of tables and curves: a variant on a data set."""
CUTOFF: Final = "cutoff"
"""The axis that figures put models in order of: it is there also where no model has one."""
WHY: Final = "ancillary_variables"
"""Attribute of a variable (CF conventions): which other says, by model, why it has no value."""
ABSENT: Final = "absent"
"""Status of a combination of axes that was not asked for; it stands in the cube alone."""
ORIGIN: Final = "origin"
"""Where a model comes from; there are given ones only in a table that has this coordinate."""
TRAINED: Final = "trained"
"""Origin of a variant of the study."""
OWN_LEVEL: Final = "model_level_of_theory"
"""Level of theory of a given model itself, which may be another than that of the labels."""


def model_coordinates(
    models: Sequence[tuple[str, Row]], standings: Sequence[tuple[str, str]]
) -> dict[str, xr.Variable]:
    """Coordinates of a list of models: what each is, how it ended, and why.

    Args:
        models: data set, and variant or given model, of each.
        standings: status and reason of each.

    Returns:
        Along ``model``: its name, ``dataset``, ``cutoff`` and every axis that some model has (NaN
        or empty text where another does not have it), ``variant``, ``status``, ``reason``; where
        models were given, also ``origin`` and ``model_level_of_theory``.
    """
    axes = [_axes(variant) for _, variant in models]
    kept = [axis for axis in AXES if axis == CUTOFF or any(_known(row[axis]) for row in axes)]
    text = {
        MODEL: ([f"{dataset}/{variant.id}" for dataset, variant in models], "data set and variant"),
        "dataset": ([dataset for dataset, _ in models], "data set"),
    }
    told = {
        "variant": ([variant.id for _, variant in models], "variant"),
        "status": ([status for status, _ in standings], "how the model ended"),
        "reason": ([reason for _, reason in standings], "why, when not ok"),
    }
    return {
        **{name: variable(MODEL, values, "", what) for name, (values, what) in text.items()},
        **{axis: _axis(axis, [row[axis] for row in axes], models) for axis in kept},
        **{name: variable(MODEL, values, "", what) for name, (values, what) in told.items()},
        **_origins([row for _, row in models]),
    }


def _origins(rows: Sequence[Row]) -> dict[str, xr.Variable]:
    """Where each comes from, and its level of theory; nothing where all were trained."""
    if not any(isinstance(row, Given) for row in rows):
        return {}
    given = [row.model if isinstance(row, Given) else None for row in rows]
    origins = [TRAINED if model is None else model.origin for model in given]
    levels = ["" if model is None else model.level_of_theory for model in given]
    return {
        ORIGIN: variable(MODEL, origins, "", "trained by the study, or how the model was given"),
        OWN_LEVEL: variable(
            MODEL, levels, "", "level of theory of a given model itself; empty where not said"
        ),
    }


def trained_alone(table: xr.Dataset) -> xr.Dataset:
    """A list of models without those that the study was given."""
    if ORIGIN not in table.coords:
        return table
    return table.isel({MODEL: np.flatnonzero(table[ORIGIN].to_numpy() == TRAINED)})


def given_models(table: xr.Dataset) -> list[str]:
    """Names of the models of a list that its study was given, each once."""
    if ORIGIN not in table.coords:
        return []
    given = table[ORIGIN].to_numpy() != TRAINED
    return list(dict.fromkeys(table["variant"].to_numpy()[given].astype(str).tolist()))


def _axes(variant: Row) -> dict[str, Any]:
    """Values of a variant on every axis; NaN or empty text where its family has none."""
    return {k: math.nan if value is None else value for k, value in axes_of(variant).items()}


def _known(value: object) -> bool:
    return value == value and value != ""


def _axis(axis: str, values: Sequence[object], models: Sequence[tuple[str, Row]]) -> xr.Variable:
    fields = [type(row).model_fields.get(axis) for _, row in models if not isinstance(row, Given)]
    stated = [field.json_schema_extra for field in fields if field is not None]
    lengths = any(isinstance(extra, dict) and extra["unit"] == units.LENGTH for extra in stated)
    is_text = any(isinstance(value, str) for value in values)
    unit = "" if is_text else units.LENGTH if lengths else units.ONE
    return variable(MODEL, values, unit, axis.replace("_", " "))


def axes_in(table: xr.Dataset) -> list[str]:
    """Names of the axes that a list of models, or of groups of them, has as coordinates."""
    return [axis for axis in AXES if axis in table.coords]


def setting_axes(table: xr.Dataset) -> list[str]:
    """The data set and all axes but the seeds: what tells one setting from another."""
    return ["dataset", *(axis for axis in axes_in(table) if axis not in REPEATS)]


def settings_in(table: xr.Dataset) -> list[str]:
    """What tells the setting of each model, or group, of a list from others, as text."""
    columns = [table[axis].to_numpy().astype(str) for axis in setting_axes(table)]
    return ["~".join(row) for row in zip(*columns, strict=True)]


def along_models(
    columns: Sequence[xr.DataArray | None], coords: dict[str, xr.Variable]
) -> xr.DataArray:
    """One variable of all models from what each has of it; NaN where a model has none.

    Args:
        columns: of each model, all over the same labelled dimensions, whose labels may differ.
        coords: of the models, see :func:`model_coordinates`.

    Returns:
        (model, ...) with every label that any model has, in the order in which they come.
    """
    known = [column for column in columns if column is not None]
    labels = {dim: _labels([column[dim] for column in known]) for dim in known[0].dims}
    places = {dim: values.to_numpy() for dim, values in labels.items()}
    nothing = np.full([len(place) for place in places.values()], np.nan)
    rows = [
        nothing if column is None else column.transpose(*labels).reindex(places).to_numpy()
        for column in columns
    ]
    return xr.DataArray(
        np.stack(rows), {**coords, **labels}, (MODEL, *labels), attrs=known[0].attrs
    )


def _labels(found: Sequence[xr.DataArray]) -> xr.Variable:
    values = list(dict.fromkeys(value for one in found for value in one.to_numpy().tolist()))
    return xr.Variable(found[0].dims, np.array(values), found[0].attrs)


def cube(table: xr.Dataset, axes: Sequence[str] | None = None) -> xr.Dataset:
    """The list of models over the axes of its study, so that ``.sel`` finds a model by them.

    Args:
        table: of `nearsight collect`: the study table, its curves, or the table of another aim.
        axes: coordinates that become dimensions; by default the data set and every axis.

    Returns:
        The same numbers, over the axes instead of ``model``. Combinations that were not asked for
        are NaN, or empty text, and have the status ``absent``.

    Raises:
        DataError: it has no models or no such axis, or two models share their place.
    """
    if MODEL not in table.dims:
        raise DataError(f"the table has no dimension {MODEL!r}: give one of nearsight collect")
    chosen = ["dataset", *axes_in(table)] if axes is None else list(axes)
    unknown = [axis for axis in chosen if axis not in table.coords]
    if unknown:
        raise DataError(f"{unknown[0]}: no axis of this table; it has {', '.join(axes_in(table))}")
    labels, places = {}, []
    for axis in chosen:
        values = table[axis].to_numpy()
        own, place = np.unique(
            values.astype(str) if values.dtype == object else values, return_inverse=True
        )
        labels[axis] = xr.Variable(axis, own, table[axis].attrs)
        places.append(place.reshape(-1))
    _require_one_each(table, places, chosen)
    spread = {
        name: values if MODEL not in values.dims else _spread(values, labels, places)
        for name, values in table.variables.items()
        if name not in chosen
    }
    result = xr.Dataset(spread, labels, table.attrs)
    result = result.set_coords([name for name in table.coords if name in result])
    if "status" in result:
        result["status"] = result["status"].where(result["status"] != "", ABSENT)
    return result


def _require_one_each(table: xr.Dataset, places: Sequence[np.ndarray], axes: Sequence[str]) -> None:
    first: dict[Hashable, str] = {}
    for place, name in zip(zip(*places, strict=True), table[MODEL].to_numpy(), strict=True):
        if place in first:
            raise DataError(f"{first[place]} and {name} share {', '.join(axes)}: name more axes")
        first[place] = str(name)


def _spread(
    values: xr.Variable, labels: dict[str, xr.Variable], places: Sequence[np.ndarray]
) -> xr.Variable:
    """A variable along ``model`` at its places over the axes, and what it lacks elsewhere."""
    moved = values.transpose(MODEL, ...)
    shape = [label.size for label in labels.values()]
    holes = len(moved) < math.prod(shape)
    is_text = values.dtype.kind in "OUS"
    kind = object if is_text else float if holes else values.dtype
    result = np.full((*shape, *moved.shape[1:]), "" if is_text else np.nan if holes else 0, kind)
    result[tuple(places)] = moved.to_numpy()
    filled = result.astype(str) if is_text else result
    return xr.Variable((*labels, *moved.dims[1:]), filled, values.attrs)
