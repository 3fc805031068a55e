"""Tar files from anywhere: what is no plain file is refused by its header, in no time."""

import errno
import io
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from nearsight.bundle import MANIFEST, pack, unpack, verify_bundle, verify_folder
from nearsight.errors import CorruptFileError, DataError

HUGE = 1 << 42
SECONDS = 5


def refused(path: Path, home: Path, match: str) -> None:
    """Both verbs say so in one line, at once, and nothing stands there."""
    for work in (lambda: verify_bundle(path), lambda: unpack(path, home)):
        start = time.monotonic()
        with pytest.raises(CorruptFileError, match=match) as found:
            work()
        assert time.monotonic() - start < SECONDS
        assert str(path) in str(found.value)
    assert not home.exists()


@pytest.mark.skipif(shutil.which("tar") is None, reason="needs GNU tar")
@pytest.mark.parametrize(
    "options",
    [
        ["--format=gnu"],
        ["--format=posix", "--sparse-version=0.0"],
        ["--format=posix", "--sparse-version=0.1"],
        ["--format=posix", "--sparse-version=1.0"],
    ],
)
def test_sparse_files_of_every_version(tmp_path: Path, options: list[str]) -> None:
    study = tmp_path / "mine"
    study.mkdir()
    with (study / "data.nc").open("wb") as file:
        file.truncate(1 << 36)
        file.seek(1 << 35)
        file.write(b"x")
    path = tmp_path / "sparse.tar"
    command = ["tar", "--create", "--sparse", *options, "--file", path, "mine/data.nc"]
    subprocess.run([*map(str, command)], cwd=tmp_path, check=True)
    assert path.stat().st_size < 100_000
    refused(path, tmp_path / "home", "sparse file")


@pytest.mark.parametrize("version", ["1.0", "0.0", "0.1"])
def test_sparse_by_attributes_alone(tmp_path: Path, version: str) -> None:
    major, minor = version.split(".")
    attributes = {
        "GNU.sparse.major": major, "GNU.sparse.minor": minor,
        "GNU.sparse.realsize": str(HUGE), "GNU.sparse.name": "mine/data.nc",
    }  # fmt: skip
    path = tmp_path / "sparse.tar"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("mine/GNUSparseFile.0/data.nc")
        member.pax_headers = attributes
        archive.addfile(member, io.BytesIO())
    refused(path, tmp_path / "home", "sparse file")


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "pipe"),
        (tarfile.DIRTYPE, "folder"),
        (tarfile.CONTTYPE, "unknown kind"),
        (b"V", "unknown kind"),
    ],
)
def test_members_that_are_no_plain_files(tmp_path: Path, kind: bytes, word: str) -> None:
    path = tmp_path / "evil.tar"
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("mine/data.nc")
        member.type, member.linkname = kind, "mine/study.json"
        archive.addfile(member)
    refused(path, tmp_path / "home", word)


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_declared_sizes(tmp_path: Path, form: int) -> None:
    path = tmp_path / "huge.tar"
    member = tarfile.TarInfo("mine/data.nc")
    member.size = HUGE
    path.write_bytes(member.tobuf(form) + b"x" * 1024)
    refused(path, tmp_path / "home", "more than the whole file has")


def test_headers_that_ask_for_all_memory(tmp_path: Path) -> None:
    path = tmp_path / "header.tar"
    header = tarfile.TarInfo("mine/data.nc")
    header.type, header.size = tarfile.XHDTYPE, HUGE
    path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    refused(path, tmp_path / "home", "larger than any")
    for kind in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XGLTYPE):
        header.type = kind
        path.write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
        refused(path, tmp_path / "home", "unknown kind")


def bundle_of(path: Path, names: list[str], form: int = tarfile.PAX_FORMAT) -> Path:
    """Empty files of these names, without a list of checksums."""
    with tarfile.open(path, "w", format=form) as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    return path


@pytest.mark.parametrize(
    ("names", "match"),
    [
        (["mine/a", "mine/a"], "the same file"),
        (["mine/Data.nc", "mine/data.nc"], "the same file"),
        (["mine/\u00e4", "mine/a\u0308"], "the same file"),
        (["mine/\u212a", "mine/k"], "the same file"),
        (["mine/a", "mine/a/b"], "is a file, and the folder"),
        (["mine/a", "other/a"], "more than one folder"),
        (["mine/../../evil"], "no plain path"),
        (["mine//evil"], "no plain path"),
        (["mine/./evil"], "no plain path"),
        (["mine/x\\y"], "character"),
        (["mine/x\ny"], "character"),
        (["mine/x\u2028y"], "character"),
        (["mine/ x"], "a space at an end"),
        (["mine/" + 256 * "x"], "longer than 255"),
    ],
)
def test_names(tmp_path: Path, names: list[str], match: str) -> None:
    refused(bundle_of(tmp_path / "names.tar", names), tmp_path / "home", match)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    path = bundle_of(tmp_path / "names.tar", ["mine/bad_name"], tarfile.USTAR_FORMAT)
    raw = bytearray(path.read_bytes())
    raw[8] = 0xFF
    raw[148:156] = b" " * 8
    raw[148:156] = struct.pack("8s", b"%06o\0 " % sum(raw[:512]))
    path.write_bytes(raw)
    refused(path, tmp_path / "home", "not UTF-8")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "study.json").write_text("{}")
    return folder


@pytest.mark.parametrize("name", ["x\ny", "x\\y", "x ", b"x\xff", "x\x85y", 3 * "\u20ac" + " "])
def test_names_are_refused_before_packing(study: Path, tmp_path: Path, name: str | bytes) -> None:
    shown = name if isinstance(name, str) else name.decode("utf-8", "surrogateescape")
    (study / shown).write_text("content")
    with pytest.raises(DataError, match="rename"):
        pack(study, tmp_path / "mine.tar")
    assert not (tmp_path / "mine.tar").exists()


def test_names_that_differ_in_case_are_refused_before_packing(study: Path, tmp_path: Path) -> None:
    for name in ("Ethanol", "ethanol"):
        (study / name).mkdir()
        (study / name / "data.nc").write_text(name)
    with pytest.raises(DataError, match=r"'Ethanol/data\.nc' and 'ethanol/data\.nc'"):
        pack(study, tmp_path / "mine.tar")


def test_what_is_packed_can_be_verified(study: Path, tmp_path: Path) -> None:
    """Long names, other alphabets and empty files: whatever is not refused comes out again."""
    names = ["\u00e4thanol/" + 200 * "x", "painn~rc5.0~T3/model.safetensors", "a b/c", "#x", "-x"]
    for name in names:
        (study / name).parent.mkdir(exist_ok=True)
        (study / name).write_text(name)
    pack(study, tmp_path / "mine.tar")
    n_files, wrong = verify_bundle(tmp_path / "mine.tar")
    assert (n_files, wrong) == (len(names) + 1, [])
    home = unpack(tmp_path / "mine.tar", tmp_path / "home")
    assert all((home / name).read_text() == name for name in names)
    assert verify_folder(home) == (n_files, [])


def test_links_are_followed_or_named(study: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "scratch"
    elsewhere.mkdir()
    (elsewhere / "data.nc").write_text("far away")
    (study / "ethanol").symlink_to(elsewhere)
    (study / "copy.nc").symlink_to(elsewhere / "data.nc")
    (study / "hard.nc").hardlink_to(elsewhere / "data.nc")
    (study / "nowhere").symlink_to(tmp_path / "gone")
    (study / "circle").symlink_to(study)
    said: list[str] = []
    pack(study, tmp_path / "mine.tar", say=said.append)
    assert len(said) == 2
    assert any("nowhere" in line for line in said)
    assert any("circle" in line for line in said)
    home = unpack(tmp_path / "mine.tar", tmp_path / "home")
    for name in ("ethanol/data.nc", "copy.nc", "hard.nc"):
        assert (home / name).read_text() == "far away"
        assert not (home / name).is_symlink()
    manifest = (home / MANIFEST).read_text()
    assert "# left out: nowhere" in manifest
    checked = subprocess.run(["sha256sum", "--check", "--strict", MANIFEST], cwd=home, check=False)
    assert checked.returncode == 0


def test_links_in_the_way_are_left_alone(study: Path, tmp_path: Path) -> None:
    """A link of the study's name, wherever it leads, is not what unbundle made."""
    pack(study, tmp_path / "mine.tar")
    home = tmp_path / "home"
    home.mkdir()
    for target in (tmp_path / "gone", tmp_path):
        (home / "mine").symlink_to(target)
        with pytest.raises(DataError, match="is there already"):
            unpack(tmp_path / "mine.tar", home)
        assert (home / "mine").is_symlink()
        assert not (tmp_path / "gone").exists()
        (home / "mine").unlink()


def test_a_failure_leaves_nothing(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack(study, tmp_path / "mine.tar")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "utime", full)
    with pytest.raises(OSError, match="No space"):
        unpack(tmp_path / "mine.tar", tmp_path / "home")
    assert list((tmp_path / "home").iterdir()) == []


def test_a_file_that_shrinks_while_it_is_packed(
    study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (study / "data.nc").write_bytes(b"x" * 10_000)
    # The package's attribute of this name is the function.
    reader = sys.modules["nearsight.bundle.pack"]._Hashed
    monkeypatch.setattr(reader, "read", lambda *_: b"")
    with pytest.raises(DataError, match=r"data\.nc: has changed while it was packed"):
        pack(study, tmp_path / "mine.tar")
    assert not (tmp_path / "mine.tar").exists()


@pytest.mark.parametrize("line", ["../evil", "/etc/passwd", "a/../../b"])
def test_list_of_checksums_that_leads_elsewhere(study: Path, line: str) -> None:
    (study / MANIFEST).write_text(f"{64 * 'a'}  {line}\n")
    with pytest.raises(CorruptFileError, match="line 1"):
        verify_folder(study)
