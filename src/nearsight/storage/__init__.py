"""Files that are whole or absent: atomic writing, locks, units on every variable, provenance."""

from nearsight.storage.atomic import atomic_path
from nearsight.storage.faults import failed_write
from nearsight.storage.files import require_file, sha256, write_json
from nearsight.storage.finished_parts import FinishedParts
from nearsight.storage.folders import require_replaceable
from nearsight.storage.groups import read_groups, write_groups
from nearsight.storage.kept import finished_of, is_kept, partial_of, remove_kept
from nearsight.storage.kinds import Kind, read_kind
from nearsight.storage.lock import locked
from nearsight.storage.netcdf import (
    NOT_APPLICABLE,
    check_described,
    empty_dataset,
    why_failed,
    write_dataset,
)
from nearsight.storage.provenance import PACKAGES, config_hash, provenance
from nearsight.storage.reading import LAYOUT, is_netcdf, opened_netcdf, read_dataset
from nearsight.storage.temporary import claimed, sweep, sweep_inside

__all__ = [
    "FinishedParts",
    "Kind",
    "LAYOUT",
    "NOT_APPLICABLE",
    "PACKAGES",
    "atomic_path",
    "check_described",
    "claimed",
    "config_hash",
    "empty_dataset",
    "failed_write",
    "finished_of",
    "is_kept",
    "is_netcdf",
    "locked",
    "opened_netcdf",
    "partial_of",
    "provenance",
    "read_dataset",
    "read_groups",
    "read_kind",
    "remove_kept",
    "require_file",
    "require_replaceable",
    "sha256",
    "sweep",
    "sweep_inside",
    "why_failed",
    "write_dataset",
    "write_groups",
    "write_json",
]
