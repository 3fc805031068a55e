"""Units and paragraphs as people read them."""

import pytest

from nearsight import units
from nearsight.page.wording import paragraphs, unit_as_read


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        (units.HESSIAN, "eV Å⁻²"),
        (units.FORCE, "eV Å⁻¹"),
        (units.DRIFT, "meV atom⁻¹ ps⁻¹"),
        (units.WAVENUMBER, "cm⁻¹"),
        (units.ONE, ""),
        ("eV", "eV"),
        ("eV/Å^2", "eV/Å²"),
        ("eV/angstrom2", "eV/Å²"),
        ("eV/Å²", "eV/Å²"),
        ("%", "%"),
        ("", ""),
    ],
)
def test_units_as_chemists_write_them(unit: str, read: str) -> None:
    assert unit_as_read(unit) == read
    assert unit_as_read(read) == read


def test_paragraphs_are_parted_by_empty_lines() -> None:
    assert paragraphs("one\ntwo\n\n  \nthree\n") == ["one\ntwo", "three"]
    assert paragraphs(" \n ") == []
