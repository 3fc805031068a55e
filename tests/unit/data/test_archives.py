"""Archives that are encrypted, would fill the disk, or hold holes: refused in one line."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from mutations import faults

from nearsight.data.archives import unpack
from nearsight.errors import CorruptFileError, DataError


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npz", content)
    return file.getvalue()


def _tar(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        info = tarfile.TarInfo("a.npz")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    content = bytearray(_zip(b"hello"))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(CorruptFileError, match=r"a\.zip: .*encrypted"):
        unpack(path, "a.npz", tmp_path / "out.npz")


def test_a_member_that_grows_a_thousandfold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(_zip(bytes(10_000_000)))
    with pytest.raises(CorruptFileError, match="would grow to 10000000"):
        unpack(path, "a.npz", tmp_path / "out.npz")
    assert [p.name for p in tmp_path.iterdir()] == ["a.zip"]


def test_a_member_of_holes_is_refused(tmp_path: Path) -> None:
    head = bytearray(tarfile.TarInfo("a.npz").tobuf(tarfile.GNU_FORMAT))
    head[156:157] = tarfile.GNUTYPE_SPARSE
    head[483:495] = b"77777777777\0"
    head[148:156] = b" " * 8
    head[148:156] = f"{sum(head):06o}\0 ".encode()
    path = tmp_path / "a.tar"
    path.write_bytes(bytes(head) + bytes(1024))
    with pytest.raises(DataError, match=r"a\.npz is no file"):
        unpack(path, "a.npz", tmp_path / "out.npz")


def test_mutated_archives_end_in_a_result_or_one_line(tmp_path: Path) -> None:
    files = {"a.zip": _zip(bytes(range(200))), "a.tar.gz": _tar(bytes(range(200)))}
    found = faults(
        lambda path: unpack(path, "a.npz", tmp_path / "out" / "a.npz"),
        files,
        tmp_path,
        seconds=30,
        most=400,
        binary=tuple(files),
    )
    assert not found, found
