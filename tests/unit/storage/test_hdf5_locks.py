"""HDF5 asks the file system for no locks, which it may not have; a user's own setting wins."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

VARIABLE = "HDF5_USE_FILE_LOCKING"
# As NFS without its daemon (37), a file system without locks (95) and a parallel one (524) answer.
NO_LOCKS = """
#include <errno.h>
#include <stdlib.h>
int flock(int fd, int operation) { errno = atoi(getenv("ANSWER")); return -1; }
"""
ROUND_TRIP = """
import sys
from pathlib import Path
import nearsight
from nearsight.storage import read_dataset, write_dataset
import h5py, numpy as np, xarray as xr

described = {"units": "1", "long_name": "a"}
path = Path(sys.argv[1])
write_dataset(xr.Dataset({"a": ("x", np.arange(3.0), described)}), path, title="a")
print(read_dataset(path)["a"].sum().item(), h5py.File(path)["a"].shape)
"""


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {key: value for key, value in os.environ.items() if key != VARIABLE}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**known, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def without_locks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locks")
    (folder / "locks.c").write_text(NO_LOCKS)
    library = folder / "locks.so"
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(folder / "locks.c")]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no C compiler here")
    return library


@pytest.mark.parametrize("answer", ["37", "95", "524"])
def test_files_are_written_and_read_where_there_are_no_locks(
    answer: str, without_locks: Path, tmp_path: Path
) -> None:
    done = run(ROUND_TRIP, str(tmp_path / "a.nc"), LD_PRELOAD=str(without_locks), ANSWER=answer)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "3.0 (3,)\n"


def test_own_setting_of_a_user_wins_and_is_named_where_it_fails(
    without_locks: Path, tmp_path: Path
) -> None:
    code = f"import os, nearsight; print(os.environ[{VARIABLE!r}])"
    assert run(code).stdout == "FALSE\n"
    assert run(code, **{VARIABLE: "TRUE"}).stdout == "TRUE\n"
    path = str(tmp_path / "a.nc")
    told = {VARIABLE: "TRUE", "LD_PRELOAD": str(without_locks), "ANSWER": "37"}
    wrote = run(ROUND_TRIP, path, **told)
    assert f"{VARIABLE}=FALSE" in wrote.stderr.splitlines()[-1]
    assert run(ROUND_TRIP, path).returncode == 0
    read = ROUND_TRIP.replace("write_dataset(xr", "(lambda *_, **__: 0)(xr")
    assert f"{VARIABLE}=FALSE" in run(read, path, **told).stderr.splitlines()[-1]
