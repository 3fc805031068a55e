"""Files that are whole or absent: atomic writing, units on every variable, provenance."""

from nearsight.storage.atomic import atomic_path, failed_write
from nearsight.storage.files import require_file, sha256, write_json
from nearsight.storage.netcdf import check_described, empty_dataset, read_dataset, write_dataset
from nearsight.storage.provenance import PACKAGES, config_hash, provenance

__all__ = [
    "PACKAGES",
    "atomic_path",
    "check_described",
    "config_hash",
    "empty_dataset",
    "failed_write",
    "provenance",
    "read_dataset",
    "require_file",
    "sha256",
    "write_dataset",
    "write_json",
]
