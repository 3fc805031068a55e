"""Parts that several figures share: bars, decays, points, windows of fits, reference lines."""

import numpy as np
import pytest
import xarray as xr
from figure_data import make_curves, make_table, variants
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

from nearsight.aims.stability.figures import bars, decay_panels, fit_window, reference_lines
from nearsight.aims.stability.figures.association import points
from nearsight.aims.stability.figures.association.complete_models import (
    SHARE,
    TIME,
    complete_models,
    survival_name,
)
from nearsight.figures import style
from nearsight.figures.groups import group_seeds
from nearsight.figures.panels import Cell

pytestmark = pytest.mark.filterwarnings("error")
NAN = float("nan")


@pytest.fixture
def axis() -> Axes:
    return Figure().add_subplot()


def heights(axis: Axes) -> list[list[tuple[float, float]]]:
    """Foot and height of the bars of each part."""
    return [
        [(bar.get_y(), bar.get_height()) for bar in container]
        for container in axis.containers
        if not isinstance(container, ErrorbarContainer)
    ]


def test_stacked_bars_stand_upon_each_other_and_end_at_their_sum(axis: Axes) -> None:
    share = np.array([[0.2, 0.3, 0.5], [0.6, NAN, 0.4]])
    bars.stack(axis, np.arange(2.0), share, ["red", "blue", "green"], ["a", "b", "c"])
    first, second, third = heights(axis)
    assert [foot for foot, _ in first] == [0, 0]
    assert second == [(pytest.approx(0.2), pytest.approx(0.3)), (pytest.approx(0.6), 0)]
    assert [foot + height for foot, height in third] == pytest.approx([1, 1])


def test_an_interval_stands_at_the_top_of_its_part(axis: Axes) -> None:
    share = np.array([[0.2, 0.3], [0.6, 0.4]])
    low, high = share - 0.1, share + 0.05
    low[1, 1] = NAN
    bars.interval_at_top(axis, np.arange(2.0), share, low, high, part=1)
    (segments,) = [one.get_segments() for one in axis.collections]
    assert len(segments) == 1
    np.testing.assert_allclose(segments[0], [[0, 0.4], [0, 0.55]])


def test_no_interval_draws_nothing(axis: Axes) -> None:
    nothing = np.full((2, 2), NAN)
    bars.interval_at_top(axis, np.arange(2.0), np.full((2, 2), 0.5), nothing, nothing, part=0)
    assert not axis.collections


def groups(cutoffs: list[float], depths: list[int]) -> xr.Dataset:
    return xr.Dataset(coords={"cutoff": ("group", cutoffs), "depth": ("group", depths)})


def test_bars_are_labelled_by_cutoff_and_runs_by_depth(axis: Axes) -> None:
    bars.label_bars(axis, groups([3.0, 5.0, 3.0, 5.5], [1, 1, 3, 3]), before=["ref."])
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == ["ref.", "3", "5", "3", "5.5"]
    assert axis.get_xticks().tolist() == [-1.5, 0, 1, 2, 3]
    texts = {text.get_text(): text.get_position()[0] for text in axis.texts}
    assert texts == {"T = 1": 0.5, "T = 3": 2.5}
    assert [line.get_xdata()[0] for line in axis.lines] == [1.5]


def test_few_bars_are_no_slabs(axis: Axes) -> None:
    bars.label_bars(axis, groups([3.0], [1]))
    low, high = axis.get_xlim()
    assert high - low >= bars.FEWEST_BARS
    assert (low + high) / 2 == pytest.approx(0)


def test_many_bars_have_upright_labels(axis: Axes) -> None:
    n = bars.BARS_SIDE_BY_SIDE + 1
    bars.label_bars(axis, groups([float(k) for k in range(n)], [1] * n))
    assert {label.get_rotation() for label in axis.get_xticklabels()} == {90}


def test_a_logarithmic_axis_has_no_place_for_zero() -> None:
    found = decay_panels.positive(np.array([1.0, 0.0, -1.0, NAN]))
    np.testing.assert_array_equal(np.isfinite(found), [True, False, False, False])


@pytest.mark.parametrize(("n_datasets", "depths"), [(1, 8), (2, 4), (3, 2), (9, 1)])
def test_a_page_holds_so_many_depths(n_datasets: int, depths: int) -> None:
    data = xr.Dataset(coords={"dataset": ("group", [str(k) for k in range(n_datasets)])})
    assert decay_panels.depths_per_dataset(data) == depths


def test_slopes_meet_and_fall_with_their_powers(axis: Axes) -> None:
    decay_panels.draw_slopes(axis, 2.0, 7.0, 16.0, faster=2)
    for line, power in zip(axis.lines, style.GUIDE_LINES, strict=True):
        x, y = (np.asarray(values) for values in (line.get_xdata(), line.get_ydata()))
        assert (x[0], y[0]) == (2.0, 7.0)
        slope = np.diff(np.log(y)) / np.diff(np.log(x))
        np.testing.assert_allclose(slope, -(power + 2))
    assert [line.get_label() for line in axis.lines] == ["r⁻³", "r⁻⁵", "r⁻⁸"]


def test_axes_hold_eight_decades_at_most(axis: Axes) -> None:
    distance = np.array([1.0, 2.0, 4.0])
    decay_panels.set_axes(axis, distance, np.array([[1.0, 1e-3, 1e-30], [NAN, 0.0, 2.0]]))
    low, high = axis.get_ylim()
    assert high == pytest.approx(5.0)
    assert low == pytest.approx(2.0 * 10.0**-decay_panels.DECADES / 2.5)
    assert axis.get_xlim()[0] < 1.0
    assert axis.get_xlim()[1] > 4.0


def test_members_without_a_positive_value_are_not_shown() -> None:
    data = xr.Dataset({"y": (("group", "distance"), [[0.0, 0.0], [0.0, 1.0], [NAN, NAN]])})
    assert decay_panels.shown_members(Cell(0, 0, "a", "t", (0, 1, 2)), data, "y") == [1]


@pytest.mark.parametrize(
    ("weights", "start"),
    [
        ([], ""),
        ([NAN], ""),
        ([0.95, 1.0], "as a power law (weight of the power law 0.95 to 1.00)"),
        ([0.01, 0.02], "as an exponential (weight of the power law 0.01 to 0.02)"),
        ([0.5], "as neither law alone (weight of the power law 0.50)"),
        ([0.01, 0.99], "by no one law (weight of the power law 0.01 to 0.99)"),
    ],
)
def test_laws_in_words(weights: list[float], start: str) -> None:
    assert fit_window.law_in_words(np.array(weights)) == start


def test_weights_and_windows_are_those_of_all_seeds_of_a_group() -> None:
    rows = variants(family=("schnet",), cutoff=(8.0,), depth=(1,), seed=(0, 1, 2))
    rows[2].update(status="failed")  # and counts for nothing, whatever it has
    curves = make_curves(rows)
    used = np.zeros((3, curves.sizes["distance"]), dtype="int8")
    used[0, 5:9], used[1, 6:12] = 1, 1
    curves = curves.assign(
        response_fitted=(("model", "distance"), used),
        response_power_law_weight=("model", [0.2, 0.6, 1.0]),
        cutoff_jump=("model", [1.0, NAN, 1.0]),
    )
    data = group_seeds(curves, "response", geometric=True)
    fitted = fit_window.fitted(curves, data, "response").to_numpy()
    assert np.flatnonzero(fitted[0]).tolist() == [6, 7, 8]  # what both were fitted in
    assert fit_window.weights(curves, data, "response").to_numpy() == pytest.approx([0.4])
    assert np.isnan(fit_window.jumps(curves, data).to_numpy()).all()
    assert not fit_window.pooled(curves, data, "response").any()


def reference() -> xr.Dataset:
    bounds = {"": 1.0, "_low": 0.5, "_high": 2.0}
    numbers = {f"reference_y{end}": ("reference", [value, NAN]) for end, value in bounds.items()}
    curves = {
        f"reference_z{end}": (("reference", "time"), [[value, value], [NAN, NAN]])
        for end, value in bounds.items()
    }
    return xr.Dataset({**numbers, **curves}, {"reference": ["a", "b"], "time": [0.0, 1.0]})


@pytest.mark.parametrize(("dataset", "drawn"), [("a", 1), ("b", 0), ("unknown", 0)])
def test_the_reference_is_drawn_where_there_is_one(axis: Axes, dataset: str, drawn: int) -> None:
    reference_lines.draw_reference_level(axis, reference(), "y", dataset)
    assert len(axis.lines) == len(axis.patches) == drawn
    reference_lines.draw_reference_curve(axis, reference(), "z", dataset, "time")
    assert len(axis.collections) == drawn
    if drawn:
        assert {to_rgba(line.get_color()) for line in axis.lines} == {to_rgba(style.REFERENCE)}
        np.testing.assert_array_equal(axis.lines[1].get_ydata(), [1.0, 1.0])


def test_legend_of_a_reference_that_is_not_there_is_empty() -> None:
    data = reference()
    assert reference_lines.has_reference(data, "y")
    assert reference_lines.reference_section(data.isel(reference=[1]), "y")[1] == []
    assert len(reference_lines.reference_section(data, "y")[1]) == 2


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [([], 0.0, 1.0), ([NAN], 0.0, 1.0), ([2.0, 4.0], 1.76, 4.24), ([2.0, 2.0], 1.76, 2.24),
     ([0.0], -0.12, 0.12)],
)  # fmt: skip
def test_limits_are_by_the_values(values: list[float], low: float, high: float) -> None:
    assert points.limits(np.array(values)) == pytest.approx((low, high))


def models(**columns: list[float]) -> xr.Dataset:
    data = xr.Dataset({name: ("model", values) for name, values in columns.items()})
    return data.assign(dataset=("model", ["ethanol"] * data.sizes["model"]))


def test_an_axis_from_zero_holds_bounds_too() -> None:
    assert points.upper_limit(models(y=[1.0, 2.0], y_high=[NAN, 3.0]), "y") == pytest.approx(3.18)
    assert points.upper_limit(models(y=[0.0], y_high=[0.0]), "y") == 1.0


def test_colours_span_the_known_errors() -> None:
    scale = points.error_scale(models(force_mae=[30.0, NAN, 10.0]))
    assert (scale.vmin, scale.vmax) == (10.0, 30.0)
    nothing = points.error_scale(models(force_mae=[NAN]))
    assert (nothing.vmin, nothing.vmax) == (0, 1)


def test_complete_models_are_counted_with_what_is_left_out() -> None:
    rows = variants(cutoff=(3.0, 5.0), depth=(1,), seed=(0, 1))
    rows[0].update(status="diverged")
    rows[1].update(status="stale")
    table = make_table(rows)
    table["heating"][2] = NAN
    found = complete_models(table, ("heating", TIME, SHARE), (("heating",), (TIME, SHARE)))
    assert found.sizes["model"] == found.attrs["n_variants"] == len(rows) - 3
    counts = {key: found.attrs[f"n_{key}"] for key in ("diverged", "failed", "stale")}
    assert counts == {"diverged": 1, "failed": 0, "stale": 1}
    assert found.attrs["n_without_data"] == 1
    # Of the settings that lost a seed one model is left.
    assert sorted(found["n_seeds"].to_numpy().tolist()) == [1, 2, 2, 2, 2]
    assert survival_name(found) == TIME
    found[TIME][0] = NAN
    assert survival_name(found) == SHARE
