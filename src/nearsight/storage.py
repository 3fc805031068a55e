"""Files that are whole or absent: atomic writing, units on every variable, provenance."""

import errno
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nearsight.errors import CorruptFileError, MissingFileError

if TYPE_CHECKING:
    import xarray as xr

PACKAGES = ("torch", "schnetpack", "ase", "numpy", "xarray", "netCDF4", "MDAnalysis", "tblite")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block ends well.

    The suffix is kept because several libraries choose the format by it. When the block raises,
    the temporary file or folder is removed and what was at ``path`` stays as it was.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    temporary = folder / path.name
    try:
        yield temporary
        if temporary.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            _flush_to_disk(temporary)
        temporary.replace(path)
    except OSError as error:
        if error.errno is None or error.filename not in (None, temporary, str(temporary)):
            raise
        # The user knows the final name, not the temporary one.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def failed_write(path: Path, error: Exception) -> OSError:
    """The ``OSError`` behind a library's own error while writing, which names no cause.

    NetCDF and safetensors report a full disk, a quota or a size limit as a fault of their format.
    """
    text = f"could not be written in full; disk full, quota or size limit? ({error})"
    return OSError(errno.EIO, text, str(path))


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as handle:
        os.fsync(handle.fileno())


def require_file(path: Path) -> Path:
    """Return ``path`` if it is a readable file.

    Raises:
        MissingFileError: if it is not there.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path}: no such file")
    return path


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal text."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def config_hash(settings: Mapping[str, Any]) -> str:
    """Hash of settings that does not depend on the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def provenance(inputs: Mapping[str, Path] | None = None) -> dict[str, str]:
    """Where, when and with what a file is being made; ``inputs`` are named and checksummed."""
    return {
        "nearsight_version": version("nearsight"),
        "git_commit": _git_commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "packages": json.dumps({name: version(name) for name in PACKAGES}),
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "slurm_job_id": os.environ.get("SLURM_JOB_ID", "none"),
        "inputs": json.dumps({name: sha256(path) for name, path in (inputs or {}).items()}),
    }


def _git_commit() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return result.stdout.strip() if result.returncode == 0 else "unknown"


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
        OSError: it cannot be written in full; what was at ``path`` stays.
    """
    check_described(dataset)
    settings = settings or {}
    attributes = {
        **dataset.attrs,
        "title": title,
        **provenance(inputs),
        "settings": json.dumps(settings, sort_keys=True),
        "config_hash": config_hash(settings),
    }
    encoding = {
        str(name): {"zlib": True, "complevel": 1, "fletcher32": True}
        for name, variable in dataset.variables.items()
        if variable.dtype.kind in "fiub" and variable.ndim
    }
    with atomic_path(path) as temporary:
        try:
            dataset.assign_attrs(attributes).to_netcdf(
                temporary, engine="netcdf4", format="NETCDF4", encoding=encoding
            )
        except RuntimeError as error:
            raise failed_write(path, error) from error


def read_dataset(path: Path) -> "xr.Dataset":
    """Read a whole NetCDF file into memory and close it.

    Raises:
        MissingFileError: if it is not there.
        CorruptFileError: if it is truncated, fails its checksum or is not NetCDF.
    """
    import xarray as xr

    require_file(path)
    try:
        with xr.open_dataset(path, engine="netcdf4", decode_times=False) as dataset:
            return dataset.load()
    except (OSError, ValueError, RuntimeError) as error:
        raise CorruptFileError(f"{path}: cannot be read as NetCDF ({error})") from error


def write_json(document: Mapping[str, Any], path: Path) -> None:
    """Write a JSON document atomically, indented, with a final newline.

    Raises:
        ValueError: it holds NaN or infinity, which JSON has no word for (a fault of ours).
    """
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def empty_dataset(reason: str) -> "xr.Dataset":
    """A file's content where a stage had nothing to work on: no variables, status and reason."""
    import xarray as xr

    return xr.Dataset(attrs={"status": "failed", "reason": reason})
