"""Frames of an xyz file line by line: every frame, or the line where it ends."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.data.formats import xyz_blocks as module
from nearsight.data.formats.xyz_blocks import MOST_ATOMS, Lines, atom_count, xyz_blocks
from nearsight.errors import CorruptFileError

WATER = "3\nwater, relaxed\nO 0.0 0.0 0.1\nH 0.0 0.8 -0.5\nH 0.0 -0.8 -0.5\n"
HELIUM = "1\n\nHe 0 0 0\n"


def blocks(text: str | bytes) -> list[Lines]:
    content = text.encode() if isinstance(text, str) else text
    return list(xyz_blocks(io.BytesIO(content), "a.xyz"))


def fault(text: str | bytes) -> str:
    with pytest.raises(CorruptFileError) as caught:
        blocks(text)
    message = str(caught.value)
    assert message.startswith("a.xyz: cannot be read as xyz: line ")
    assert "\n" not in message
    return message.removeprefix("a.xyz: cannot be read as xyz: ")


def test_frames_know_their_number_and_line() -> None:
    found = blocks(WATER + HELIUM + WATER)
    assert [block.frame for block in found] == [0, 1, 2]
    assert [block.line for block in found] == [2, 7, 10]
    assert [block.comment for block in found] == ["water, relaxed", "", "water, relaxed"]
    assert found[1].atoms == ["He 0 0 0"]


@given(
    parts=st.lists(st.sampled_from([WATER, HELIUM, "\n", " \t\n", "\r\n"]), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_blank_lines_and_line_ends_change_nothing(parts: list[str], end: str) -> None:
    found = blocks("".join(parts).replace("\r\n", "\n").replace("\n", end))
    expected = [block for part in parts for block in blocks(part)]
    assert [(b.comment, b.atoms) for b in found] == [(b.comment, b.atoms) for b in expected]


@pytest.mark.parametrize("length", range(len(WATER)))
def test_cut_at_every_byte_it_is_nothing_a_frame_or_an_error(length: int) -> None:
    """A file that ends within its last number looks whole: nothing else may."""
    kept = WATER[:length]
    if not kept.strip():
        assert blocks(kept) == []
    elif kept.count("\n") < 4 or kept.endswith("\n"):
        assert "the file ends in frame 0, which begins at line 1" in fault(kept)
    else:
        assert len(blocks(kept)[0].atoms) == 3


@pytest.mark.parametrize("atoms", range(3))
def test_a_frame_that_lacks_atoms_says_how_many_it_has(atoms: int) -> None:
    kept = "\n".join(WATER.splitlines()[: 2 + atoms]) + "\n"
    message = fault(HELIUM + kept)
    assert message.startswith(f"line {5 + atoms}: the file ends in frame 1, which begins at line 4")
    assert f"has {atoms} of its 3 atoms: it is cut off" in message


def test_a_byte_order_mark_is_no_part_of_the_number() -> None:
    assert blocks(b"\xef\xbb\xbf" + HELIUM.encode()) == blocks(HELIUM)
    assert "begins with" in fault(HELIUM.encode() + b"\xef\xbb\xbf" + HELIUM.encode())


@pytest.mark.parametrize("line", range(1, 6))
def test_a_byte_that_is_no_text_is_named_by_its_line(line: int) -> None:
    rows = WATER.encode().split(b"\n")
    rows[line - 1] += b"\xff"
    assert fault(b"\n".join(rows)) == f"line {line}: is not UTF-8 text"


def test_a_line_without_an_end_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_LINE", 40)
    assert fault("1\n" + 39 * "x" + "\nHe 0 0 0\n") == "line 2: is longer than 40 bytes"
    assert len(blocks("1\n" + 38 * "x" + "\nHe 0 0 0\n")) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3),
        (" 42\t", 42),
        ("007", 7),
        ("0", 0),
        (str(MOST_ATOMS), MOST_ATOMS),
        (str(MOST_ATOMS + 1), None),
        ("-1", None),
        ("+1", None),
        ("3.0", None),
        ("3 atoms", None),
        ("1e3", None),
        ("²", None),
        ("３", None),
        ("", None),
        ("0" * 20 + "1", None),
    ],
)
def test_a_number_of_atoms_is_plain_digits(text: str, count: int | None) -> None:
    assert atom_count(text) == count


def test_a_frame_of_no_atoms_has_a_comment_all_the_same() -> None:
    assert blocks("0\nnothing\n" + HELIUM)[0] == Lines(0, 2, "nothing", [])
    assert "0 of its 0 atoms" in fault("0\n")
