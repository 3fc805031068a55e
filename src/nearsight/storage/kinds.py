"""What a file of one kind must hold for those who read it: one reader a kind, one line if not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.errors import CorruptFileError
from nearsight.storage.netcdf import EMPTY
from nearsight.storage.reading import KINDS, described, read_dataset

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Kind:
    """A kind of result.

    Attributes:
        name: what it is called in messages.
        verb: the command that makes it.
        variables: name -> dimensions and kind of values: ``f`` real, ``i`` integer, ``b`` boolean,
            ``s`` text.
        attributes: name -> types, or all allowed values, of the global attributes that are read.
        index: integer variable -> the dimension whose places it counts, from 0.
        counted: integer variables that are never negative.
        flags: integer variables whose values their own ``flag_values`` and ``flag_meanings`` name.
        known: real variables without a missing value.
        filled: dimensions of at least one place.
    """

    name: str
    verb: str
    variables: Mapping[str, tuple[tuple[str, ...], str]]
    attributes: Mapping[str, tuple[type, ...] | frozenset[str]] = field(default_factory=dict)
    index: Mapping[str, str] = field(default_factory=dict)
    counted: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()


def read_kind(path: Path, kind: Kind) -> "xr.Dataset":
    """Read a result of one kind.

    One of a stage that had nothing to work on has no variables and says why in ``reason``.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: damaged, or not of this kind; names the variable.
    """
    dataset = read_dataset(path)
    status = dataset.attrs.get("status")
    if status in EMPTY:
        if not isinstance(dataset.attrs.get("reason"), str):
            raise CorruptFileError(f"{path}: has status {status} and no reason: make it anew")
        return dataset
    fault = _variable_fault(dataset, kind) or _attribute_fault(dataset, kind)
    fault = fault or _value_fault(dataset, kind)
    if fault:
        raise CorruptFileError(f"{path}: no {kind.name}: {fault}; make one with {kind.verb}")
    return dataset


def _variable_fault(dataset: "xr.Dataset", kind: Kind) -> str:
    for name, (dims, values) in kind.variables.items():
        if name not in dataset.variables:
            return f"it has no variable {name!r}"
        found_dims, found = described(dataset.variables[name])
        if found_dims != list(dims):
            return f"{name} has dimensions ({', '.join(found_dims)}), not ({', '.join(dims)})"
        if found != values:
            return f"{name} is of type {dataset.variables[name].dtype}, not {KINDS[values]}"
    empty = [dim for dim in kind.filled if not dataset.sizes.get(dim)]
    return f"dimension {empty[0]} is empty" if empty else ""


def _attribute_fault(dataset: "xr.Dataset", kind: Kind) -> str:
    import numpy as np

    for name, wanted in kind.attributes.items():
        value: Any = dataset.attrs.get(name)
        plain = value.item() if isinstance(value, np.generic) else value
        fits = isinstance(plain, wanted) if isinstance(wanted, tuple) else plain in wanted
        if not fits:
            return f"attribute {name!r} is {plain!r}"[:200]
    return ""


def _value_fault(dataset: "xr.Dataset", kind: Kind) -> str:
    import numpy as np

    for name, dim in kind.index.items():
        values, size = dataset.variables[name].to_numpy(), dataset.sizes[dim]
        if values.size and not (values.min() >= 0 and values.max() < size):
            return f"{name} counts places of {dim}, which are 0 to {size - 1}, but has others"
    for name in kind.counted:
        if (dataset.variables[name].to_numpy() < 0).any():
            return f"{name} has negative values"
    for name in kind.flags:
        if not _has_meanings(dataset.variables[name]):
            return f"{name} has values that its flag_meanings do not name"
    for name in kind.known:
        if not np.isfinite(dataset.variables[name].to_numpy()).all():
            return f"{name} is not finite"
    return ""


def _has_meanings(variable: "xr.Variable") -> bool:
    import numpy as np

    values = np.atleast_1d(variable.attrs.get("flag_values", ()))
    meanings = str(variable.attrs.get("flag_meanings", "")).split()
    return (
        values.dtype.kind in "iu"
        and len(values) == len(meanings) > 0
        and bool(np.isin(variable.to_numpy(), values).all())
    )
