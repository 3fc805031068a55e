"""A family without cutoff, features and basis stands in every figure beside the others."""

import numpy as np
import pytest
import xarray as xr
from figure_data import FIGURES, make_curves, make_table, variants
from matplotlib.figure import Figure

from nearsight.figures import along_cutoff, style
from nearsight.figures.wording import cutoff_name

Drawn = dict[str, tuple[xr.Dataset, Figure]]
pytestmark = pytest.mark.filterwarnings("error")
ROWS = variants(family=("schnet", "new"), cutoff=(3.0, 8.0), depth=(1,))
AS_LINES = ("relevance_decay", "response_decay", "faithfulness", "survival", "heating", "spectrum",
            "learning_curves", "elements")  # fmt: skip


def without_axes(data: xr.Dataset) -> xr.Dataset:
    """The family ``new`` loses its axes: one of its two models goes, as they are one setting."""
    mine = (data["family"] == "new").to_numpy()
    data = data.isel(model=np.flatnonzero(~mine | (data["cutoff"] == 8.0).to_numpy()))
    mine = (data["family"] == "new").to_numpy()
    numbers = {
        name: ("model", np.where(mine, np.nan, data[name]), data[name].attrs)
        for name in ("cutoff", "features")
    }
    basis = ("model", np.where(mine, "", data["radial_basis"]), data["radial_basis"].attrs)
    return data.assign_coords(**numbers, radial_basis=basis)


CURVES, TABLE = without_axes(make_curves(ROWS)), without_axes(make_table(ROWS))


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Data and picture of every figure, drawn once."""
    found = {}
    for name, spec in FIGURES.items():
        data = spec.select(CURVES if spec.source == "curves" else TABLE)
        found[name] = data, spec.draw(data)
    return found


@pytest.mark.parametrize("name", [n for n in FIGURES if n != "reference_curves"])
def test_it_is_shown_in_a_panel_of_its_own_or_among_the_points(name: str, drawn: Drawn) -> None:
    data, figure = drawn[name]
    dim = "group" if "group" in data.dims else "model"
    kept = data.isel({dim: np.flatnonzero(data["family"] == "new")})
    assert kept.sizes[dim] == 1
    if dim == "group":
        assert kept["shown"].item() == 1
        titles = " ".join(axis.get_title(loc="left") for axis in figure.axes)
        assert "SchNet" in titles
        assert "new" in titles
    assert "nan" not in FIGURES[name].describe(data)


@pytest.mark.parametrize("name", AS_LINES)
def test_its_lines_have_a_colour_that_no_cutoff_has(name: str, drawn: Drawn) -> None:
    _, figure = drawn[name]
    lines = [line for axis in figure.axes for line in axis.lines
             if str(line.get_label()).startswith("no known cutoff")]  # fmt: skip
    assert lines
    assert {line.get_color() for line in lines} == {style.NO_CUTOFF}
    assert style.NO_CUTOFF not in {style.cutoff_color(c) for c in np.arange(2.0, 14.0, 0.25)}
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend.index("3 Å") < legend.index("8 Å") < legend.index("no known cutoff")


@pytest.mark.parametrize("name", ["relevance_decay", "response_decay"])
def test_no_mark_at_the_foot_where_there_is_no_cutoff(name: str, drawn: Drawn) -> None:
    _, figure = drawn[name]
    axes = {axis.get_title(loc="left"): axis for axis in figure.axes}
    feet = {
        title: [line for line in axis.lines if line.get_ydata()[-1] == 0.07]
        for title, axis in axes.items()
    }
    assert len(feet["SchNet, T = 1"]) == 2
    assert not feet["new, T = 1"]


@pytest.mark.parametrize("name", ["drift", "distance_error", "agreement"])
def test_it_stands_behind_the_longest_cutoff(name: str, drawn: Drawn) -> None:
    _, figure = drawn[name]
    axis = figure.axes[0]
    assert axis.get_xticks().tolist() == [3.0, 8.0, 13.0]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["3", "8", "none\nknown"]
    low, high = axis.get_xlim()
    assert low < 3.0 < 13.0 < high
    mine = next(one for one in figure.axes if one.get_title(loc="left") == "new")
    places = np.concatenate([line.get_xdata() for line in mine.lines if len(line.get_xdata()) == 1])
    assert np.abs(places - 13.0).max() < 1


@pytest.mark.parametrize("name", ["ends", "body_order"])
def test_its_bar_is_called_none_known(name: str, drawn: Drawn) -> None:
    _, figure = drawn[name]
    axis = next(one for one in figure.axes if one.get_title(loc="left") == "new")
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels[-1] == "none\nknown"


@pytest.mark.parametrize("name", ["ablation", "body_order_range"])
def test_its_small_multiple_is_called_by_what_it_lacks(name: str, drawn: Drawn) -> None:
    _, figure = drawn[name]
    titles = [axis.get_title(loc="left") for axis in figure.axes if axis.get_title(loc="left")]
    assert [title for title in titles if title.startswith("new")][-1] == "new no known cutoff"
    assert "SchNet 3 Å" in titles


def test_alt_text_says_that_it_has_none(drawn: Drawn) -> None:
    data, _ = drawn["survival"]
    assert "cutoff 3 to 8 Å or none known" in FIGURES["survival"].describe(data)
    alone = FIGURES["survival"].select(CURVES.isel(model=[-1]))
    assert "new (cutoff none known, depth 1) on ethanol" in FIGURES["survival"].describe(alone)


@pytest.mark.parametrize("name", FIGURES)
def test_a_study_of_that_family_alone(name: str) -> None:
    spec = FIGURES[name]
    whole = CURVES if spec.source == "curves" else TABLE
    alone = whole.isel(model=[-1]).drop_vars(["features", "radial_basis"])
    data = spec.select(alone)
    spec.draw(data)
    assert "nan" not in spec.describe(data)


def test_a_family_is_not_measured_by_the_features_of_another() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,), features=(32, 128))
    rows += variants(family=("painn",), cutoff=(5.0,), depth=(1,), features=(64,))
    data = FIGURES["survival"].select(make_curves(rows))
    shown = data.isel(group=np.flatnonzero(data["shown"]))
    found = dict(zip(shown["family"].to_numpy(), shown["features"].to_numpy(), strict=True))
    assert found == {"schnet": 128, "painn": 64}


def test_places_of_cutoffs() -> None:
    every = np.array([3.0, 5.0, 8.0, np.nan])
    assert along_cutoff.closest(every) == 2.0
    np.testing.assert_array_equal(along_cutoff.places(every, every), [3, 5, 8, 10])
    nothing = np.array([np.nan])
    assert along_cutoff.places(nothing, nothing).tolist() == [0.0]
    assert along_cutoff.closest(nothing) == 1.0
    assert cutoff_name(5.0) == "5 Å"
    assert cutoff_name(float("nan")) == "no known cutoff"
