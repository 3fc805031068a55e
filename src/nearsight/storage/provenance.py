"""Where, when and with what a file was made."""

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nearsight.storage.files import sha256

PACKAGES = ("torch", "schnetpack", "ase", "numpy", "xarray", "netCDF4", "MDAnalysis", "tblite")


def config_hash(settings: Mapping[str, Any]) -> str:
    """Hash of settings that does not depend on the order of their keys."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def provenance(inputs: Mapping[str, Path] | None = None) -> dict[str, str]:
    """Where, when and with what a file is being made; ``inputs`` are named and checksummed."""
    # Late: the command line imports this room to answer --help.
    import platform
    from importlib.metadata import version

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
    import subprocess

    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return result.stdout.strip() if result.returncode == 0 else "unknown"
