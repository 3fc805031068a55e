"""A file that ends with its own checksum."""

import os
from pathlib import Path

import pytest

from nearsight.programs.sealed import is_private, is_sound, seal


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    path = tmp_path / "library.so"
    path.write_bytes(bytes(range(256)) * 40)
    path.chmod(0o600)
    seal(path)
    return path


def test_what_was_sealed_is_sound(sealed: Path) -> None:
    assert is_sound(sealed)


def test_what_comes_first_is_what_it_was(sealed: Path) -> None:
    assert sealed.read_bytes().startswith(bytes(range(256)) * 40)


@pytest.mark.parametrize("place", [0, 5000, -1, -70])
def test_a_changed_byte_is_found(sealed: Path, place: int) -> None:
    content = bytearray(sealed.read_bytes())
    content[place] ^= 1
    sealed.write_bytes(bytes(content))
    assert not is_sound(sealed)


@pytest.mark.parametrize("length", [0, 10, 81, 5000])
def test_half_a_file_is_not_sound(sealed: Path, length: int) -> None:
    sealed.write_bytes(sealed.read_bytes()[:length])
    assert not is_sound(sealed)


def test_what_is_absent_or_was_never_sealed_is_not_sound(tmp_path: Path) -> None:
    assert not is_sound(tmp_path / "none")
    assert not is_sound(tmp_path)
    (tmp_path / "plain").write_bytes(b"content")
    assert not is_sound(tmp_path / "plain")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_what_others_can_write_is_not_sound(sealed: Path, mode: int) -> None:
    sealed.chmod(mode)
    assert not is_sound(sealed)


def test_a_file_of_another_user_is_not_sound(sealed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = os.getuid() + 1
    if os.getuid() == 0:
        os.chown(sealed, other, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: other)
    assert not is_sound(sealed)


def test_the_administrator_may_place_programs() -> None:
    status = Path("/etc/passwd").stat()
    assert status.st_uid == 0
    assert is_private(status)
