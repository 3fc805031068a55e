"""The list of checksums: written, read and compared, by us and by `sha256sum`."""

import hashlib
import string
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.bundle.allowed import LONGEST, fault_of_name, fault_of_names
from nearsight.bundle.manifest import (
    MANIFEST,
    differences,
    extend_manifest,
    left_behind,
    parse_manifest,
    sums_of,
    verify_folder,
    write_manifest,
)
from nearsight.errors import CorruptFileError, MissingFileError

PARTS = st.text(string.ascii_letters + string.digits + "._~-é中 ", min_size=1, max_size=8)
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join).filter(lambda p: not fault_of_name(p))
SUMS = st.dictionaries(PATHS, st.text("0123456789abcdef", min_size=64, max_size=64), max_size=6)
ZEROS, ONES = "0" * 64, "1" * 64


@given(sums=SUMS, notes=st.lists(st.text(max_size=20), max_size=3))
def test_what_is_written_is_read(sums: dict[str, str], notes: list[str]) -> None:
    text = write_manifest(sums, notes)
    assert parse_manifest(text, "m") == sums
    assert text.count("\n") == len(sums) + len(notes)
    paths = [line[66:] for line in text.split("\n") if line and not line.startswith("#")]
    assert paths == sorted(sums)


def test_notes_are_comments_of_one_line() -> None:
    assert write_manifest({}, ["two\nlines  and blanks"]) == "# two lines and blanks\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "line 2 is no checksum with a path"),
        (ZEROS, "line 2 is no checksum"),
        (f"{ZEROS} a", "line 2 is no checksum"),
        (f"{ZEROS[1:]}  a", "line 2 is no checksum"),
        (f"{ZEROS.replace('0', 'A')}  a", "line 2 is no checksum"),
        (f"{ZEROS}   a", "line 2 is no checksum"),
        (f"{ZEROS}  b", "line 2: 'b' is there twice"),
        (f"{ZEROS}  ../a", "line 2: '../a' is no plain path within a study's folder"),
        (f"{ZEROS}  /etc/passwd", "is no plain path"),
        (f"{ZEROS}  a//b", "is no plain path"),
        (f"{ZEROS}  a\r", "cannot hold, or a space at an end"),
    ],
)
def test_a_line_that_is_none_is_named(line: str, words: str) -> None:
    with pytest.raises(CorruptFileError) as caught:
        parse_manifest(f"{ONES}  b\n{line}\n", "x.tar: SHA256SUMS")
    assert str(caught.value).startswith("x.tar: SHA256SUMS: ")
    assert words in str(caught.value)


def test_empty_lines_and_comments_are_passed_over() -> None:
    assert parse_manifest(f"\n# hello\n{ZEROS}  a b\n\n", "m") == {"a b": ZEROS}
    assert parse_manifest("", "m") == {}


@given(sums=SUMS)
def test_nothing_differs_from_itself(sums: dict[str, str]) -> None:
    assert differences(sums, sums) == []
    assert differences(sums, {}) == [f"{path} is missing" for path in sorted(sums)]
    assert differences({}, sums) == [f"{path} is not in {MANIFEST}" for path in sorted(sums)]


def test_differences_come_in_order_of_the_paths() -> None:
    expected, found = {"a": ONES, "b": ONES, "d": ONES}, {"b": ZEROS, "c": ZEROS, "d": ONES}
    assert differences(expected, found) == [
        "a is missing", "b has changed", "c is not in SHA256SUMS",
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of odd names with their list, as another program would write it."""
    for name in ("a.nc", "deep/b c.nc", "é~rc5.0/model"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    names = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    said = subprocess.run(
        ["sha256sum", *names], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    (tmp_path / MANIFEST).write_text(said.stdout)
    return tmp_path


def test_the_list_of_sha256sum_is_ours(folder: Path) -> None:
    sums = sums_of(folder / MANIFEST)
    assert sums["deep/b c.nc"] == hashlib.sha256(b"deep/b c.nc").hexdigest()
    assert write_manifest(sums) == (folder / MANIFEST).read_text()
    assert verify_folder(folder) == (3, [])


def test_every_byte_of_every_file_counts(folder: Path) -> None:
    path = folder / "a.nc"
    for place in range(len(b"a.nc")):
        content = bytearray(b"a.nc")
        content[place] ^= 1
        path.write_bytes(content)
        assert verify_folder(folder) == (3, ["a.nc has changed"])
    path.unlink()
    assert verify_folder(folder) == (3, ["a.nc is missing"])


def test_files_that_came_later_are_no_fault(folder: Path) -> None:
    (folder / "figures").mkdir()
    (folder / "figures/new.svg").touch()
    assert verify_folder(folder) == (3, [])


def test_a_folder_without_a_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=MANIFEST):
        verify_folder(tmp_path)


def test_lists_grow_and_keep_what_was_noted(folder: Path) -> None:
    manifest = folder / MANIFEST
    manifest.write_text("# left out: x\n" + manifest.read_text())
    extend_manifest(manifest, {"new": ONES, "a.nc": ZEROS})
    sums = sums_of(manifest)
    assert (sums["new"], sums["a.nc"], len(sums)) == (ONES, ZEROS, 4)
    assert manifest.read_text().startswith("# left out: x\n")
    extend_manifest(manifest, {}, kept=lambda path: path != "new")
    assert "new" not in sums_of(manifest)
    extend_manifest(folder / "deep" / MANIFEST, {"b": ONES})
    assert sums_of(folder / "deep" / MANIFEST) == {"b": ONES}


def test_what_was_left_behind_lies_beside_what_came(folder: Path) -> None:
    assert left_behind(folder, {"trajectories"}) == {
        "/trajectories", "deep/trajectories", "é~rc5.0/trajectories",
    }  # fmt: skip
    assert left_behind(folder / "deep", {"trajectories"}) == set()
    (folder / MANIFEST).write_text(f"{ONES}  a/m\n{ONES}  a/trajectories/r.nc\n")
    assert "a/trajectories" not in left_behind(folder, {"trajectories"})


# Names.


@pytest.mark.parametrize(
    "name", ["a", "a/b/c", "schnet~rc5.0~T3", "a b", "é", "中文/x", "x" * LONGEST, "..a", "a..b"]
)
def test_names_that_every_machine_can_hold(name: str) -> None:
    assert fault_of_name(name) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "no plain path"),
        ("/a", "no plain path"),
        ("a/", "no plain path"),
        ("a/../b", "no plain path"),
        ("./a", "no plain path"),
        ("a\nb", "cannot hold"),
        ("a\\b", "cannot hold"),
        (" a", "a space at an end"),
        ("a /b", "a space at an end"),
        ("a\u200bb", "cannot hold"),
        ("\udcff", "not UTF-8"),
        ("x" * (LONGEST + 1), "longer than 255 bytes"),
        ("é" * 128, "longer than 255 bytes"),
    ],
)
def test_names_that_some_cannot(name: str, words: str) -> None:
    assert words in fault_of_name(name)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["a", "b", "a/c"], "'a' is a file, and the folder of 'a/c'"),
        (["A", "a"], "'A' and 'a' are the same file on some machines"),
        (["ﬁ", "fi"], "are the same file on some machines"),
        (["é", "é"], "are the same file on some machines"),
        (["Straße", "STRASSE"], "are the same file on some machines"),
        (["a/B/c", "a/b/C"], "are the same file on some machines"),
        (["a", "b", "ab", "a.b", "c/d", "c/e"], ""),
    ],
)
def test_names_in_one_folder(names: list[str], words: str) -> None:
    assert words in fault_of_names(names)
    assert bool(fault_of_names(names)) is bool(words)
