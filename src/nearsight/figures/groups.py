"""Variants that differ by their seeds alone become one group: mean over seeds and a band."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight.collect.models import WHY, setting_axes, settings_in


def group_seeds(
    curves: xr.Dataset,
    name: str,
    *,
    geometric: bool = False,
    beside: Sequence[str] = (),
) -> xr.Dataset:
    """Average a curve or a number over the seeds of each setting; leave out what cannot be drawn.

    With several seeds the bounds are the smallest and largest curve of a seed, because the trained
    model is the unit of evidence. With one seed they are the curve's own interval, where it has
    one. A point is NaN unless all seeds of its group have it.

    Args:
        curves: the study's curves or its table, dimension ``model``.
        name: the curve or number to average, with ``_low`` and ``_high`` where there are intervals.
        geometric: average logarithms, for curves on a logarithmic axis.
        beside: further variables, averaged arithmetically without bounds.

    Returns:
        ``name``, its bounds and ``beside`` over ``group``, with the data set, all axes but
        the seeds and ``n_seeds`` along it.
        Attributes: ``n_variants`` and ``n_diverged``, ``n_failed``, ``n_stale``,
        ``n_without_data`` left out, ``why_without_data`` where the results say it.
    """
    status = curves["status"].to_numpy().astype(str)
    other = curves[name].dims[1:]
    has_data = curves[name].notnull().any([str(dim) for dim in other]).to_numpy()
    drawable = (status == "ok") & has_data
    groups = _members(curves, drawable)
    variables = _averages(curves, name, groups, geometric)
    for extra in beside:
        rows = [curves[extra].to_numpy()[rows].mean(axis=0) for rows in groups]
        variables[extra] = _stacked(rows, curves[extra])
    counts = {
        "n_variants": int(drawable.sum()),
        "n_diverged": int((status == "diverged").sum()),
        "n_failed": int((status == "failed").sum()),
        "n_stale": int((status == "stale").sum()),
        "n_without_data": int(((status == "ok") & ~has_data).sum()),
        "why_without_data": why_missing(curves, (name,), (status == "ok") & ~has_data),
    }
    coords = _coordinates(curves, groups) | {str(dim): curves[dim].variable for dim in other}
    return xr.Dataset(variables, coords, attrs=counts)


def why_missing(table: xr.Dataset, names: Sequence[str], missing: np.ndarray) -> str:
    """Why models have no value, each reason once; empty text where the results do not say it.

    Args:
        table: the study's curves or its table, dimension ``model``.
        names: of the variables that lack values.
        missing: (model,) which models are meant.
    """
    said = [table[name].attrs.get(WHY, "") for name in names if name in table]
    reasons = [
        reason
        for column in dict.fromkeys(said)
        if column in table
        for reason in table[column].to_numpy().astype(str)[missing]
        if reason
    ]
    return "; ".join(dict.fromkeys(reasons))


def joined(data: xr.Dataset, other: xr.Dataset) -> xr.Dataset:
    """The groups of the first with what the same groups have in the second; NaN where it has none.

    Args:
        data: of :func:`group_seeds`.
        other: of :func:`group_seeds` too, of another curve, which other models may lack.
    """
    labels = settings_in(data)
    own = {label: k for k, label in enumerate(settings_in(other))}
    for name, values in other.data_vars.items():
        column = np.full((len(labels), *values.shape[1:]), np.nan)
        for k, label in enumerate(labels):
            if label in own:
                column[k] = values.to_numpy()[own[label]]
        data = data.assign({name: (("group", *values.dims[1:]), column, values.attrs)})
        data = data.assign_coords({dim: other[dim].variable for dim in values.dims[1:]})
    return data


def members_of(curves: xr.Dataset, data: xr.Dataset) -> list[np.ndarray]:
    """(member,) rows of the study's curves that each group was averaged from.

    Args:
        curves: of the study, over ``model``.
        data: of :func:`group_seeds`, over ``group``.
    """
    drawable = curves["status"].to_numpy().astype(str) == "ok"
    settings = np.array(settings_in(curves))
    return [np.flatnonzero(drawable & (settings == own)) for own in settings_in(data)]


def _members(curves: xr.Dataset, drawable: np.ndarray) -> list[list[int]]:
    settings = settings_in(curves)
    groups: dict[str, list[int]] = {}
    for row in np.flatnonzero(drawable):
        groups.setdefault(settings[row], []).append(int(row))
    return list(groups.values())


def _averages(
    curves: xr.Dataset, name: str, groups: Sequence[list[int]], geometric: bool
) -> dict[str, xr.Variable]:
    parts: dict[str, list[np.ndarray]] = {name: [], f"{name}_low": [], f"{name}_high": []}
    values = curves[name].to_numpy()
    for rows in groups:
        own = values[rows]
        bounds = [own.min(axis=0), own.max(axis=0)]
        if len(rows) == 1:
            bounds = [_own_bound(curves, f"{name}{end}", rows[0], own) for end in ("_low", "_high")]
        mean = _geometric_mean(own) if geometric else own.mean(axis=0)
        for key, row in zip(parts, (mean, *bounds), strict=True):
            parts[key].append(row)
    return {key: _stacked(rows, curves.get(key, curves[name])) for key, rows in parts.items()}


def _own_bound(curves: xr.Dataset, bound: str, row: int, values: np.ndarray) -> np.ndarray:
    return curves[bound].to_numpy()[row] if bound in curves else np.full(values.shape[1:], np.nan)


def _geometric_mean(values: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.exp(np.log(values).mean(axis=0))


def _stacked(rows: Sequence[np.ndarray], like: xr.DataArray) -> xr.Variable:
    return xr.Variable(
        ("group", *like.dims[1:]), np.reshape(rows, (len(rows), *like.shape[1:])), like.attrs
    )


def _coordinates(curves: xr.Dataset, groups: Sequence[list[int]]) -> dict[str, xr.Variable]:
    first = [rows[0] for rows in groups]
    coords = {
        key: xr.Variable("group", curves[key].to_numpy()[first], curves[key].attrs)
        for key in setting_axes(curves)
    }
    seeds = np.array([len(rows) for rows in groups], dtype=int)
    attrs = {"units": "1", "long_name": "seeds averaged"}
    return {**coords, "n_seeds": xr.Variable("group", seeds, attrs)}
