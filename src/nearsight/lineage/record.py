"""What a file says of the files and settings it was made from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nearsight.errors import CorruptFileError, StaleFileError
from nearsight.families.specs import with_family
from nearsight.hdf5 import about_locks
from nearsight.storage import require_file, sha256

ROLES = {
    "model": "network",
    "weights": "file of weights",
    "hyperparameters": "file of hyperparameters",
    "data": "data set",
    "file": "file",
    "test": "file of test frames",
    "relevance": "relevance",
    "response": "response",
    "dynamics": "run of dynamics",
    "curves": "curves",
    "table": "table",
}
"""What to call a file by the role it had."""

_SHOWN = 8


@dataclass(frozen=True)
class Record:
    """How a file was made, as it says itself.

    Attributes:
        path: the file.
        inputs: SHA-256 of the files it was made from, by role.
        settings: it was made with.
        attributes: everything else that it says.
        variables: names of its arrays; of NetCDF files that were read here.
    """

    path: Path
    inputs: Mapping[str, str]
    settings: Mapping[str, Any]
    attributes: Mapping[str, Any]
    variables: frozenset[str] = frozenset()

    def difference(self, role: str, other: Path) -> str:
        """Why this file was not made from another; empty text where it was."""
        name = ROLES.get(role, "file")
        recorded = self.inputs.get(role)
        if recorded is None:
            return f"{self.path}: does not say which {name} it was made from; expected {other}"
        own = sha256(other)
        if recorded == own:
            return ""
        return (
            f"{self.path}: made from another {name} than {other} "
            f"(SHA-256 {recorded[:_SHOWN]}..., not {own[:_SHOWN]}...)"
        )


def record_of(path: Path, attributes: Mapping[str, Any]) -> Record:
    """The record of a NetCDF file from its global attributes.

    Raises:
        CorruptFileError: they are not those of a file of nearsight's.
    """
    return _record(path, attributes.get("inputs"), attributes.get("settings", "{}"), attributes)


def read_record(path: Path) -> Record:
    """The record of a file: NetCDF, model or model card; arrays are not read.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read, or is no file of nearsight's.
    """
    require_file(path)
    if path.suffix == ".json":
        return _of_card(path)
    if path.suffix == ".safetensors":
        return _of_model(path)
    return _of_netcdf(path)


def require_made_from(record: Record, remedy: str, **others: Path) -> None:
    """Refuse a file that was made from other files than those it is joined with.

    Args:
        record: of the file.
        remedy: what to do about it.
        others: the files it should have been made from, by role.

    Raises:
        StaleFileError: names both files.
    """
    for role, other in others.items():
        difference = record.difference(role, other)
        if difference:
            raise StaleFileError(f"{difference}: {remedy}")


def _of_netcdf(path: Path) -> Record:
    import netCDF4

    try:
        with netCDF4.Dataset(path) as file:
            attributes = {name: file.getncattr(name) for name in file.ncattrs()}
            variables = frozenset(file.variables)
    except (OSError, RuntimeError, AttributeError, UnicodeDecodeError) as error:
        reason = f"{error}{about_locks()}"
        raise CorruptFileError(f"{path}: cannot be read as NetCDF ({reason})") from error
    return replace(record_of(path, attributes), variables=variables)


def _of_card(path: Path) -> Record:
    document = _parsed(path, path.read_bytes().decode(errors="replace"))
    inputs = document.get("provenance", {})
    settings = {name: document.get(name) for name in ("variant", "training")}
    return _record(path, _get(inputs, "inputs"), settings, document)


def _of_model(path: Path) -> Record:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as handle:
            text = dict(handle.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise CorruptFileError(f"{path}: not a safetensors file ({error})") from error
    header = _parsed(path, text.get("nearsight", ""))
    made = header.get("provenance", {})
    return _record(path, _get(made, "inputs"), _get(made, "run") or {}, header)


def _record(path: Path, inputs: Any, settings: Any, attributes: Mapping[str, Any]) -> Record:
    if inputs is None:
        raise CorruptFileError(
            f"{path}: does not say what it was made from, as every file of nearsight does: "
            "make it with nearsight"
        )
    made_from, made_with = _parsed(path, inputs), _parsed(path, settings)
    if "variant" in made_with:
        made_with = {**made_with, "variant": with_family(made_with["variant"])}
    return Record(
        path, {role: str(value) for role, value in made_from.items()}, made_with, attributes
    )


def _parsed(path: Path, text: Any) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except (json.JSONDecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise CorruptFileError(f"{path}: what it says of its making cannot be read as JSON")
    return found


def _get(mapping: Any, key: str) -> Any:
    return mapping.get(key) if isinstance(mapping, dict) else None
