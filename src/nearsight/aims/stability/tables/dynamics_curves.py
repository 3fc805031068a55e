"""Curves and numbers of the dynamics, of every case and of the reference engine."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.collect.cases import Case
from nearsight.collect.models import MODEL

_COORDS = {
    "time": (units.PICOSECOND, "time since the start"),
    "block_time": (units.PICOSECOND, "middle of a block of frames; the first is the start"),
    "cause": ("", "rule that ended a replica"),
    "end_kind": ("", "how a replica ended"),
    "wavenumber": (units.WAVENUMBER, "wavenumber"),
    "separation": (units.LENGTH, "distance of two atoms"),
}
_TEXT = ("cause", "end_kind")
_BANDED: dict[str, tuple[tuple[str, ...], str, str]] = {
    "survival": (("time",), units.ONE, "share of replicas not ended"),
    "incidence": (("cause", "time"), units.ONE, "share of replicas ended by the cause"),
    "end_share": (("end_kind",), units.ONE, "share of replicas that end so"),
    "drift": ((), units.DRIFT, "drift of the total energy"),
    "distance_error": ((), units.ONE, "integral of the absolute error of the distances' h(r)"),
    "distance_distribution": (
        ("separation",),
        units.PER_LENGTH,
        "distribution of interatomic distances",
    ),
    "spectrum": (("wavenumber",), units.PER_WAVENUMBER, "vibrational density of states"),
    "block_temperature": (
        ("block_time",),
        units.TEMPERATURE,
        "kinetic temperature of the replicas that run",
    ),
    "block_potential_energy_change": (
        ("block_time",),
        units.ENERGY,
        "potential energy against the start of the replicas that run",
    ),
}
_PLAIN: dict[str, tuple[tuple[str, ...], str, str]] = {
    "n_running": (("block_time",), units.ONE, "replicas that run through the whole block"),
    "n_replicas": ((), units.ONE, "replicas"),
}
_BOUNDS = {"": "", "_low": "lower bound of: ", "_high": "upper bound of: "}


def stability_curves(cases: Sequence[Case]) -> xr.Dataset:
    """What the stability files hold, on common axes, NaN where there is nothing.

    Args:
        cases: the cases of a study.

    Returns:
        Variables over ``model`` and the same with the prefix ``reference_`` over ``reference``: the
        reference engine's own dynamics on each data set, in the order of the cases.
        ``data_distance_distribution`` over ``reference`` is that of the reference data.
    """
    own = [case.stability for case in cases]
    engine = {case.dataset: case.reference_stability for case in cases}
    coords = _common_coordinates([*own, *engine.values()])
    result = xr.Dataset(coords=coords)
    for name, (dims, unit, text) in {**_BANDED, **_PLAIN}.items():
        for end, label in _BOUNDS.items() if name in _BANDED else [("", "")]:
            attrs = {"units": unit, "long_name": label + text}
            for prefix, dim, files in (
                ("", MODEL, own),
                ("reference_", "reference", [*engine.values()]),
            ):
                rows = [_on_axes(file, f"{name}{end}", dims, coords) for file in files]
                result[f"{prefix}{name}{end}"] = (dim, *dims), np.stack(rows), attrs
    data = [_data_distribution(cases, dataset, coords) for dataset in engine]
    result.update(_replicas(cases))
    result.update(_floors(cases, list(engine)))
    result["data_distance_distribution"] = (
        ("reference", "separation"),
        np.stack(data),
        {"units": units.PER_LENGTH, "long_name": "h(r) of the reference data"},
    )
    return result


def _common_coordinates(files: Sequence[xr.Dataset]) -> dict[str, xr.Variable]:
    """Every value that any file has, each once; one empty value where none has any."""
    coords = {}
    for name, (unit, text) in _COORDS.items():
        found = [file[name].to_numpy() for file in files if name in file.coords]
        values: np.ndarray
        if name in _TEXT:
            values = np.array(list(dict.fromkeys(str(v) for row in found for v in row)) or [""])
        else:
            values = np.unique(np.concatenate(found)) if found else np.zeros(1)
        coords[name] = xr.Variable(name, values, {"units": unit, "long_name": text})
    return coords


def _on_axes(
    file: xr.Dataset, name: str, dims: tuple[str, ...], coords: Mapping[str, xr.Variable]
) -> np.ndarray:
    """A variable of one file on the common axes; steps over time are held until its own end."""
    if name not in file:
        return np.full([len(coords[dim]) for dim in dims], np.nan)
    column = file[name].transpose(*dims)
    for dim in dims:
        values = coords[dim].to_numpy()
        if dim == "time":
            after = xr.DataArray(values > column["time"].to_numpy()[-1], dims="time")
            column = column.reindex(time=values, method="ffill").where(~after.to_numpy())
        else:
            column = column.reindex({dim: values})
    return column.to_numpy()


def _replicas(cases: Sequence[Case]) -> dict[str, xr.Variable]:
    """Ends of the replicas of every case; NaN beyond a case's own number of them."""
    most = max([case.stability.sizes.get("replica", 0) for case in cases] + [1])
    found = {}
    for name, unit, text in (
        ("replica_time", units.PICOSECOND, "time until a replica ended or was censored"),
        ("replica_ended", units.ONE, "1 where it ended, 0 where censored"),
    ):
        values = np.full((len(cases), most), np.nan)
        for row, case in enumerate(cases):
            if name in case.stability:
                own = case.stability[name].to_numpy()
                values[row, : len(own)] = own
        found[name] = xr.Variable((MODEL, "replica"), values, {"units": unit, "long_name": text})
    return found


def _floors(cases: Sequence[Case], datasets: Sequence[str]) -> dict[str, xr.Variable]:
    """How far two halves of the data of each set differ, with bounds; the same in all its files."""
    name, found = "distance_error_floor", {}
    for end, label in _BOUNDS.items():
        values = []
        for dataset in datasets:
            files = _files_of(cases, dataset)
            own = next((file for file in files if f"{name}{end}" in file), xr.Dataset())
            values.append(_on_axes(own, f"{name}{end}", (), {}))
        attrs = {"units": units.ONE, "long_name": f"{label}error between two halves of the data"}
        found[f"data_{name}{end}"] = xr.Variable("reference", np.array(values, float), attrs)
    return found


def _files_of(cases: Sequence[Case], dataset: str) -> list[xr.Dataset]:
    """Files of stability of a data set."""
    own = [case for case in cases if case.dataset == dataset]
    return [file for case in own for file in (case.reference_stability, case.stability)]


def _data_distribution(
    cases: Sequence[Case], dataset: str, coords: Mapping[str, xr.Variable]
) -> np.ndarray:
    """(separation,) of the first file of a data set that has it; they are all the same."""
    name = "data_distance_distribution"
    found = next((file for file in _files_of(cases, dataset) if name in file), xr.Dataset())
    return _on_axes(found, name, ("separation",), coords)
