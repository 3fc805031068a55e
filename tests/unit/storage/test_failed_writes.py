"""A full disk is told as one, whatever the library that met it made of it."""

import errno
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nearsight.errors import DataError
from nearsight.storage import atomic_path
from nearsight.storage.faults import lack_of_room

WRITERS = """
import sys, tarfile, io
from pathlib import Path
import numpy as np
from nearsight import cli, storage
from nearsight.cli.ending import exit_code

where = Path(sys.argv[1])
numbers = np.random.default_rng(0).normal(size=400_000)

def nc():
    import xarray as xr
    described = {"units": "1", "long_name": "a"}
    storage.write_dataset(xr.Dataset({"a": ("x", numbers, described)}), where / "a.nc", title="a")

def groups():
    import xarray as xr
    described = {"units": "1", "long_name": "a"}
    group = xr.Dataset({"a": ("x", numbers, described)})
    storage.write_groups({"/one": group}, where / "g.nc", title="a")

def json():
    storage.write_json({"a": numbers.tolist()}, where / "a.json")

def safetensors():
    import torch
    from nearsight.models.tensors import write_tensors
    write_tensors({"a": torch.as_tensor(numbers)}, where / "a.safetensors", {})

def png():
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots()
    axes.imshow(numbers.reshape(500, -1))
    with storage.atomic_path(where / "a.png") as temporary:
        figure.savefig(temporary, dpi=600)

def db():
    import sqlite3
    with storage.atomic_path(where / "a.db") as temporary:
        database = sqlite3.connect(temporary)
        database.execute("create table a (b blob)")
        database.execute("insert into a values (?)", (numbers.tobytes(),))
        database.commit()

def trajectories():
    import MDAnalysis
    from MDAnalysis.coordinates.TRJ import NCDFWriter
    with storage.atomic_path(where / "trajectories") as folder:
        folder.mkdir()
        universe = MDAnalysis.Universe.empty(20_000, trajectory=True)
        with NCDFWriter(str(folder / "replica_000.nc"), 20_000) as writer:
            for _ in range(20):
                writer.write(universe)

def tar():
    with storage.atomic_path(where / "a.tar") as temporary, tarfile.open(temporary, "w") as file:
        member = tarfile.TarInfo("a")
        member.size = numbers.nbytes
        file.addfile(member, io.BytesIO(numbers.tobytes()))

for writer in (nc, groups, json, safetensors, png, db, trajectories, tar):
    print(writer.__name__, exit_code(writer), sorted(p.name for p in where.iterdir()), flush=True)
"""


def small_disk(tmp_path: Path) -> list[str]:
    """The beginning of a command in whose eyes ``tmp_path/small`` is a disk of one megabyte."""
    (tmp_path / "small").mkdir()
    mount = f"mount -t tmpfs -o size=1m tmpfs {tmp_path}/small"
    begin = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        f'{mount} && exec "$@"',
        "sh",
    ]
    try:
        tried = subprocess.run([*begin, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if tried.returncode:
        pytest.skip(f"no small disk can be mounted here: {tried.stderr}")
    return begin


@pytest.mark.slow
def test_every_kind_of_output_says_that_the_disk_is_full(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            *small_disk(tmp_path),
            sys.executable,
            "-W",
            "ignore",
            "-c",
            WRITERS,
            str(tmp_path / "small"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    said = run.stdout.splitlines()
    assert [line.split()[1:] for line in said] == [["1", "[]"]] * 8, run.stdout + run.stderr
    lines = [line for line in run.stderr.splitlines() if line]
    assert len(lines) == 8, run.stderr
    assert all("No space left on device" in line for line in lines), run.stderr


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), errno.ENOSPC),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), errno.EDQUOT),
        (RuntimeError("I/O error: No space left on device (os error 28)"), errno.ENOSPC),
        (
            RuntimeError("file write failed: errno = 27, error message = 'File too large'"),
            errno.EFBIG,
        ),
        (sqlite3.OperationalError("database or disk is full"), errno.ENOSPC),
        (RuntimeError("NetCDF: HDF error"), None),
        (PermissionError(errno.EACCES, "Permission denied"), None),
    ],
)
def test_lack_of_room_is_read_off_what_libraries_say(
    error: Exception, number: int | None, tmp_path: Path
) -> None:
    assert lack_of_room(error, tmp_path) == number
    wrapped = ValueError("cannot be written")
    wrapped.__cause__ = error
    assert lack_of_room(wrapped, tmp_path) == number
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [DataError("no frames"), KeyError("a"), RuntimeError("other")])
def test_other_faults_stay_what_they_are(fault: Exception, tmp_path: Path) -> None:
    def write() -> None:
        with atomic_path(tmp_path / "a"):
            raise fault

    with pytest.raises(type(fault)) as raised:
        write()
    assert raised.value is fault
    assert list(tmp_path.iterdir()) == []


def test_permission_is_still_called_permission(tmp_path: Path) -> None:
    def write() -> None:
        with atomic_path(tmp_path / "a") as temporary:
            raise PermissionError(errno.EACCES, "Permission denied", str(temporary))

    with pytest.raises(PermissionError) as raised:
        write()
    assert raised.value.filename == str(tmp_path / "a")


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def text(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("a")


def private(path: Path) -> None:
    """As libraries do that write through a temporary file of their own."""
    with atomic_path(path) as temporary:
        temporary.write_text("a")
        temporary.chmod(0o600)


def tensors(path: Path) -> None:
    import torch

    from nearsight.models.tensors import write_tensors

    write_tensors({"a": torch.zeros(2)}, path, {})


@pytest.mark.parametrize(("umask", "expected"), [(0o022, 0o644), (0o027, 0o640), (0o002, 0o664)])
@pytest.mark.parametrize("write", [text, private, tensors])
def test_permissions_are_those_of_every_other_file(
    write: Callable[[Path], None], umask: int, expected: int, tmp_path: Path
) -> None:
    before = os.umask(umask)
    try:
        write(tmp_path / "a")
        with atomic_path(tmp_path / "folder") as temporary:
            temporary.mkdir()
            write(temporary / "a")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == mode(tmp_path / "folder" / "a") == expected
    assert mode(tmp_path / "folder") == 0o777 & ~umask


def test_file_that_is_replaced_keeps_its_permissions(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    (tmp_path / "a").chmod(0o640)
    private(tmp_path / "a")
    assert mode(tmp_path / "a") == 0o640
    (tmp_path / "folder").mkdir(mode=0o750)
    with atomic_path(tmp_path / "folder") as temporary:
        temporary.mkdir()
    assert mode(tmp_path / "folder") == 0o750
