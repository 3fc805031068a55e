"""Results packed, carried and unpacked: what changed on the way is found, and nothing escapes."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from nearsight.bundle import MANIFEST, pack, unpack, verify_bundle, verify_folder
from nearsight.errors import CorruptFileError, DataError, MissingFileError

Command = Callable[..., subprocess.CompletedProcess[str]]

KEPT = {
    "study.json": b"{}",
    "ethanol/data.nc": b"data" * 5000,
    "ethanol/schnet~rc4.0/model.safetensors": b"weights",
    "logs/train/ethanol/schnet~rc4.0.log": b"",
}
LEFT = {
    "ethanol/schnet~rc4.0/trajectories/replica_000.nc": b"positions",
    "ethanol/reference_trajectories/replica_000.nc": b"positions",
    "ethanol/schnet~rc4.0/checkpoint.safetensors": b"half",
    "ethanol/schnet~rc4.0/.dynamics.nc.partial/0/segment.nc": b"half",
    "ethanol/schnet~rc4.0/.model.safetensors.x1/model.safetensors": b"half",
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "cluster" / "mine"
    for name, content in {**KEPT, **LEFT}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def bundle(study: Path, tmp_path: Path) -> Path:
    assert pack(study, tmp_path / "mine.tar") == (len(KEPT), sum(map(len, KEPT.values())))
    return tmp_path / "mine.tar"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_what_comes_home(study: Path, bundle: Path, tmp_path: Path) -> None:
    home = unpack(bundle, tmp_path / "home")
    assert home == tmp_path / "home" / "mine"
    found = contents(home)
    assert found.pop(MANIFEST)
    assert found == KEPT
    # Snakemake goes by times.
    for name in KEPT:
        assert int((home / name).stat().st_mtime) == int((study / name).stat().st_mtime)
    assert [path.name for path in home.parent.iterdir()] == ["mine"]


def test_trajectories_on_demand(study: Path, tmp_path: Path) -> None:
    pack(study, tmp_path / "all.tar", trajectories=True)
    found = contents(unpack(tmp_path / "all.tar", tmp_path / "home"))
    assert "ethanol/schnet~rc4.0/trajectories/replica_000.nc" in found
    assert not any("checkpoint" in name or ".partial" in name for name in found)


def test_manifest_is_read_by_sha256sum(bundle: Path, tmp_path: Path) -> None:
    home = unpack(bundle, tmp_path / "home")
    run = subprocess.run(
        ["sha256sum", "--check", "--strict", "--quiet", MANIFEST], cwd=home, check=False
    )
    assert run.returncode == 0


def test_a_flipped_bit_is_found(bundle: Path, tmp_path: Path) -> None:
    raw = bytearray(bundle.read_bytes())
    raw[raw.index(b"datadata") + 7] ^= 1
    bundle.write_bytes(raw)
    assert verify_bundle(bundle) == (len(KEPT), ["ethanol/data.nc has changed"])
    with pytest.raises(CorruptFileError, match=r"ethanol/data\.nc has changed; nothing is"):
        unpack(bundle, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_cut_bundle_is_found(bundle: Path, tmp_path: Path) -> None:
    raw = bundle.read_bytes()
    for length in (100, len(raw) // 2, raw.index(MANIFEST.encode())):
        bundle.write_bytes(raw[:length])
        with pytest.raises(CorruptFileError):
            unpack(bundle, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_folder_that_was_changed_later(bundle: Path, tmp_path: Path) -> None:
    home = unpack(bundle, tmp_path / "home")
    assert verify_folder(home) == (len(KEPT), [])
    (home / "report.html").write_text("new")
    (home / "ethanol" / "data.nc").write_bytes(b"other")
    (home / "study.json").unlink()
    wrong = ["ethanol/data.nc has changed", "study.json is missing"]
    assert verify_folder(home) == (len(KEPT), wrong)


def test_nothing_is_overwritten(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "home" / "mine").mkdir(parents=True)
    with pytest.raises(DataError, match="is there already"):
        unpack(bundle, tmp_path / "home")


def test_folder_that_is_no_study(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no study\.json"):
        pack(tmp_path, tmp_path / "x.tar")
    with pytest.raises(MissingFileError):
        verify_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("../evil", tarfile.REGTYPE),
        ("mine/../../evil", tarfile.REGTYPE),
        ("/evil", tarfile.REGTYPE),
        ("evil", tarfile.REGTYPE),
        (".ssh/evil", tarfile.REGTYPE),
        ("mine/link", tarfile.SYMTYPE),
        ("mine/link", tarfile.LNKTYPE),
        ("mine/device", tarfile.CHRTYPE),
    ],
)
def test_members_that_would_escape(tmp_path: Path, name: str, kind: bytes) -> None:
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, "/etc/passwd"
        archive.addfile(member, io.BytesIO())
    with pytest.raises(CorruptFileError, match="no file within a study's folder"):
        unpack(path, tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_commands(in_process: Command, bundle: Path, tmp_path: Path) -> None:
    assert "4 files, all as packed" in in_process("verify", bundle).stdout
    assert in_process("unbundle", bundle, "--into", "home").returncode == 0
    (tmp_path / "home" / "mine" / "study.json").write_text("{ }")
    run = in_process("verify", "home/mine")
    assert run.returncode == 1
    assert "study.json has changed" in run.stdout
    assert "1 of 4 files are not as packed" in run.stderr
    assert "damaged: home/mine/study.json" in run.stdout
    refused = in_process("bundle", "home/mine", "--out", "again.tar")
    assert refused.returncode == 1
    assert "nothing is packed" in refused.stderr
    assert not (tmp_path / "again.tar").exists()
    again = in_process("bundle", "home/mine", "--out", "again.tar", "--as-is")
    assert again.returncode == 0
    assert "4 files" in again.stdout
    with tarfile.open(tmp_path / "again.tar") as archive:
        manifest = archive.extractfile("mine/SHA256SUMS")
        assert manifest is not None
        assert manifest.read().startswith(b"# damaged: home/mine/study.json")
