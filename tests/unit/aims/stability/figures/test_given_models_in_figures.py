"""A given model, of which neither cutoff nor depth is known, stands in every figure by its name."""

import numpy as np
import pytest
import xarray as xr
from figure_data import FIGURES, make_curves, make_table, variants
from matplotlib.figure import Figure

from nearsight.collect.models import ORIGIN
from nearsight.families.specs import FAMILIES, look_of
from nearsight.figures import style
from nearsight.figures.panels import cells
from nearsight.figures.wording import depth_name

Drawn = dict[str, tuple[xr.Dataset, Figure]]
pytestmark = pytest.mark.filterwarnings("error")
ROWS = variants(family=("schnet", "new"), cutoff=(3.0, 8.0), depth=(1, 3))
NOT_OF_IT = ("reference_curves", "parity")


def given(data: xr.Dataset) -> xr.Dataset:
    """The family ``new`` becomes one given model: it has no axes, seeds included."""
    mine = (data["family"] == "new").to_numpy()
    one = (data["cutoff"] == 8.0).to_numpy() & (data["depth"] == 3).to_numpy()
    data = data.isel(model=np.flatnonzero(~mine | one))
    mine = (data["family"] == "new").to_numpy()
    numbers = {
        name: ("model", np.where(mine, np.nan, data[name]), data[name].attrs)
        for name in ("cutoff", "depth", "features", "n_train", "seed")
    }
    basis = ("model", np.where(mine, "", data["radial_basis"]), data["radial_basis"].attrs)
    told = {"units": "", "long_name": "x"}
    texts = {
        ORIGIN: ("model", np.where(mine, "calculator", "trained"), told),
        "variant": ("model", np.where(mine, "new", data["variant"]), told),
    }
    return data.assign_coords(**numbers, radial_basis=basis, **texts)


CURVES, TABLE = given(make_curves(ROWS)), given(make_table(ROWS))


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    """Data and picture of every figure, drawn once."""
    found = {}
    for name, spec in FIGURES.items():
        data = spec.select(CURVES if spec.source == "curves" else TABLE)
        found[name] = data, spec.draw(data)
    return found


def texts(figure: Figure) -> list[str]:
    """Everything that stands in a figure as words."""
    found = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    for axis in figure.axes:
        found += [text.get_text() for text in axis.texts]
        found += [axis.get_title(loc="left"), axis.get_title()]
        found += [label.get_text() for label in axis.get_xticklabels()]
        found += [label.get_text() for label in axis.get_yticklabels()]
    return found


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in NOT_OF_IT])
def test_it_is_shown_and_nothing_says_nan(name: str, drawn: Drawn) -> None:
    data, figure = drawn[name]
    dim = "group" if "group" in data.dims else "model"
    kept = data.isel({dim: np.flatnonzero(data["family"] == "new")})
    assert kept.sizes[dim] == 1
    if dim == "group":
        assert kept["shown"].item() == 1
    said = " ".join(texts(figure))
    assert "new" in said
    assert "nan" not in said.lower().replace("nano", "")
    assert "nan" not in FIGURES[name].describe(data)


@pytest.mark.parametrize("name", ["relevance_decay", "response_decay", "faithfulness"])
def test_where_rows_are_depths_it_has_one_panel_without_a_depth(name: str, drawn: Drawn) -> None:
    data, _ = drawn[name]
    own = [cell for cell in cells(data, by_depth=True) if "new" in cell.title]
    assert [len(cell.members) for cell in own] == [1, 0]
    assert own[0].title == "new"
    others = [cell.title for cell in cells(data, by_depth=True) if "SchNet" in cell.title]
    assert others == ["SchNet, T = 1", "SchNet, T = 3"]


def test_alone_it_has_a_panel_too() -> None:
    mine = TABLE.isel(model=np.flatnonzero(TABLE["family"] == "new"))
    data = mine.rename(model="group")
    (cell,) = cells(data, by_depth=True)
    assert (cell.title, cell.members) == ("new", (0,))


@pytest.mark.parametrize("name", ["survival", "heating", "spectrum"])
def test_its_line_is_solid_and_says_that_neither_is_known(name: str, drawn: Drawn) -> None:
    _, figure = drawn[name]
    lines = [
        line
        for axis in figure.axes
        for line in axis.lines
        if line.get_label() == "no known cutoff, depth unknown"
    ]
    assert lines
    assert {line.get_linestyle() for line in lines} == {"-"}
    assert {line.get_color() for line in lines} == {style.NO_CUTOFF}


def test_depths_in_words() -> None:
    assert [depth_name(depth) for depth in (1, 3.0, np.nan)] == ["T = 1", "T = 3", "depth unknown"]
    assert style.depth_line(np.nan) == "-"
    assert style.depth_line(3.0) == style.depth_line(3) == style.DEPTH_LINES[3]


@pytest.mark.parametrize("name", ["deviation_vs_survival", "descriptors_vs_survival"])
def test_among_points_it_has_a_marker_of_its_own_and_is_in_no_test(name: str, drawn: Drawn) -> None:
    data, figure = drawn[name]
    assert data.attrs["answer"].endswith("In no test, since the study did not train it: new.")
    assert data.attrs["answer"] in FIGURES[name].describe(data)
    legend = {text.get_text() for text in figure.legends[0].get_texts()}
    assert {"SchNet", "new"} <= legend
    assert style.marker("new") not in {look.look.marker for look in FAMILIES.values()}


def test_given_models_of_other_names_mostly_look_different() -> None:
    names = ("gfn1", "effective_medium", "so3lr", "mace", "ours", "theirs")
    assert len({look_of(name).marker for name in names}) >= 3
    assert {look_of(name).title for name in names} == set(names)
