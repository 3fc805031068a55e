"""Files are whole or absent, described, checksummed, and say where they come from."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

import netCDF4
import numpy as np
import pytest
import xarray as xr

from nearsight import __version__
from nearsight.errors import CorruptFileError, MissingFileError
from nearsight.storage import (
    atomic_path,
    check_described,
    config_hash,
    empty_dataset,
    provenance,
    read_dataset,
    require_file,
    sha256,
    write_dataset,
    write_json,
)

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def dataset() -> xr.Dataset:
    """Incompressible numbers, so that the bytes of the data are most of the file."""
    rng = np.random.default_rng(0)
    described = {"units": "eV", "long_name": "energy"}
    return xr.Dataset(
        {
            "energy": ("frame", rng.normal(size=4000), described),
            "count": ("frame", rng.integers(0, 9, 4000), {"units": "1", "long_name": "count"}),
            "ok": ("frame", rng.random(4000) < 0.5, {"units": "1", "long_name": "whether"}),
            "scalar": ((), 1.5, described),
        },
        coords={"frame": ("frame", np.arange(4000), {"units": "1", "long_name": "frame"})},
    )


class BrokenOffError(Exception):
    """What goes wrong inside a block that writes."""


def _break_off(path: Path) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("half of the n")
        raise BrokenOffError


def test_exception_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(BrokenOffError):
        _break_off(path)
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_folders_are_made_and_suffixes_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "a.nc"
    with atomic_path(path) as temporary:
        assert temporary.suffix == ".nc"
        assert temporary.parent.parent == path.parent  # renaming works within a file system alone
        temporary.write_text("whole")
        assert not path.exists()
    assert path.read_text() == "whole"
    assert [p.name for p in path.parent.iterdir()] == ["a.nc"]


def test_a_folder_replaces_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "frames"
    for name in ("first", "second"):
        with atomic_path(path, ours={"first", "second"}.__contains__) as temporary:
            temporary.mkdir()
            (temporary / name).touch()
    assert [p.name for p in path.iterdir()] == ["second"]
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]


def test_readers_never_see_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    document = {"values": list(range(20000))}
    write_json(document, path)
    done = threading.Event()
    seen: list[bool] = []

    def read() -> None:
        while not done.is_set():
            seen.append(json.loads(path.read_text()) == document)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(30):
        write_json(document, path)
    done.set()
    reader.join()
    assert len(seen) > 5
    assert all(seen)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_json_stays_json(value: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json({"a": value}, tmp_path / "a.json")
    assert list(tmp_path.iterdir()) == []


def test_round_trip(dataset: xr.Dataset, tmp_path: Path) -> None:
    write_dataset(dataset, tmp_path / "a.nc", title="some numbers")
    result = read_dataset(tmp_path / "a.nc")
    for name in dataset.variables:
        np.testing.assert_array_equal(result[name], dataset[name])
        assert result[name].dtype == dataset[name].dtype
        assert dataset[name].attrs.items() <= result[name].attrs.items()


@pytest.mark.parametrize("missing", ["units", "long_name"])
@pytest.mark.parametrize("name", ["energy", "frame", "scalar"])
def test_every_variable_needs_units_and_name(
    name: str, missing: str, dataset: xr.Dataset, tmp_path: Path
) -> None:
    check_described(dataset)
    del dataset[name].attrs[missing]
    with pytest.raises(ValueError, match=f"'{name}' lacks {missing}"):
        write_dataset(dataset, tmp_path / "a.nc", title="some numbers")
    assert list(tmp_path.iterdir()) == []


def test_provenance_stands_in_the_file(dataset: xr.Dataset, tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_bytes(b"numbers")
    settings = {"step": 0.1, "seed": 3}
    path = tmp_path / "a.nc"
    write_dataset(
        dataset.assign_attrs(status="ok"),
        path,
        title="some numbers",
        inputs={"numbers": source},
        settings=settings,
    )
    with netCDF4.Dataset(path) as handle:
        attributes = {name: handle.getncattr(name) for name in handle.ncattrs()}
    assert attributes["title"] == "some numbers"
    assert attributes["status"] == "ok"
    assert attributes["nearsight_version"] == __version__
    assert json.loads(attributes["inputs"]) == {"numbers": hashlib.sha256(b"numbers").hexdigest()}
    assert json.loads(attributes["settings"]) == settings
    assert attributes["config_hash"] == config_hash({"seed": 3, "step": 0.1})
    assert {"torch", "schnetpack", "numpy"} <= set(json.loads(attributes["packages"]))
    assert {"git_commit", "date", "hardware", "slurm_job_id"} <= set(attributes)


def test_slurm_job_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert provenance()["slurm_job_id"] == "none"
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    assert provenance()["slurm_job_id"] == "4711"


def test_config_hash_tells_values_apart_and_not_orders() -> None:
    assert config_hash({"a": 1, "b": 2}) == config_hash({"b": 2, "a": 1})
    assert config_hash({"a": 1}) != config_hash({"a": 2})


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256(tmp_path / "a") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


def test_a_flipped_byte_is_caught(dataset: xr.Dataset, tmp_path: Path) -> None:
    """Anywhere within the stored numbers."""
    path = tmp_path / "a.nc"
    write_dataset(dataset[["energy"]].drop_vars("frame"), path, title="some numbers")
    whole = path.read_bytes()
    size = len(whole)
    for place in range(size // 3, size - size // 3, size // 30):
        broken = bytearray(whole)
        broken[place] ^= 0x10
        path.write_bytes(broken)
        with pytest.raises(CorruptFileError, match=r"a\.nc: cannot be read as NetCDF"):
            read_dataset(path)


def test_every_array_has_a_checksum(dataset: xr.Dataset, tmp_path: Path) -> None:
    write_dataset(dataset, tmp_path / "a.nc", title="some numbers")
    with netCDF4.Dataset(tmp_path / "a.nc") as handle:
        filters = {name: variable.filters() for name, variable in handle.variables.items()}
    arrays = {name for name, variable in dataset.variables.items() if variable.ndim}
    assert len(arrays) == 4
    assert all(filters[name]["fletcher32"] and filters[name]["zlib"] for name in arrays)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_truncated_file(share: float, dataset: xr.Dataset, tmp_path: Path) -> None:
    path = tmp_path / "a.nc"
    write_dataset(dataset, path, title="some numbers")
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(CorruptFileError, match=r"a\.nc: cannot be read as NetCDF"):
        read_dataset(path)


def test_file_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_text("name: demo\n")
    with pytest.raises(CorruptFileError, match="cannot be read as NetCDF"):
        read_dataset(tmp_path / "a.nc")


@pytest.mark.parametrize("name", ["absent.nc", "."])
def test_missing_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        read_dataset(tmp_path / name)
    with pytest.raises(MissingFileError, match="no such file"):
        require_file(tmp_path / name)


def test_empty_dataset_says_why(tmp_path: Path) -> None:
    write_dataset(empty_dataset("training diverged"), tmp_path / "a.nc", title="nothing")
    attributes = read_dataset(tmp_path / "a.nc").attrs
    assert (attributes["status"], attributes["reason"]) == ("failed", "training diverged")


# A limit on the size of files makes the system refuse a write half-way, as a full disk does.
FULL_DISK = """
import resource, sys
from pathlib import Path
import numpy as np
from nearsight import cli, storage

described = {"units": "1", "long_name": "a"}
numbers = np.random.default_rng(0).normal(size=20000)
kind = sys.argv[1]
path = Path("out") / f"a.{kind}"
if kind == "nc":
    import xarray as xr
    dataset = xr.Dataset({"a": ("x", numbers, described)})
    cli.app = lambda: storage.write_dataset(dataset, path, title="a")
elif kind == "json":
    cli.app = lambda: storage.write_json({"a": numbers.tolist()}, path)
else:
    import torch
    from nearsight.models.tensors import write_tensors
    tensor = torch.as_tensor(numbers)
    cli.app = lambda: write_tensors({"a": tensor}, path, {})
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
cli.main()
"""


@pytest.mark.parametrize("kind", ["nc", "json", "safetensors"])
def test_full_disk_ends_in_one_line_and_leaves_the_old_file(kind: str, tmp_path: Path) -> None:
    old = tmp_path / "out" / f"a.{kind}"
    old.parent.mkdir()
    old.write_text("old")
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, kind],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.startswith(f"nearsight: error: out/a.{kind}: ")
    assert "Traceback" not in run.stderr
    assert [p.name for p in old.parent.iterdir()] == [old.name]
    assert old.read_text() == "old"


@pytest.mark.parametrize(("out", "reason"), [("file/a.json", "exists"), ("folder", "director")])
def test_output_path_that_cannot_be(
    out: str, reason: str, tmp_path: Path, nearsight: Command
) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    run = nearsight("config", "schema", "--out", out)
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert reason in run.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]


def test_a_file_is_hashed_once_until_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, read = tmp_path / "x", []
    path.write_bytes(b"one")
    digest = hashlib.file_digest

    def counted(file: IO[bytes], name: str) -> object:
        read.append(name)
        return digest(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counted)
    assert sha256(path) == sha256(path) == hashlib.sha256(b"one").hexdigest()
    assert len(read) == 2  # just written: it could change without a change of its times
    monkeypatch.setattr("nearsight.storage.files._SETTLED_NS", 0)
    assert sha256(path) == sha256(path) == hashlib.sha256(b"one").hexdigest()
    assert len(read) == 3
    times = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert sha256(path) == hashlib.sha256(b"two").hexdigest()
