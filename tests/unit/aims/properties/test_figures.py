"""Figures of properties draw the numbers of the table, a colour a pooling and a panel a target."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from pooled_results import CARBON, SIZES, STUDY, write_results

from nearsight.aims.properties.figures import legends, pooling, species
from nearsight.aims.properties.table import collect_pooling
from nearsight.config import Study, validate
from nearsight.figures import style


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    folder = tmp_path_factory.mktemp("pooled")
    study = validate(Study, STUDY, "test")
    return collect_pooling(study, write_results(folder, study))


def dim_of(data: xr.Dataset) -> str:
    return str(data["target"].dims[0])


def one(data: xr.Dataset, target: str, pool: str) -> xr.Dataset:
    (row,) = np.flatnonzero((data["target"] == target) & (data["pooling"] == pool))
    return data.isel({dim_of(data): int(row)})


def panels(figure: Figure) -> dict[str, list[Axes]]:
    """Axes by the target in the title of their column, from top to bottom."""
    shown = [axis for axis in figure.axes if axis.get_visible() and axis.lines]
    titles = {
        axis.get_title(loc="left").split(" ")[0]: axis
        for axis in shown
        if axis.get_title(loc="left")
    }
    return {
        name: sorted(
            (axis for axis in shown if abs(axis.get_position().x0 - top.get_position().x0) < 1e-6),
            key=lambda axis: -axis.get_position().y0,
        )
        for name, top in titles.items()
    }


def line_of(axis: Axes, text: str) -> Line2D:
    (found,) = [line for line in axis.lines if line.get_label() == text]
    return found


def test_what_has_no_relevance_is_left_out(table: xr.Dataset) -> None:
    for figure in (pooling, species):
        shown = figure.select(table)
        assert shown.sizes[dim_of(table)] == table.sizes[dim_of(table)] - 1
        pairs = set(zip(shown["target"].to_numpy(), shown["pooling"].to_numpy(), strict=True))
        assert ("dipole", "average") not in pairs
        assert "absolute" in shown


def test_pooling_draws_sizes_shares_and_alkanes_of_every_target(table: xr.Dataset) -> None:
    data = pooling.select(table)
    found = panels(pooling.draw(data))
    assert list(found) == ["energy", "gap", "dipole"]
    for target, (sizes, shares, alkanes) in found.items():
        for pool in {str(name) for name in data["pooling"].to_numpy()}:
            if not ((data["target"] == target) & (data["pooling"] == pool)).any():
                continue
            row, label = one(data, target, pool), f"SchNet, {pool}"
            np.testing.assert_allclose(line_of(sizes, label).get_xdata(), SIZES)
            np.testing.assert_allclose(line_of(sizes, label).get_ydata(), row["absolute"])
            crosses = line_of(sizes, f"{label}, alkanes")
            np.testing.assert_allclose(crosses.get_xdata(), 3 * CARBON + 2)
            np.testing.assert_allclose(crosses.get_ydata(), row["alkane_absolute"])
            np.testing.assert_allclose(line_of(shares, label).get_ydata(), row["top_share"])
            np.testing.assert_allclose(line_of(alkanes, label).get_ydata(), row["alkane_output"])
            for axis in (sizes, shares, alkanes):
                assert (
                    to_hex(line_of(axis, label).get_color()) == style.POOLING_COLORS[pool].lower()
                )
        assert (sizes.get_xscale(), sizes.get_yscale()) == ("log", "log")
        even = line_of(shares, "all alike")
        np.testing.assert_allclose(even.get_ydata()[2], np.mean(np.minimum(3, SIZES) / SIZES))


def test_every_panel_says_its_unit_and_what_it_counts(table: xr.Dataset) -> None:
    found = panels(pooling.draw(pooling.select(table)))
    assert found["dipole"][0].get_title(loc="left") == "dipole (debye)"
    assert found["gap"][0].get_title(loc="left") == "gap (eV)"
    for column in found.values():
        assert [axis.get_xlabel() for axis in column] == list(pooling.X_LABELS)
    assert [axis.get_ylabel() for axis in found["energy"]] == list(pooling.ROWS)


def test_alt_text_tells_exponents_and_shares_by_target_and_pooling(table: xr.Dataset) -> None:
    text = pooling.describe(pooling.select(table))
    assert "6 networks" in text
    assert "energy by sum: p 1 (alkanes 1), top three atoms hold" in text
    share = float(one(table, "gap", "average")["top_share"].sel(top=3))
    assert "gap by average: p " in text
    assert f"{share:.3g}" in text
    assert "dipole by average" not in text


def test_without_alkanes_their_panel_says_so(table: xr.Dataset) -> None:
    data = pooling.select(table)
    data = data.assign(alkane_output=data["alkane_output"] * np.nan)
    figure = pooling.draw(data)
    bare = [axis for axis in figure.axes if not axis.lines and axis.texts and axis.get_visible()]
    assert len(bare) >= 3


def test_elements_stand_at_their_strength_with_bounds(table: xr.Dataset) -> None:
    data = species.select(table)
    elements = [str(name) for name in data["element"].to_numpy()]
    found = panels(species.draw(data))
    assert set(found) == {"energy", "gap", "dipole"}
    axis = found["energy"][0]
    assert [tick.get_text() for tick in axis.get_xticklabels()] == elements
    assert axis.get_yscale() == "log"
    row = one(data, "energy", "sum")
    np.testing.assert_allclose(line_of(axis, "SchNet, sum").get_ydata(), row["element_relevance"])
    level = axis.lines[0].get_ydata()
    np.testing.assert_array_equal(level, [1, 1])


def test_alt_text_tells_the_strongest_and_the_weakest_element(table: xr.Dataset) -> None:
    data = species.select(table)
    text = species.describe(data)
    by_hand = data["element_relevance"].isel(
        {dim_of(data): np.flatnonzero(data["target"] == "energy")}
    )
    mean = np.exp(np.log(by_hand).mean(dim_of(data)))
    strongest = str(mean["element"].to_numpy()[int(mean.to_numpy().argmax())])
    assert f"energy: strongest {strongest} ({float(mean.max()):.2g} times the average)" in text


def test_nothing_to_draw_is_said(table: xr.Dataset) -> None:
    nothing = table.isel({dim_of(table): []})
    for figure in (pooling, species):
        assert figure.describe(nothing) == figure.NOTHING
        shown = [text.get_text() for axis in figure.draw(nothing).axes for text in axis.texts]
        assert any(figure.NOTHING in text.replace("\n", " ") for text in shown)


def test_legends_name_each_pooling_and_family_once(table: xr.Dataset) -> None:
    title, lines = legends.poolings(table)
    assert title == "Pooling"
    assert [line.get_label() for line in lines] == ["sum", "average", "dipole"]
    assert len({line.get_color() for line in lines}) == 3
    title, lines = legends.families(table)
    assert [line.get_label() for line in lines] == ["SchNet"]
    assert legends.targets_of(table) == ["energy", "gap", "dipole"]
