"""Tables of `nearsight collect`, read again: what each one is, and whether two are of one run."""

from pathlib import Path

import xarray as xr

from nearsight.config import Study
from nearsight.errors import CorruptFileError, StaleFileError
from nearsight.lineage import Record, record_of
from nearsight.lineage.settings import defaults_of, differences, study_settings
from nearsight.storage import LAYOUT, read_dataset

NAME = "table"
"""Attribute of a table: which of those of its study it is."""

_SHOWN = 3
_FIRST_AIM = "stability"
"""That of studies of versions that had no other."""


def read_table(path: Path, name: str, aim: str) -> xr.Dataset:
    """One of the tables of a study.

    Args:
        path: of the file.
        name: which table it has to be.
        aim: of the study that it has to be of.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read, or is another table, or none that collect wrote.
    """
    found, of, content = read_any_table(path)
    if (found, of) != (name, aim):
        raise CorruptFileError(
            f"{path}: is table {found} of a study of {of}; expected {name} of a study of {aim}"
        )
    return content


def read_any_table(path: Path) -> tuple[str, str, xr.Dataset]:
    """Name of a table, aim of its study, and the table.

    Raises:
        MissingFileError: no such file.
        CorruptFileError: it cannot be read, or collect did not write it.
    """
    content = read_dataset(path)
    name, aim = kind_of(path, record_of(path, content.attrs))
    if LAYOUT not in content.attrs:
        raise CorruptFileError(f"{path}: not written by nearsight collect: it says no layout")
    return name, aim, content


def kind_of(path: Path, record: Record) -> tuple[str, str]:
    """Name of a table, and the aim of its study, as its file says.

    Raises:
        CorruptFileError: it says neither.
    """
    name = record.attributes.get(NAME)
    if not isinstance(name, str) or "study" not in record.inputs:
        raise CorruptFileError(
            f"{path}: not written by nearsight collect, or by an earlier version: collect again"
        )
    return name, str(record.settings.get("aim", _FIRST_AIM))


def require_one_study(first: Path, one: xr.Dataset, second: Path, other: xr.Dataset) -> None:
    """Refuse tables that are not of one run of collect.

    Args:
        first: file of the one.
        one: its content.
        second: file of the other.
        other: its content.

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
