"""What a file is by its first bytes, and how faults of parsers become one line."""

import gzip
import warnings
from pathlib import Path

import pytest

from nearsight.data.formats.foreign_parsers import listed, parsing, reason_of
from nearsight.data.formats.signatures import require_kind
from nearsight.errors import CorruptFileError, DataError, MoleculeError

MARKS = {
    ".db": b"SQLite format 3\0",
    ".npz": b"PK\x03\x04",
    ".h5": b"\x89HDF\r\n\x1a\n",
    ".nc": b"CDF\x01",
    ".gz": b"\x1f\x8b",
    ".bz2": b"BZh9",
    ".xz": b"\xfd7zXZ\0",
}


@pytest.mark.parametrize("there", MARKS)
@pytest.mark.parametrize("name", [*MARKS, ".xyz"])
def test_a_kind_passes_under_its_own_ending_alone(tmp_path: Path, there: str, name: str) -> None:
    path = tmp_path / f"a file{name}"
    path.write_bytes(MARKS[there] + b"and more")
    if there == name:
        require_kind(path, name)
        return
    with pytest.raises(CorruptFileError) as caught:
        require_kind(path, name)
    message = str(caught.value)
    assert message.startswith(f"{path}: cannot be read as {name}: by its content it is ")
    assert f"rename it to end in {there}" in message or f" or {there}" in message


@pytest.mark.parametrize("content", [b"", b"3\nwater\n", b"P", b"SQLite format", b"\x89HDF"])
def test_text_passes_under_every_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a"
    path.write_bytes(content)
    for ending in (*MARKS, ".xyz"):
        require_kind(path, ending)


def test_both_endings_of_hdf5_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(MARKS[".h5"])
    require_kind(tmp_path / "a", ".hdf5")
    with pytest.raises(CorruptFileError, match=r"rename it to end in \.hdf5 or \.h5"):
        require_kind(tmp_path / "a", ".db")


def test_a_single_array_of_numpy_is_told_from_an_archive(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\x93NUMPY\x01\x00")
    with pytest.raises(CorruptFileError, match="by its content it is a single NumPy array"):
        require_kind(tmp_path / "a", ".db")


def test_what_parsers_raise_becomes_one_line() -> None:
    for error in (
        AssertionError(),
        KeyError("x"),
        RecursionError("too\n deep"),
        ValueError("a\nb\n" + 9000 * "c"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
    ):
        with pytest.raises(CorruptFileError) as caught, parsing("a.xyz: frame 3", "extended xyz"):
            raise error
        message = str(caught.value)
        assert message.startswith("a.xyz: frame 3: cannot be read as extended xyz (")
        assert "\n" not in message
        assert len(message) < 1000
        assert caught.value.__cause__ is None


def test_an_error_without_words_says_its_kind() -> None:
    assert reason_of(AssertionError()) == "AssertionError"
    assert reason_of(ValueError("two\n  lines")) == "two lines"


def test_errors_of_ours_go_through_as_they_are() -> None:
    ours = MoleculeError("said already")
    with pytest.raises(MoleculeError) as caught, parsing("a", "b"):
        raise ours
    assert caught.value is ours


def test_a_file_that_is_too_large_is_said_to_be() -> None:
    with pytest.raises(DataError) as caught, parsing(Path("a.npz"), ".npz"):
        raise MemoryError
    assert str(caught.value) == (
        "a.npz: does not fit into memory as .npz: damaged, or larger than this machine"
    )


def test_an_interrupt_is_no_fault_of_the_file() -> None:
    with pytest.raises(KeyboardInterrupt), parsing("a", "b"):
        raise KeyboardInterrupt


def test_parsers_warn_nobody() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with parsing("a", "b"):
            warnings.warn("of another project", stacklevel=1)
        with pytest.raises(UserWarning, match="ours"):
            warnings.warn("ours", stacklevel=1)


def test_names_are_listed_in_order_and_cut() -> None:
    assert listed([]) == "none"
    assert listed("bca") == "a, b, c"
    assert listed(f"{k:02d}" for k in range(12)).endswith("10, 11")
    assert listed(f"{k:02d}" for k in range(14)).endswith("11 and 2 more")
    assert "\n" not in listed(["a\nb"])


def test_a_truncated_stream_is_found_while_it_is_read(tmp_path: Path) -> None:
    whole = gzip.compress(b"3\n\n" * 1000, mtime=0)
    path = tmp_path / "a.gz"
    for length in (5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(CorruptFileError), parsing(path, "gzip"), gzip.open(path) as stream:
            stream.read()
