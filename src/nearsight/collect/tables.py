"""Tables of `nearsight collect`, read again: what each one is, and whether two are of one run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import xarray as xr

from nearsight.config import Study
from nearsight.errors import CorruptFileError, StaleFileError
from nearsight.lineage import Record, record_of
from nearsight.lineage.agreement import defaults_of, differences, study_settings
from nearsight.storage import LAYOUT, read_dataset

Kind = Literal["curves", "table", "properties", "accuracy"]
DIMENSIONS: dict[Kind, str] = {
    "curves": "case", "table": "family", "properties": "structure", "accuracy": "epoch",
}  # fmt: skip
"""A dimension by which a file of each kind is known."""
AIMS: dict[Kind, str] = {
    "curves": "stability", "table": "stability", "properties": "properties", "accuracy": "accuracy",
}  # fmt: skip
"""The aim of the study that a file of each kind is of."""

_SHOWN = 3


def read_table(path: Path, kind: Kind) -> xr.Dataset:
    """A table of a study.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read, or is no table of this kind that collect wrote.
    """
    content = read_dataset(path)
    if DIMENSIONS[kind] not in content.dims:
        raise CorruptFileError(
            f"{path}: has no dimension {DIMENSIONS[kind]!r}; expected the study's {kind}"
        )
    record = record_of(path, content.attrs)
    aim = record.settings.get("aim", "stability")
    ours = LAYOUT in content.attrs and "status" in content.variables
    if "study" not in record.inputs or not ours:
        raise CorruptFileError(
            f"{path}: not written by nearsight collect; expected the study's {kind}"
        )
    if aim != AIMS[kind]:
        raise CorruptFileError(
            f"{path}: of a study of {aim}; expected {kind} of a study of {AIMS[kind]}"
        )
    return content


def read_any_table(path: Path, kinds: Sequence[Kind]) -> tuple[Kind, xr.Dataset]:
    """A table of one of several kinds, and which it is.

    Raises:
        MissingFileError, CorruptFileError: as :func:`read_table`.
    """
    found = read_dataset(path).dims
    for kind in kinds:
        if DIMENSIONS[kind] in found:
            return kind, read_table(path, kind)
    raise CorruptFileError(f"{path}: no table of a study of {' or of '.join(kinds)}")


def require_one_study(first: Path, one: xr.Dataset, second: Path, other: xr.Dataset) -> None:
    """Refuse tables that are not of one run of collect.

    Raises:
        StaleFileError: they were made from other files or with other settings; names both.
    """
    a, b = record_of(first, one.attrs), record_of(second, other.attrs)
    unlike = sorted(
        k for k in a.inputs.keys() | b.inputs.keys() if a.inputs.get(k) != b.inputs.get(k)
    )
    reason = f"{unlike[0]} is not the same in both" if unlike else ""
    if not reason and a.settings != b.settings:
        reason = "their settings differ"
    if reason:
        raise StaleFileError(
            f"{second}: not of the same run of nearsight collect as {first} ({reason}): "
            "give both of one study, or collect again"
        )


def require_settings(path: Path, content: xr.Dataset, study: Study, origin: Path) -> None:
    """Refuse a table of a study of other settings.

    Args:
        path: of the table.
        content: of it.
        study: what it should be of.
        origin: file of the study.

    Raises:
        StaleFileError: names both files and the keys.
    """
    record: Record = record_of(path, content.attrs)
    found = differences(record.settings, study_settings(study), defaults_of(Study))
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise StaleFileError(
            f"{path}: made with other settings than {origin} states: "
            f"{'; '.join(found[:_SHOWN])}{more}: collect again"
        )
