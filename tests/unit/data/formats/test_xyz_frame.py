"""One frame of extended xyz: columns by their names, and every fault by its line."""

import io

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.data.formats.xyz_blocks import xyz_blocks
from nearsight.data.formats.xyz_frame import XyzFrame, parse_frame
from nearsight.errors import CorruptFileError, DataError, NearsightError

ROWS = ["O 0.0 0.0 0.1", "H 0.0 0.8 -0.5", "H 0.0 -0.8 -0.5"]


def parsed(comment: str, rows: list[str]) -> XyzFrame:
    text = "\n".join([str(len(rows)), comment, *rows]) + "\n"
    (block,) = xyz_blocks(io.BytesIO(text.encode()), "a.xyz")
    return parse_frame(block, "a.xyz")


def fault(comment: str, rows: list[str], kind: type[NearsightError] = CorruptFileError) -> str:
    with pytest.raises(kind) as caught:
        parsed(comment, rows)
    return str(caught.value)


def test_a_plain_file_has_an_element_and_three_coordinates() -> None:
    frame = parsed("", ROWS)
    assert frame.atomic_number.tolist() == [8, 1, 1]
    assert frame.position.tolist() == [[0, 0, 0.1], [0, 0.8, -0.5], [0, -0.8, -0.5]]
    assert (frame.info, frame.columns) == ({}, {})


def test_a_plain_file_may_have_more_columns_that_mean_nothing() -> None:
    assert parsed("free text", [f"{row} 1.0 x" for row in ROWS]).columns == {}
    message = fault("Properties=species:S:1:pos:R:3", [f"{row} 1.0" for row in ROWS])
    assert "line 3 has 5 columns, expected 4" in message


def test_columns_stand_in_any_order() -> None:
    comment = "Properties=charge:R:1:pos:R:3:tag:I:2:species:S:1"
    frame = parsed(comment, ["0.5 1 2 3 7 8 O", "-0.5 4 5 6 9 10 H"])
    assert frame.atomic_number.tolist() == [8, 1]
    assert frame.position.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert frame.columns == {"charge": (0, 1, "R"), "tag": (4, 6, "I")}
    assert frame.column("tag").tolist() == [[7, 8], [9, 10]]
    assert frame.column("charge").tolist() == [[0.5], [-0.5]]


@settings(max_examples=25)
@given(
    n_atoms=st.integers(1, 6),
    seed=st.integers(0, 2**31),
    info=st.dictionaries(st.sampled_from(["a", "b", "note"]), st.floats(-9, 9), max_size=3),
)
def test_what_ase_writes_is_read_to_its_eight_decimals(
    n_atoms: int, seed: int, info: dict[str, float]
) -> None:
    rng = np.random.default_rng(seed)
    atoms = Atoms(rng.integers(1, 95, n_atoms), positions=rng.normal(0, 5, (n_atoms, 3)), info=info)
    atoms.arrays["forces"] = rng.normal(0, 1, (n_atoms, 3))
    buffer = io.StringIO()
    write(buffer, atoms, format="extxyz")
    (block,) = xyz_blocks(io.BytesIO(buffer.getvalue().encode()), "a.xyz")
    frame = parse_frame(block, "a.xyz")
    assert frame.atomic_number.tolist() == atoms.numbers.tolist()
    np.testing.assert_allclose(frame.position, atoms.positions, atol=6e-9)
    np.testing.assert_allclose(frame.column("forces"), atoms.arrays["forces"], atol=6e-9)
    assert frame.info == pytest.approx(info)


@pytest.mark.parametrize(
    ("properties", "shown"),
    [
        ("species:S:1:pos:R", "species:S:1:pos:R"),
        ("species:S:1:pos:R:0", "pos:R:0"),
        ("species:S:1:pos:R:-3", "pos:R:-3"),
        ("species:S:1:pos:R:three", "pos:R:three"),
        ("species:S:1:pos:R:99999", "pos:R:99999"),
        ("species:S:1:pos:Q:3", "pos:Q:3"),
        ("species:S:1:pos::3", "pos::3"),
        ("species:S:1:pos:R:3:pos:R:3", "pos:R:3:pos:R:3"),
        ("7", "7"),
        ("T", "True"),
        ('""', "''"),
    ],
)
def test_properties_that_are_none_are_shown(properties: str, shown: str) -> None:
    message = fault(f"Properties={properties}", ROWS)
    assert message.startswith("a.xyz: line 2: frame 0: Properties=")
    assert shown in message
    assert "is not name:type:columns:..." in message


@pytest.mark.parametrize("properties", ["pos:R:3", "species:S:1", "species:S:1:pos:R:2"])
def test_a_frame_without_elements_or_places_says_what_it_lacks(properties: str) -> None:
    width = sum(int(part) for part in properties.split(":")[2::3])
    message = fault(f"Properties={properties}", [" ".join(["1"] * width)])
    assert "Properties lacks pos:R:3, or species:S:1 or Z:I:1" in message


@pytest.mark.parametrize("name", ["species", "symbols", "element", "elements", "Z", "numbers"])
@pytest.mark.parametrize("place", ["pos", "positions"])
def test_other_names_of_both_are_known(name: str, place: str) -> None:
    frame = parsed(f"Properties={name}:S:1:{place}:R:3", ["8 0 0 0"])
    assert (frame.atomic_number.tolist(), frame.columns) == ([8], {})


@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_fault_in_an_atom_is_named_by_its_line(row: int) -> None:
    short, strange, word = (list(ROWS) for _ in range(3))
    short[row] = "H 0 0"
    strange[row] = "Qq 0 0 0"
    word[row] = "H 0 zero 0"
    assert f"line {row + 3} has 3 columns, expected 4" in fault("", short)
    message = fault("", strange, DataError)
    assert f"line {row + 3}: frame 0: 'Qq' is no element; write a symbol such as C" in message
    assert f"line {row + 3}: frame 0: '0 zero 0' are not 3 numbers" in fault("", word)


def test_a_column_is_converted_only_when_it_is_asked_for() -> None:
    frame = parsed("Properties=species:S:1:pos:R:3:name:S:1", [f"{row} x" for row in ROWS])
    with pytest.raises(CorruptFileError, match="line 3: frame 0: 'x' are not 1 numbers"):
        frame.column("name")


def test_cell_and_boundaries_are_looked_at_and_not_handed_on() -> None:
    frame = parsed('Lattice="9 0 0 0 9 0 0 0 9" pbc="F F F" energy=-1', ROWS)
    assert frame.info == {"energy": -1}
    assert frame.origin == "a.xyz: line 2: frame 0"
