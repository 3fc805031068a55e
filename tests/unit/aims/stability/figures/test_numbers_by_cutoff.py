"""Drift of the energy and error of distances against the cutoff, beside the reference's."""

import numpy as np
import pytest
from figure_data import FIGURES, distance_error_of, drift_of, make_curves, variants
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reading_figures import (
    failed,
    handle,
    labels,
    legend,
    line,
    notes,
    panel,
    same_color,
    texts,
    title,
    without_reference,
    xy,
)
from xarray import Dataset

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
ROWS = variants(depth=(1, 2, 3))
CUTOFFS = (3.0, 5.0, 8.0)
VALUE = {"drift": drift_of, "distance_error": distance_error_of}
BOTH = pytest.mark.parametrize("name", ["drift", "distance_error"])


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    return {name: FIGURES[name].figure(make_curves(ROWS)) for name in VALUE}


def with_floor(curves: Dataset, value: float) -> Dataset:
    attrs = {"units": "1", "long_name": "floor"}
    n = curves.sizes["reference"]
    return curves.assign(
        {
            f"data_distance_error_floor{end}": ("reference", np.full(n, value * factor), attrs)
            for end, factor in (("", 1.0), ("_low", 0.5), ("_high", 2.0))
        }
    )


def bars(axis: Axes) -> dict[float, list[float]]:
    """Ends of the intervals of a panel by their place."""
    found = [one for one in axis.lines if one.get_label() == "_interval"]
    return {round(float(one.get_xdata()[0]), 9): list(one.get_ydata()) for one in found}


@BOTH
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depths_stand_side_by_side_about_the_cutoff(
    figures: dict[str, Figure], name: str, depth: int
) -> None:
    """An eighth or so of the closest two cutoffs apart: 2 Å here."""
    axis = panel(figures[name], "PaiNN")
    x, y = xy(axis, f"T = {depth}")
    np.testing.assert_allclose(x, np.array(CUTOFFS) + (depth - 2) * 0.24)
    own = [row for row in ROWS if row["family"] == "painn" and row["depth"] == depth]
    np.testing.assert_allclose(y, [VALUE[name](row) for row in own])
    joined = line(axis, f"T = {depth}")
    assert same_color(joined.get_color(), style.FAINT)
    assert (joined.get_linestyle() == "-") == (depth == 3)


@BOTH
def test_points_are_coloured_by_cutoff_and_shaped_by_family(
    figures: dict[str, Figure], name: str
) -> None:
    for family, shown in (("schnet", "SchNet"), ("painn", "PaiNN")):
        for cutoff in CUTOFFS:
            point = line(panel(figures[name], shown), f"{cutoff:g} Å, T = 3")
            assert same_color(point.get_color(), style.cutoff_color(cutoff))
            assert point.get_marker() == style.marker(family)
    assert style.marker("schnet") != style.marker("painn")


@BOTH
def test_bars_are_the_intervals_at_the_points(figures: dict[str, Figure], name: str) -> None:
    axis = panel(figures[name], "SchNet")
    own = [row for row in ROWS if row["family"] == "schnet"]
    found = bars(axis)
    assert len(found) == len(own)
    for row in own:
        value = VALUE[name](row)
        at = round(row["cutoff"] + (row["depth"] - 2) * 0.24, 9)
        np.testing.assert_allclose(found[at], [0.8 * value, 1.25 * value])


@BOTH
def test_the_reference_is_a_level_across_with_its_band(
    figures: dict[str, Figure], name: str
) -> None:
    level = {"drift": -0.002, "distance_error": 0.04}[name]
    for axis in figures[name].axes:
        _, y = xy(axis, "reference")
        assert y.tolist() == [level, level]
        assert same_color(line(axis, "reference").get_color(), "black")
        (band,) = axis.patches
        ends = sorted([band.get_y(), band.get_y() + band.get_height()])
        np.testing.assert_allclose(ends, sorted([0.7 * level, 1.4 * level]))
        assert band.get_zorder() < line(axis, "T = 1").get_zorder()


@BOTH
def test_axes_hold_every_bar_and_all_cutoffs(figures: dict[str, Figure], name: str) -> None:
    for axis in figures[name].axes:
        np.testing.assert_allclose(axis.get_xlim(), [3 - 1.2, 8 + 1.2])
        low, high = axis.get_ylim()
        ends = np.concatenate(list(bars(axis).values()))
        assert low < ends.min()
        assert ends.max() < high
        assert axis.get_xlabel() == "cutoff (Å)"
    assert (figures[name].axes[0].get_ylim()[0] == 0) == (name == "distance_error")


def test_labels_and_titles(figures: dict[str, Figure]) -> None:
    drift, error = figures["drift"], figures["distance_error"]
    assert drift.get_supylabel() == "drift (meV/atom/ps)"
    assert error.get_supylabel() == "∫ |h(r) − h(r) of the data| dr"
    assert title(drift) == "Drift of the total energy: ethanol"
    assert title(error) == "Error of interatomic distances in dynamics: ethanol"
    for figure in figures.values():
        assert notes(figure).strip() == "Bars: bootstrap interval over replicas."
        assert legend(figure) == {
            "Reference": ["engine", "its interval"],
            "Depth": ["T = 1", "T = 2", "T = 3"],
        }


def test_limits_of_a_signed_axis_are_about_its_ends(figures: dict[str, Figure]) -> None:
    values = np.array([drift_of(row) for row in ROWS]) * 1.25
    low, high = values.min(), values.max()
    margin = 0.08 * (high - low)
    np.testing.assert_allclose(figures["drift"].axes[0].get_ylim(), [low - margin, high + margin])


def test_an_error_of_nothing_has_an_axis() -> None:
    curves = make_curves(variants(depth=(1,)))
    for name in [n for n in curves.data_vars if "distance_error" in str(n)]:
        curves[name] = 0 * curves[name]
    assert FIGURES["distance_error"].figure(curves).axes[0].get_ylim() == (0, 1)


def test_drifts_that_are_one_number_have_an_axis_about_it() -> None:
    curves = make_curves(variants(depth=(1,)))
    for name in [n for n in curves.data_vars if "drift" in str(n)]:
        curves[name] = 0 * curves[name] + 0.5
    assert FIGURES["drift"].figure(curves).axes[0].get_ylim() == (-0.5, 1.5)


@pytest.mark.parametrize(("factor", "scale"), [(29.0, "linear"), (31.0, "symlog")])
def test_one_drift_of_another_magnitude_makes_the_axis_logarithmic(
    factor: float, scale: str
) -> None:
    curves = without_reference(make_curves(variants(family=("schnet",), depth=(1, 2))))
    for end in ("", "_low", "_high"):
        curves[f"drift{end}"][:] = 0.02
        curves[f"drift{end}"][0] = 0.02 * factor
    axis = FIGURES["drift"].figure(curves).axes[0]
    assert axis.get_yscale() == scale
    if scale == "symlog":
        np.testing.assert_allclose(axis.get_ylim(), [-0.01, 1.5 * 0.02 * factor])
        assert axis.yaxis.get_transform().linthresh == pytest.approx(0.01)


def test_numbers_on_a_logarithmic_axis_are_plain() -> None:
    curves = make_curves(variants(family=("schnet",), depth=(1,)))
    curves["drift"][0] = -300.0
    figure = FIGURES["drift"].figure(curves)
    figure.draw_without_rendering()
    shown = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert {"0", "-100"} <= {text.replace("−", "-") for text in shown}
    assert not any("mathdefault" in text for text in shown)
    low, high = figure.axes[0].get_ylim()
    assert low == pytest.approx(-450)
    assert high > 0


def test_alt_text_of_drift_has_its_unit_and_the_engines() -> None:
    spec = FIGURES["drift"]
    text = spec.describe(spec.select(make_curves(ROWS)))
    values = np.array([drift_of(row) for row in ROWS])
    assert "Drift of the total energy against the cutoff, 18 points: SchNet and PaiNN" in text
    assert f"Values {values.min():.3g} to {values.max():.3g} meV/atom/ps." in text
    assert "The reference engine has -0.002 meV/atom/ps." in text


def test_alt_text_of_the_distance_error() -> None:
    spec = FIGURES["distance_error"]
    text = spec.describe(spec.select(make_curves(ROWS)))
    values = np.array([distance_error_of(row) for row in ROWS])
    assert f"Values {values.min():.3g} to {values.max():.3g}. The reference" in text
    assert "The reference engine has 0.04." in text
    assert "halves" not in text


@BOTH
def test_without_an_engine(name: str) -> None:
    curves = without_reference(make_curves(ROWS))
    spec = FIGURES[name]
    figure = spec.figure(curves)
    assert list(legend(figure)) == ["Depth"]
    assert not any("reference" in labels(axis) or axis.patches for axis in figure.axes)
    assert spec.describe(spec.select(curves)).endswith("There is no reference.")


@BOTH
def test_an_axis_holds_a_reference_that_is_beyond_all_models(name: str) -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,)))
    for end, value in (("", 3.0), ("_low", 2.0), ("_high", 4.0)):
        curves[f"reference_{name}{end}"][:] = value
    low, high = FIGURES[name].figure(curves).axes[0].get_ylim()
    assert low <= 0
    assert 4 < high < 7


@BOTH
def test_a_reference_without_an_interval_is_a_line_alone(name: str) -> None:
    curves = make_curves(variants(depth=(1,)))
    curves[f"reference_{name}_low"][:] = np.nan
    for axis in FIGURES[name].figure(curves).axes:
        assert "reference" in labels(axis)
        assert not axis.patches


@BOTH
def test_seeds_are_averaged_and_their_range_is_the_bar(name: str) -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,), seed=(0, 1, 2))
    curves = make_curves(rows)
    curves[name][:] = [0.1, 0.5, 0.3]
    figure = FIGURES[name].figure(curves)
    axis = panel(figure, "SchNet")
    np.testing.assert_allclose(xy(axis, "5 Å, T = 1")[1], 0.3)
    assert bars(axis) == {5.0: [0.1, 0.5]}
    assert "Mean over 3 seeds; bars: range over seeds." in notes(figure)


def test_the_floor_is_hatched_under_the_points_and_within_the_axis() -> None:
    curves = with_floor(make_curves(ROWS), 0.3)
    spec = FIGURES["distance_error"]
    figure = spec.figure(curves)
    for axis in figure.axes:
        level = line(axis, "floor")
        np.testing.assert_allclose(level.get_ydata(), 0.3)
        assert level.get_linestyle() == "--"
        hatched = [patch for patch in axis.patches if patch.get_hatch()]
        assert [(p.get_y(), p.get_height()) for p in hatched] == [(0.15, pytest.approx(0.45))]
        assert axis.get_ylim() == (0, pytest.approx(1.08 * 0.6))
    assert legend(figure)["Floor"] == ["two halves\nof the data", "its interval"]
    assert handle(figure, "two halves\nof the data").get_linestyle() == "--"
    assert "Two halves of the data differ by 0.3." in spec.describe(spec.select(curves))


def test_drift_knows_no_floor() -> None:
    figure = FIGURES["drift"].figure(with_floor(make_curves(ROWS), 0.3))
    assert "Floor" not in legend(figure)
    assert all("floor" not in labels(axis) for axis in figure.axes)


def test_a_floor_that_is_not_known_is_not_there() -> None:
    curves = with_floor(make_curves(ROWS), np.nan)
    figure = FIGURES["distance_error"].figure(curves)
    assert "Floor" not in legend(figure)
    assert "Hatched" not in notes(figure)


def test_of_more_depths_than_four_some_are_shown() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1, 2, 3, 4, 5, 6))
    figure = FIGURES["drift"].figure(make_curves(rows))
    assert len(legend(figure)["Depth"]) == 4
    assert {"T = 1", "T = 6"} <= set(legend(figure)["Depth"])
    assert "of 1, 2, 3, 4, 5, 6" in notes(figure)


@BOTH
def test_nothing_is_said_by_the_name_of_what_is_missing(name: str) -> None:
    spec, curves = FIGURES[name], failed(ROWS, "diverged")
    (text,) = texts(spec.figure(curves).axes[0])
    start = f"No variant has this: {title(spec.figure(curves)).lower()}."
    assert " ".join(text.split()) == f"{start} Left out: 18 diverged."
    assert spec.describe(spec.select(curves)) == f"{start} Left out: 18 diverged."


def test_a_data_set_on_which_a_family_has_no_model_left() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    curves = make_curves(rows[:3])
    figure = FIGURES["drift"].figure(curves)
    axis = panel(figure, "aspirin, PaiNN")
    assert texts(axis) == ["no data"]
    assert labels(axis) == ["reference"]
    assert texts(panel(figure, "ethanol, PaiNN")) == []
