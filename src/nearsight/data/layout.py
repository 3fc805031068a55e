"""The variables of a canonical data set: dimensions, types and units, looked at before values."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from nearsight import units
from nearsight.config import TARGET_NAMES, TARGETS
from nearsight.data.formats.isolated import BEYOND_ATOMS, require_isolated, require_neutral
from nearsight.errors import CorruptFileError
from nearsight.storage import is_netcdf, opened_netcdf, require_file

N_COORDINATES = 3


@dataclass(frozen=True)
class Column:
    """One variable of the data set.

    Attributes:
        dims: its dimensions.
        dtype: what it is written as; its kind is what is read.
        unit: of its values.
        text: what it is.
        needed: whether a data set without it is none.
    """

    dims: tuple[str, ...]
    dtype: str
    unit: str
    text: str
    needed: bool = True


COLUMNS = {
    "atomic_number": Column(("atom",), "i2", units.ONE, "nuclear charge"),
    "position": Column(("atom", "xyz"), "f8", units.LENGTH, "Cartesian position"),
    "force": Column(("atom", "xyz"), "f8", units.FORCE, "force on the atom", needed=False),
    "n_atoms": Column(("frame",), "i4", units.ONE, "number of atoms of the frame"),
    "energy": Column(("frame",), "f8", units.ENERGY, "total energy"),
    "subset": Column(("frame",), "i1", units.ONE, "subset the frame belongs to"),
    "source": Column(("frame",), "i4", units.ONE, "trajectory or file part the frame came from"),
}
"""The variables that every data set has (forces where there are any)."""

PROPERTIES: dict[str, Column] = {
    name: Column(("frame",), "f8", TARGETS[name].unit, TARGETS[name].text, needed=False)
    for name in TARGET_NAMES
    if name != "energy"
}
"""Further labels that a data set may have."""

EVERY = COLUMNS | PROPERTIES
"""All variables of a data set."""


@contextmanager
def opened(path: Path) -> Iterator[xr.Dataset]:
    """A canonical data set whose layout is right; values are read when asked for.

    Raises:
        MissingFileError: no such file.
        DataError: a cell, a charge or a spin beside the atoms.
        CorruptFileError: not NetCDF, leading to other files, damaged (also when values are read
            within the block), not a canonical data set, or more is declared than the file can hold.
    """
    require_file(path)
    if path.suffix != ".nc" and not is_netcdf(path):
        raise CorruptFileError(
            f"{path}: no NetCDF file; import labelled structures first: nearsight data import "
            f"{path} --energy-unit UNIT --out {path.with_suffix('.nc').name}"
        )
    with opened_netcdf(path) as dataset:
        check_layout(dataset, str(path))
        _require_molecules(dataset, str(path))
        yield dataset


def _require_molecules(dataset: xr.Dataset, origin: str) -> None:
    """Variables and attributes that are none of ours, but say that this is no neutral molecule."""
    said: dict[str, Any] = {str(k): v for k, v in dataset.attrs.items()}
    names = [str(name) for name in dataset.variables if str(name).lower() in BEYOND_ATOMS]
    said |= {name: dataset[name].to_numpy() for name in names}
    require_isolated(said, origin)
    require_neutral(said, origin)


def check_layout(dataset: xr.Dataset, origin: str) -> None:
    """Ask for the variables of a data set, their dimensions, types and units.

    Raises:
        CorruptFileError: names the file, the variable, what it is and what it should be.
    """
    missing = [name for name, column in COLUMNS.items() if column.needed and name not in dataset]
    if missing:
        raise CorruptFileError(f"{origin}: not a nearsight data set, lacks {', '.join(missing)}")
    for name, column in EVERY.items():
        if name in dataset:
            _check(dataset[name], name, column, origin)
    if dataset.sizes["xyz"] != N_COORDINATES:
        raise CorruptFileError(f"{origin}: dimension xyz has size {dataset.sizes['xyz']}, not 3")


def _check(variable: xr.DataArray, name: str, column: Column, origin: str) -> None:
    if variable.dims != column.dims:
        found, wanted = (", ".join(map(str, dims)) for dims in (variable.dims, column.dims))
        raise CorruptFileError(f"{origin}: {name} has dimensions ({found}), expected ({wanted})")
    kinds = "f" if np.dtype(column.dtype).kind == "f" else "iu"
    if variable.dtype.kind not in kinds:
        wanted = "real numbers" if kinds == "f" else "integers, none of them missing"
        raise CorruptFileError(f"{origin}: {name} is of type {variable.dtype}, expected {wanted}")
    unit = variable.attrs.get("units", column.unit)
    if unit != column.unit:
        raise CorruptFileError(f"{origin}: {name} is in {unit!r}, expected {column.unit!r}")
