"""Whether a folder of trajectories is that of the record beside it."""

from pathlib import Path
from typing import Literal

from nearsight.errors import MissingFileError, NearsightError, StaleFileError
from nearsight.storage.names import is_of_trajectories
from nearsight.verification.content import damage

_RECORDS = {"trajectories": "dynamics.nc", "reference_trajectories": "reference_dynamics.nc"}


def trajectories_differ(
    folder: Path,
) -> tuple[Literal["", "damaged", "missing", "stale"], str]:
    """State and reason; empty where they fit, or where there is no record to compare with."""
    from nearsight.md.record.identity import recorded_hashes, require_same_run
    from nearsight.storage import read_dataset

    path = folder.parent / _RECORDS[folder.name]
    if not path.is_file():
        return "", ""
    try:
        record = read_dataset(path)
        if record.attrs.get("status") == "failed":
            return "", ""
        require_same_run(path, record, folder, tell=False)
    except MissingFileError as error:
        return "missing", str(error)
    except StaleFileError as error:
        return "stale", str(error)
    except NearsightError as error:
        return "damaged", str(error)
    except KeyError as error:
        return "damaged", f"{path}: no record of dynamics ({error})"
    if recorded_hashes(path, record.attrs) is None:
        # Of an earlier version: its files are read to their end instead.
        reasons = [
            damage(file) for file in sorted(folder.iterdir()) if is_of_trajectories(file.name)
        ]
        found = next((reason for reason in reasons if reason), "")
        return ("damaged", found) if found else ("", "")
    return "", ""
