"""The frame that figures share: a grid, its labels, legend, title and note."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from nearsight.figures import panels, style
from nearsight.figures.absent import models_with, with_absent
from nearsight.figures.wording import LONGEST_NAME

pytestmark = pytest.mark.filterwarnings("error")
NAN = float("nan")


def labelled(axis: object, letter: str) -> bool:
    ticks = getattr(axis, f"{letter}axis").get_major_ticks()
    return any(tick.label1.get_visible() for tick in ticks)


def test_inner_panels_share_axes_and_have_no_labels() -> None:
    grid = panels.make_grid(2, 3)
    assert grid.axes.shape == (2, 3)
    grid.axes[0, 0].set(xlim=(0, 7), ylim=(1, 3))
    for (row, column), axis in np.ndenumerate(grid.axes):
        assert axis.get_xlim() == (0, 7)
        assert axis.get_ylim() == (1, 3)
        assert labelled(axis, "x") == (row == 1)
        assert labelled(axis, "y") == (column == 0)
    panels.label_below(grid.axes, "time (ps)")
    assert [axis.get_xlabel() for axis in grid.axes.flat] == [""] * 3 + ["time (ps)"] * 3


def test_panels_with_axes_of_their_own() -> None:
    grid = panels.make_grid(1, 2, own_x=True, own_y=True)
    grid.axes[0, 0].set(xlim=(0, 7), ylim=(1, 3))
    assert grid.axes[0, 1].get_xlim() != (0, 7)
    assert grid.axes[0, 1].get_ylim() != (1, 3)


def test_strips_below_have_the_axis_of_their_panel() -> None:
    grid = panels.make_grid(2, 1, strips=True)
    grid.axes[0, 0].set_xlim(2, 5)
    assert [strip.get_xlim() for strip in grid.strips.flat] == [(2, 5)] * 2
    assert not labelled(grid.axes[1, 0], "x")
    assert labelled(grid.strips[1, 0], "x")
    heights = [axis.get_gridspec().get_height_ratios() for axis in grid.axes.flat]
    assert heights[0][0] > 3 * heights[0][1]


def test_a_page_grows_by_rows_alone() -> None:
    sizes = [panels.make_grid(rows, 2).figure.get_size_inches() for rows in (2, 3, 4)]
    assert {size[0] for size in sizes} == {style.page_width()}
    assert np.diff([size[1] for size in sizes]).tolist() == pytest.approx([style.ROW_HEIGHT] * 2)


def groups(rows: list[tuple[str, str, int, float]]) -> xr.Dataset:
    columns = zip(*rows, strict=True)
    names = ("dataset", "family", "depth", "cutoff")
    return xr.Dataset(
        coords={name: ("group", list(v)) for name, v in zip(names, columns, strict=True)}
    )


def test_columns_are_families_in_one_order_and_rows_data_sets() -> None:
    rows = [("b", "new", 1, 5.0), ("b", "painn", 1, 5.0), ("a", "schnet", 1, 3.0),
            ("a", "painn", 1, 3.0), ("b", "schnet", 1, 3.0)]  # fmt: skip
    found = panels.cells(groups(rows), by_depth=False)
    assert [cell.title for cell in found[:3]] == ["b, SchNet", "b, PaiNN", "b, new"]
    shown = {cell.title: cell.members for cell in found}
    assert shown["a, SchNet"] == (2,)
    assert shown["b, new"] == (0,)
    assert shown["a, new"] == ()  # another data set needs the column


def test_one_data_set_is_in_the_title_of_the_figure_and_not_of_panels() -> None:
    name = "a" * (LONGEST_NAME + 5)
    data = groups([(name, "schnet", 1, 5.0), (name, "schnet", 3, 5.0)])
    assert [cell.title for cell in panels.cells(data, by_depth=True)] == [
        "SchNet, T = 1", "SchNet, T = 3",
    ]  # fmt: skip
    said = panels.full_title("Decay", data)
    assert said.startswith("Decay: aaa")
    assert len(said) == len("Decay: ") + LONGEST_NAME
    assert panels.full_title("Decay", groups([("a", "x", 1, 5.0), ("b", "x", 1, 5.0)])) == "Decay"


def test_many_cutoffs_are_an_even_choice_in_the_legend() -> None:
    cutoffs = np.arange(2.0, 24.0)
    data = groups([("a", "schnet", 1, float(cutoff)) for cutoff in cutoffs])
    heading, lines = panels.cutoff_section(data)
    labels = [line.get_label() for line in lines]
    assert heading == "Cutoff"
    assert len(labels) == panels.MOST_ENTRIES
    assert (labels[0], labels[-1]) == ("2 Å", "23 Å")
    assert [line.get_color() for line in lines] == [
        style.cutoff_color(float(label.split()[0])) for label in labels
    ]


def test_depths_in_the_legend_are_those_there_are() -> None:
    data = groups([("a", "schnet", depth, 5.0) for depth in (3, 1, 3)])
    _, lines = panels.depth_section(data)
    assert [line.get_label() for line in lines] == ["T = 1", "T = 3"]


def finished(note: str, sections: list[tuple[str, list[Line2D]]]) -> Figure:
    figure = Figure()
    panels.finish(figure, "A title", note, sections)
    return figure


def test_legend_has_headings_in_bold_and_empty_sections_are_left_out() -> None:
    line = [Line2D([], [], label="one"), Line2D([], [], label="two")]
    figure = finished("Said below.", [("First", line), ("Nothing", []), ("Second", line[:1])])
    assert figure.get_suptitle() == "A title"
    legend, below = figure.legends
    texts = legend.get_texts()
    assert [text.get_text() for text in texts] == ["First", "one", "two", "", "Second", "one"]
    bold = [text.get_text() for text in texts if text.get_fontweight() == "bold"]
    assert bold == ["First", "Second"]
    assert below.get_title().get_text() == "Said below."


def test_a_long_note_is_wrapped_and_none_takes_no_room() -> None:
    (below,) = finished("word " * 60, []).legends
    lines = below.get_title().get_text().splitlines()
    assert len(lines) > 1
    assert max(map(len, lines)) <= panels.NOTE_WIDTH
    assert finished("", []).legends == []


def test_a_figure_of_nothing_says_why() -> None:
    figure = panels.empty_figure("A title", "No variant has dynamics.")
    assert figure.axes[0].texts[0].get_text() == "No variant has dynamics."
    assert not figure.axes[0].axison
    grid = panels.make_grid(1, 1)
    panels.say_nothing_here(grid.axes[0, 0])
    assert grid.axes[0, 0].texts[0].get_text() == "no data"


def models() -> xr.Dataset:
    values = np.array([[1.0, NAN], [NAN, NAN], [NAN, 2.0]])
    return xr.Dataset({"y": (("model", "x"), values)}, {"x": [1.0, 2.0], "model": list("abc")})


def test_models_with_some_value() -> None:
    assert models_with(models(), "y")["model"].to_numpy().tolist() == ["a", "c"]
    assert models_with(models().transpose(), "y")["model"].to_numpy().tolist() == ["a", "c"]
    assert models_with(models(), "z").sizes["model"] == 0


def test_absent_variables_are_nan_with_bounds_and_labels() -> None:
    whole = with_absent(models(), {"y": ["x"], "z": ["x"], "w": ["new"]})
    assert whole["y"].equals(models()["y"])
    assert whole["y_low"].sizes == {"model": 3, "x": 2}
    assert np.isnan(whole["z_high"]).all()
    assert whole["w"].sizes == {"model": 3, "new": 1}
    assert whole["new"].to_numpy().tolist() == [0]
    assert whole["x"].to_numpy().tolist() == [1.0, 2.0]
