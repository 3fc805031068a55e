"""Forest plot of the association: a line a test, intervals, roles, what fits a page."""

from itertools import product

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from reading_figures import legend, notes

from nearsight.aims.registry import AIMS
from nearsight.aims.stability.association.descriptors import DESCRIPTORS, HEATING, LISTED, SURVIVAL
from nearsight.aims.stability.association.other_tests import ON_LIST
from nearsight.aims.stability.figures.association.forest import COLORS, MOST_LINES

SPEC = {figure.name: figure for figure in AIMS["stability"].figures()}["forest"]
Test = tuple[str, str, str, str]


def rho_of(test: Test) -> float:
    return np.cos(sum(map(ord, "".join(test))))


def table_of(tests: list[Test]) -> xr.Dataset:
    """A table of (data set, family, outcome, descriptor)."""
    rho = np.array([rho_of(test) for test in tests])
    texts = dict(zip(("dataset", "family", "outcome", "descriptor"), zip(*tests, strict=True),
                     strict=True))  # fmt: skip
    roles = [ON_LIST if d in LISTED and f == "all" else "exploratory" for _, f, _, d in tests]
    columns = {
        **{name: list(values) for name, values in texts.items()},
        "role": roles, "rho": rho, "rho_low": rho - 0.2, "rho_high": rho + 0.2,
        "partial_rho": rho / 2,
    }  # fmt: skip
    about = {"units": "1", "long_name": "x"}
    return xr.Dataset(
        {name: ("test", np.array(values), about) for name, values in columns.items()},
        coords={"test": np.arange(len(tests))},
    )


def every(datasets: tuple[str, ...] = ("ethanol",), families: tuple[str, ...] = ("all",)):
    return list(product(datasets, families, (SURVIVAL, HEATING), DESCRIPTORS))


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(table_of(every(families=("all", "painn"))))


def dots(axis: Axes) -> list[tuple[float, float]]:
    """(rho, place) of every test of a panel."""
    shown = [line for line in axis.lines if line.get_marker() == "o"]
    return [(float(line.get_xdata()[0]), float(line.get_ydata()[0])) for line in shown]


def test_a_column_for_each_outcome(figure: Figure) -> None:
    names = [axis.get_title(loc="left") for axis in figure.axes]
    assert names == ["with survival time", "with heating"]


def test_every_test_is_a_point_on_its_own_line(figure: Figure) -> None:
    labels = len(figure.axes[0].get_yticks())
    assert labels == 2 * len(DESCRIPTORS)
    for axis, outcome in zip(figure.axes, (SURVIVAL, HEATING), strict=True):
        found = dots(axis)
        places = [place for _, place in found]
        assert len(set(places)) == len(places) == labels
        expected = [rho_of((d, f, outcome, name)) for d, f in (("ethanol", "all"),
                    ("ethanol", "painn")) for name in DESCRIPTORS]  # fmt: skip
        assert [rho for rho, _ in sorted(found, key=lambda one: one[1])] == pytest.approx(expected)


def test_intervals_go_from_bound_to_bound(figure: Figure) -> None:
    bounds = [line.get_xdata() for line in figure.axes[0].lines if line.get_label() == "_interval"]
    np.testing.assert_allclose(np.ptp(bounds, axis=1), 0.4)


def test_what_was_listed_beforehand_has_a_colour_of_its_own(figure: Figure) -> None:
    colours = [to_hex(line.get_color()) for line in figure.axes[0].lines
               if line.get_marker() == "o"]  # fmt: skip
    assert colours.count(COLORS[ON_LIST].lower()) == len(LISTED)
    assert legend(figure) == {
        "Test": ["listed\nbeforehand", "exploratory", "at equal\nforce error"]
    }


def test_blocks_have_names_and_all_families_come_first(figure: Figure) -> None:
    blocks = [text.get_text() for text in figure.axes[0].texts]
    assert blocks == ["ethanol, all families", "ethanol, PaiNN"]


def test_the_legend_has_no_entry_of_what_is_not_there() -> None:
    table = table_of([("ethanol", "painn", SURVIVAL, "force_mae")])
    table["partial_rho"][:] = np.nan
    assert legend(SPEC.figure(table)) == {"Test": ["exploratory"]}


def test_tests_without_a_correlation_are_left_out_and_counted() -> None:
    table = table_of(every())
    table["rho"][:3] = np.nan
    figure = SPEC.figure(table)
    assert len(dots(figure.axes[0])) == len(DESCRIPTORS) - 3
    assert "Left out: 3 tests without a correlation" in notes(figure)
    nothing = table.assign(rho=np.nan * table["rho"])
    assert "No test has a correlation" in SPEC.figure(nothing).axes[0].texts[0].get_text()
    assert SPEC.describe(SPEC.select(nothing)).startswith("No test has a correlation")


def test_more_than_a_page_are_those_of_all_families_then_those_listed() -> None:
    many = tuple(f"molecule_{k}" for k in range(3))
    data = SPEC.select(table_of(every(many, ("all", "painn", "schnet"))))
    assert set(data["family"].to_numpy()) == {"all"}
    assert "only those of all families together" in data.attrs["fewer"]
    more = SPEC.select(table_of(every(tuple(f"m{k}" for k in range(6)), ("all", "painn"))))
    assert set(more["role"].to_numpy()) == {ON_LIST}
    lines = set(zip(more["dataset"].to_numpy(), more["descriptor"].to_numpy(), strict=True))
    assert len(lines) <= MOST_LINES
    assert "only those listed beforehand are drawn" in notes(SPEC.figure(table_of(
        every(tuple(f"m{k}" for k in range(6)), ("all", "painn")))))  # fmt: skip


def test_the_alt_text_names_the_strongest_of_each_outcome() -> None:
    table = table_of(every())
    said = SPEC.describe(SPEC.select(table))
    assert f"with survival time {len(DESCRIPTORS)} tests" in said
    strongest = max((rho_of(("ethanol", "all", SURVIVAL, d)) for d in DESCRIPTORS), key=abs)
    assert f"the largest rho {strongest:.2f}" in said
