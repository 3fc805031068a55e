"""Writing NetCDF: units on every variable, provenance, and what variables there are."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.errors import DataError
from nearsight.hdf5 import about_locks
from nearsight.storage.atomic import atomic_path
from nearsight.storage.faults import failed_write
from nearsight.storage.provenance import config_hash, provenance
from nearsight.storage.reading import LAYOUT, layout_of

if TYPE_CHECKING:
    import xarray as xr


def check_described(dataset: "xr.Dataset") -> None:
    """Raise ``ValueError`` unless every variable has ``units`` and ``long_name``."""
    for name, variable in dataset.variables.items():
        missing = {"units", "long_name"} - variable.attrs.keys()
        if missing:
            raise ValueError(f"variable {name!r} lacks {', '.join(sorted(missing))}")


def write_dataset(
    dataset: "xr.Dataset",
    path: Path,
    *,
    title: str,
    inputs: Mapping[str, Path] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Write NetCDF-4 atomically, compressed and checksummed, with provenance.

    Args:
        dataset: every variable carries ``units`` and ``long_name``; checked.
        path: where the file appears once it is whole.
        title: one line on what the file holds.
        inputs: files it was made from, by role; their SHA-256 goes into the attributes.
        settings: the settings it was made with; stored as JSON with their hash.

    Raises:
        ValueError: a variable has no units (a fault of ours, hence no user error).
        DataError: ``path`` is one of the inputs.
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    check_described(dataset)
    attributes = {**dataset.attrs, LAYOUT: layout_of(dataset), **origin(title, inputs, settings)}
    encoding = compression_of(dataset)
    with whole_netcdf(path, inputs) as temporary:
        dataset.assign_attrs(attributes).to_netcdf(
            temporary, engine="netcdf4", format="NETCDF4", encoding=encoding
        )


def origin(
    title: str, inputs: Mapping[str, Path] | None, settings: Mapping[str, Any] | None
) -> dict[str, str]:
    """Attributes that say what a file is and where it comes from.

    Args:
        title: one line on what it holds.
        inputs: files it was made from, by role.
        settings: it was made with.
    """
    settings = settings or {}
    return {
        "title": title,
        **provenance(inputs),
        "settings": json.dumps(settings, sort_keys=True),
        "config_hash": config_hash(settings),
    }


@contextmanager
def whole_netcdf(path: Path, inputs: Mapping[str, Path] | None) -> Iterator[Path]:
    """A place to write NetCDF at, which becomes the file once it is whole.

    Args:
        path: of the file.
        inputs: files it is made from, by role.

    Raises:
        DataError: ``path`` is one of the inputs.
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    for role, file in (inputs or {}).items():
        if path.exists() and path.samefile(file):
            raise DataError(f"{path}: the {role} that it is made from: name another output")
    with atomic_path(path) as temporary:
        try:
            yield temporary
        except (RuntimeError, PermissionError) as error:
            # The folder is there, so it is no lack of permission, whatever NetCDF calls it.
            raise failed_write(path, error, about_locks()) from error


def compression_of(dataset: "xr.Dataset") -> dict[str, dict[str, Any]]:
    """Encoding by variable: numbers along a dimension are compressed and checksummed."""
    return {
        str(name): {"zlib": True, "complevel": 1, "fletcher32": True}
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "fiub" and variable.ndim
    }


NOT_APPLICABLE = "not_applicable"
"""Status of a stage that does not exist for what it was asked of, which is no failure."""
EMPTY = ("failed", NOT_APPLICABLE)
"""Statuses of files without variables."""


def why_failed(attributes: Mapping[str, Any]) -> str:
    """The reason that a file's attributes give for a failure; empty where it is none."""
    if attributes.get("status") == NOT_APPLICABLE:
        return ""
    return str(attributes.get("reason") or "")


def empty_dataset(reason: str, status: str = "failed") -> "xr.Dataset":
    """A file's content where a stage had nothing to work on: no variables, status and reason.

    Args:
        reason: why.
        status: ``failed``, or ``not_applicable`` where there never can be anything.
    """
    import xarray as xr

    return xr.Dataset(attrs={"status": status, "reason": reason})
