"""Reading NetCDF: whatever is wrong with a file ends in one line that names it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.errors import CorruptFileError
from nearsight.hdf5 import SIGNATURE, about_locks, require_own_bytes
from nearsight.storage.files import require_file

if TYPE_CHECKING:
    import xarray as xr

LAYOUT = "layout"
"""Attribute that says what variables a file of ours was written with."""

INFLATION = 2000
"""Bytes that a byte of a compressed file can stand for; where a file declares more, it is not
there (deflate reaches 1,030)."""
FAULTS = (
    OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, OverflowError,
)  # fmt: skip
"""What netCDF4, HDF5 and xarray raise: it depends on what is wrong with a file."""
KINDS = {"f": "real numbers", "i": "integers", "b": "true or false", "s": "text"}
_KIND_OF = {"f": "f", "i": "i", "u": "i", "b": "b", "O": "s", "U": "s", "S": "s", "T": "s"}


def is_netcdf(path: Path) -> bool:
    """Whether a file begins as NetCDF of any version does."""
    with path.open("rb") as handle:
        return handle.read(len(SIGNATURE)).startswith((SIGNATURE, b"CDF"))


@contextmanager
def opened_netcdf(path: Path) -> Iterator["xr.Dataset"]:
    """A NetCDF file whose values are read when asked for.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: not NetCDF, leading to other files, damaged (also when values are read
            within the block), or more is declared than the file can hold.
    """
    import xarray as xr

    with told_of(path), xr.open_dataset(path, engine="netcdf4", decode_times=False) as dataset:
        require_held(path, dataset)
        yield dataset


@contextmanager
def told_of(path: Path) -> Iterator[None]:
    """Whatever is wrong with a NetCDF file that is read within is told in one line.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: not NetCDF, leading to other files, or damaged.
    """
    require_own_bytes(require_file(path), "NetCDF")
    try:
        yield
    except FAULTS as error:
        reason = (" ".join(str(error).split()) or type(error).__name__) + about_locks()
        raise CorruptFileError(f"{path}: cannot be read as NetCDF ({reason})") from error


def require_held(path: Path, *datasets: "xr.Dataset") -> None:
    """Refuse a file that declares more than it can hold, before its values are read.

    Args:
        path: of the file.
        datasets: in it, opened.

    Raises:
        CorruptFileError: says how much it declares.
    """
    declared = sum(variable.nbytes for one in datasets for variable in one.variables.values())
    held = path.stat().st_size
    if declared > INFLATION * held:
        raise CorruptFileError(
            f"{path}: declares {declared:.2g} bytes of values, but the file has {held}"
        )


def read_dataset(path: Path) -> "xr.Dataset":
    """Read a whole NetCDF file into memory and close it.

    A file of ours holds the variables that it was written with; others may have been added.

    Raises:
        MissingFileError: if it is not there.
        CorruptFileError: if it is truncated, fails its checksum, leads to other files, is not
            NetCDF, or a variable is missing or another.
    """
    with opened_netcdf(path) as dataset:
        found = dataset.load()
    require_layout(found, path)
    return found


def layout_of(dataset: "xr.Dataset") -> str:
    """Dimensions and kind of values of all variables, as text for the attribute."""
    found = {str(name): described(v) for name, v in dataset.variables.items()}
    return json.dumps(found, sort_keys=True)


def described(variable: "xr.Variable") -> list[Any]:
    """Dimensions and kind of values of a variable."""
    return [list(map(str, variable.dims)), _KIND_OF.get(variable.dtype.kind, "")]


def require_layout(dataset: "xr.Dataset", path: Path) -> None:
    """Refuse content that is not what a file of ours was written with; others pass.

    Raises:
        CorruptFileError: a variable is missing, or has other dimensions or another kind of values.
    """
    for name, (dims, kind) in _stated(dataset.attrs.get(LAYOUT, "{}"), path).items():
        if name not in dataset.variables:
            raise CorruptFileError(f"{path}: has lost its variable {name!r}: make it anew")
        found_dims, found_kind = described(dataset.variables[name])
        if found_dims != dims:
            raise CorruptFileError(
                f"{path}: {name} has dimensions ({', '.join(found_dims)}), not "
                f"({', '.join(map(str, dims))}) as written: make it anew"
            )
        if found_kind != kind:
            raise CorruptFileError(
                f"{path}: {name} is of type {dataset.variables[name].dtype}, not "
                f"{KINDS.get(kind, 'what it was')} as written: make it anew"
            )


def _stated(text: Any, path: Path) -> Mapping[str, tuple[list[str], str]]:
    try:
        stated = json.loads(text)
        return {name: (list(dims), str(kind)) for name, (dims, kind) in stated.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise CorruptFileError(f"{path}: attribute {LAYOUT!r} cannot be read") from None
