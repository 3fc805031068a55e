"""The figure of accuracy: looks, scales, ends of lines and words, from numbers written down."""

import numpy as np
import pytest
import xarray as xr
from artists import handles, legend, line, lines, note, panel, titles, x_of, y_of
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.accuracy.figures import accuracy
from nearsight.config import look_of
from nearsight.figures.wording import LONGEST_NAME

pytestmark = pytest.mark.filterwarnings("error")
NAN = float("nan")
LONG = "ethanol" + "x" * LONGEST_NAME
MODELS = [("ethanol", "painn"), ("ethanol", "schnet"), (LONG, "schnet")]
ELAPSED = np.array([[1.0, 2.0, 4.0], [2.0, 4.0, NAN], [3.0, 9.0, 27.0]])
ERRORS = np.array([[90.0, 60.0, 30.0], [200.0, 100.0, NAN], [80.0, 70.0, 65.0]])


def table() -> xr.Dataset:
    columns = {
        "elapsed": (("model", "epoch"), ELAPSED),
        accuracy.NAME: (("model", "epoch"), ERRORS),
        "force_mae": ("model", [31.0, 105.0, 66.0]),
        "published_force_mae": ("model", [10.0, 16.9, NAN]),
        "training_seconds": ("model", [4.0, 4.0, 27.0]),
    }
    names = zip(("dataset", "family"), zip(*MODELS, strict=True), strict=True)
    return xr.Dataset(columns, {name: ("model", list(values)) for name, values in names})


@pytest.fixture(scope="module")
def figure() -> Figure:
    return accuracy.draw(accuracy.select(table()))


def test_panels_are_data_sets_by_short_names(figure: Figure) -> None:
    assert titles(figure) == ["ethanol", LONG[: LONGEST_NAME - 1] + "…"]
    assert [axis.get_xlabel() for axis in figure.axes] == ["wall time of training (s)"] * 2
    assert figure.get_supylabel() == "MAE of forces (meV/Å)"


def test_colour_and_marker_are_the_family(figure: Figure) -> None:
    for family, name in (("schnet", "SchNet"), ("painn", "PaiNN")):
        look = look_of(family)
        axis = panel(figure, "ethanol")
        for end in ("", ", test", ", published"):
            assert to_hex(line(axis, name + end).get_color()) == to_hex(look.color)
        assert line(axis, f"{name}, test").get_marker() == look.marker
        assert line(axis, f"{name}, published").get_linestyle() == "--"
        told = handles(figure)[name]
        assert (to_hex(told.get_color()), told.get_marker()) == (to_hex(look.color), look.marker)
    assert legend(figure) == ["Family", "SchNet", "PaiNN"]


def test_a_shorter_training_ends_where_it_ended(figure: Figure) -> None:
    axis = panel(figure, "ethanol")
    np.testing.assert_array_equal(x_of(line(axis, "SchNet")), ELAPSED[1])
    np.testing.assert_array_equal(y_of(line(axis, "SchNet")), ERRORS[1])
    at = line(axis, "SchNet, test")
    assert (x_of(at)[0], y_of(at)[0]) == (4.0, 105.0)


def test_an_error_that_nobody_published_is_no_line(figure: Figure) -> None:
    left, right = figure.axes
    assert y_of(line(left, "PaiNN, published")).tolist() == [10, 10]
    assert not lines(right, "SchNet, published")
    assert x_of(line(right, "SchNet, test")).tolist() == [27]


def test_axes_are_common_logarithmic_and_in_plain_numbers(figure: Figure) -> None:
    for axis in figure.axes:
        assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
        assert axis.yaxis.get_major_formatter()(0.5, 0) == "0.5"
        assert axis.yaxis.get_major_formatter()(200.0, 0) == "200"
    assert len({axis.get_ylim() for axis in figure.axes}) == 1


def test_the_note_tells_line_marker_and_dashes_apart(figure: Figure) -> None:
    for start in ("Line: validation error", "Marker: test error", "Dashed: published test error"):
        assert start in note(figure)


def test_alt_text_is_of_every_model_with_units() -> None:
    text = accuracy.describe(table())
    assert text.startswith("Accuracy against time of training, 3 networks. ")
    assert "PaiNN on ethanol: 31 meV/Å after 4 s, published 10; " in text
    assert "SchNet on ethanol: 105 meV/Å after 4 s, published 16.9; " in text
    assert text.endswith(f"SchNet on {LONG}: 66 meV/Å after 27 s.")


def test_models_without_a_history_are_left_out() -> None:
    data = table()
    data[accuracy.NAME][0] = NAN
    chosen = accuracy.select(data)
    assert chosen["family"].to_numpy().tolist() == ["schnet", "schnet"]
    assert legend(accuracy.draw(chosen)) == ["Family", "SchNet"]
    assert "2 networks" in accuracy.describe(chosen)
    assert accuracy.select(data.drop_vars(accuracy.NAME)).sizes["model"] == 0
