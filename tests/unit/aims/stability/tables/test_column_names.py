"""The list of columns: each with a unit that is known, and all that is computed has one."""

import xarray as xr
from law_tables import EDGES, MISSING, SETTINGS, case, relevance, response

from nearsight import units
from nearsight.aims.stability.tables.ablation_areas import ablation
from nearsight.aims.stability.tables.case_statistics import analyse
from nearsight.aims.stability.tables.column_names import COLUMNS, FROM_REFERENCE, NUMBERS, REASONS
from nearsight.aims.stability.tables.dynamics_columns import COLUMNS as BY_KIND
from nearsight.aims.stability.tables.heating_excess import heating_excess
from nearsight.aims.stability.tables.response_fits import WINDOWS

EVERY = {**COLUMNS, **NUMBERS, **FROM_REFERENCE}
KNOWN = {
    units.ONE, units.LENGTH, units.ENERGY, units.SECOND, units.TEMPERATURE, units.MEV,
    units.MEV_PER_ATOM, units.MEV_PER_ANGSTROM, units.DRIFT, units.PICOSECOND, "decades",
}  # fmt: skip


def test_units_are_known_ones() -> None:
    assert {unit for unit, _ in EVERY.values()} == KNOWN


def test_names_tell_columns_apart() -> None:
    for listed in (COLUMNS | NUMBERS, FROM_REFERENCE):
        texts = [text for _, text in listed.values()]
        assert len(set(texts)) == len(texts)
        assert all(text == text.strip() and not text.endswith(".") for text in texts)


def test_no_column_stands_in_two_lists() -> None:
    """Those with intervals have bounds, which must not meet a name of their own."""
    assert not set(COLUMNS) & set(NUMBERS)
    assert not {f"reference_{name}" for name in FROM_REFERENCE} & set(COLUMNS | NUMBERS)
    assert not [name for name in EVERY if name.endswith(("_low", "_high", "_reason"))]
    assert not set(BY_KIND) & set(EVERY)


def test_lengths_are_in_angstrom_and_exponents_without() -> None:
    for name, (unit, _) in (COLUMNS | NUMBERS).items():
        if name.endswith(("_length", "_fit_start", "_fit_end")) or "_range_" in name:
            assert unit == units.LENGTH, name
        if "exponent" in name or "weight" in name or "share" in name or "ratio" in name:
            assert unit == units.ONE, name


def test_what_has_a_reason_has_an_interval() -> None:
    assert set(REASONS) <= set(NUMBERS)
    assert len(set(REASONS)) == len(REASONS)


def test_everything_that_is_computed_of_a_case_is_listed() -> None:
    """A number that a row forgets to list would be lost without a word."""
    whole = case(relevance=relevance(-4.0), response=response(-6.0), reference=response(-6.0))
    found = analyse(whole, EDGES, SETTINGS)
    assert set(found.numbers) == set(NUMBERS)
    assert set(found.reasons) == set(REASONS)


def test_parts_areas_and_excess_are_listed() -> None:
    assert {f"reference_exponent_{name}" for name in WINDOWS} <= set(COLUMNS)
    assert set(ablation(xr.Dataset(), SETTINGS)[0]) <= set(NUMBERS)
    assert set(heating_excess(MISSING, MISSING).columns) <= set(COLUMNS)
    assert COLUMNS["heating_excess"][0] == FROM_REFERENCE["heating"][0] == units.TEMPERATURE
    assert FROM_REFERENCE["temperature"][0] == units.TEMPERATURE


def test_each_decay_has_the_same_columns() -> None:
    ends = [
        {name.removeprefix(f"{of}_") for name in COLUMNS if name.startswith(f"{of}_")}
        for of in ("relevance_contains", "response")
    ]
    assert ends[0] == ends[1]
    assert {"exponent", "length", "power_law_weight", "exponential_weight"} <= ends[0]
    assert {"fit_start", "fit_end"} <= ends[0]
