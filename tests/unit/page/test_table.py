"""Cells as people read them and as a CSV has them."""

import base64
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_examples import MARKUP, table

from nearsight.errors import DataError
from nearsight.page import Column, Table
from nearsight.page.table import shown


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (True, "yes"),
        (False, "no"),
        (12, "12"),
        ("painn", "painn"),
        (0.0, "0"),
        (3.14159, "3.14"),
        (-0.5, "−0.5"),
        (132456.2, "132000"),
        (1234.5, "1230"),
        (2.31e-5, "2.31×10⁻⁵"),
        (-4.2e12, "−4.2×10¹²"),
        (float("inf"), "inf"),
    ],
)
def test_a_cell_as_people_read_it(cell: object, text: str) -> None:
    assert shown(cell) == text  # type: ignore[arg-type]


def test_digits_are_those_of_the_column() -> None:
    given_ = Table("t", [Column("c", digits=5)], [[3.14159265]])
    assert given_.shown(3.14159265, 0) == "3.1416"


@given(st.floats(-1e300, 1e300, allow_subnormal=False), st.integers(1, 8))
def test_a_number_is_shown_to_its_digits(number: float, digits: int) -> None:
    text = shown(number, digits).replace("−", "-")
    mantissa, _, power = text.partition("×10")
    raised = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    read = float(f"{mantissa}e{raised or 0}")
    assert read == pytest.approx(number, rel=0.5 * 10 ** (1 - digits) * 1.01, abs=0)


def test_numbers_with_gaps_are_a_column_of_numbers() -> None:
    columns = [Column("a"), Column("b"), Column("c"), Column("d")]
    several = Table("t", columns, [[1, "x", None, True], [None, 2.0, None, False]])
    assert [several.is_numeric(k) for k in range(4)] == [True, False, False, False]


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(DataError, match="row 1 has 1 cells for 2 columns"):
        Table("t", [Column("a"), Column("b")], [[1, 2], [3]])


@pytest.mark.parametrize("name", ["", "a b.csv", "../a.csv", "a.html", 'a".csv'])
def test_a_file_to_download_has_a_plain_name(name: str) -> None:
    with pytest.raises(DataError, match="no name of a CSV file"):
        Table("t", [Column("a")], [], file_name=name)


def test_the_csv_has_all_digits_and_units() -> None:
    lines = list(csv.reader(io.StringIO(table(5).to_csv())))
    assert lines[0] == ["model", "cutoff (Å)", "verdict"]
    assert lines[1] == ["model 0", "2.5", "pass"]
    assert lines[4] == ["model 3", "", "not_applicable"]
    exact = Table("t", [Column("a")], [[0.1 + 0.2]]).to_csv().splitlines()
    assert float(exact[1]) == 0.1 + 0.2


def test_no_text_of_the_csv_is_a_formula() -> None:
    rows = [["=1+1"], ["@sum"], ["-2"], ["+3"], [-2.0], [MARKUP]]
    lines = list(csv.reader(io.StringIO(Table("t", [Column("=a")], rows).to_csv())))
    assert [line[0] for line in lines] == ["'=a", "'=1+1", "'@sum", "'-2", "'+3", "-2.0", MARKUP]


def test_a_csv_that_was_given_is_the_one_to_download() -> None:
    for text, content in (("", table(3).to_csv()), ("a,b\n", "a,b\n")):
        three = table(3)
        given_ = Table(three.title, three.columns, three.rows, csv=text)
        assert base64.b64decode(given_.address.split(",")[1]).decode() == content


def test_what_is_missing_is_sorted_by_nothing() -> None:
    assert Table.sorted_by(None) == Table.sorted_by(float("nan")) == ""
    assert Table.sorted_by(0) == "0"
    assert float(Table.sorted_by(1e-300)) == 1e-300
