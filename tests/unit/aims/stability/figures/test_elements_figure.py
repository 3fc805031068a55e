"""Strength of elements and pairs: places of points, bars, heights, seeds, and the words."""

import numpy as np
import pytest
import xarray as xr
from artists import legend, lines, note, panel, ticks, titles, words, x_of, y_of
from figure_data import FIGURES, element_of, element_pair_of, make_curves, variants
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.elements import CUTOFFS
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["elements"]
ROWS = variants()
SHOWN = [row for row in ROWS if row["depth"] == 3]
PLACES = np.array([0, 1, 2, 3.7, 4.7, 5.7, 6.7])
"""Elements, a gap, pairs of elements."""
BOUNDS = ("", "_low", "_high")
NAN = float("nan")


def strengths(row: dict[str, object]) -> np.ndarray:
    return np.concatenate([element_of(row), element_pair_of(row)])


def points(axis: Axes, label: str) -> np.ndarray:
    """(point, 2) places and heights."""
    return np.array([[x_of(one)[0], y_of(one)[0]] for one in lines(axis, label)]).reshape(-1, 2)


def intervals(axis: Axes) -> np.ndarray:
    """(interval, end, 2) of bars, which are the lines of two points but the level of one."""
    found = [
        one for one in axis.lines if len(x_of(one)) == 2 and not np.array_equal(y_of(one), [1, 1])
    ]
    return np.array([np.stack([x_of(one), y_of(one)], axis=1) for one in found])


def alone(**values: object) -> xr.Dataset:
    return make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,), **values))


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def test_relevance_stands_above_response_in_a_column_a_family(figure: Figure) -> None:
    assert titles(figure) == [
        f"{name}, {what}" for what in ("relevance", "response") for name in ("SchNet", "PaiNN")
    ]
    for name in ("SchNet", "PaiNN"):
        above, below = (panel(figure, f"{name}, {what}") for what in ("relevance", "response"))
        assert above.get_subplotspec().colspan == below.get_subplotspec().colspan
        assert above.get_subplotspec().rowspan.start < below.get_subplotspec().rowspan.start


@pytest.mark.parametrize(("family", "name"), [("schnet", "SchNet"), ("painn", "PaiNN")])
def test_points_stand_about_their_element_from_short_to_long_cutoffs(
    figure: Figure, family: str, name: str
) -> None:
    axis = panel(figure, f"{name}, relevance")
    for row, away in zip([r for r in SHOWN if r["family"] == family], (-0.3, 0, 0.3), strict=True):
        found = points(axis, f"{row['cutoff']:g} Å")
        np.testing.assert_allclose(found[:, 0], PLACES + away)
        np.testing.assert_allclose(found[:, 1], strengths(row))
    below = points(panel(figure, f"{name}, response"), "5 Å")
    np.testing.assert_allclose(below[:, 0], range(4), atol=1e-12)


def test_bars_are_the_intervals_at_the_points(figure: Figure) -> None:
    axis = panel(figure, "PaiNN, relevance")
    found = intervals(axis)
    every = np.concatenate([points(axis, f"{c} Å") for c in (3, 5, 8)])
    assert len(found) == len(every) == 21
    by_place = found[np.argsort(found[:, 0, 0])]
    every = every[np.argsort(every[:, 0])]
    np.testing.assert_allclose(by_place[:, :, 0], every[:, [0, 0]])
    np.testing.assert_allclose(by_place[:, :, 1], every[:, 1:] * [0.8, 1.25])


def test_colours_are_cutoffs_and_markers_families(figure: Figure) -> None:
    for name, marker in (("SchNet", "o"), ("PaiNN", "s")):
        for cutoff in (3, 5, 8):
            for one in lines(panel(figure, f"{name}, relevance"), f"{cutoff} Å"):
                assert to_hex(one.get_color()) == to_hex(style.cutoff_color(cutoff))
                assert (one.get_marker(), one.get_linestyle()) == (marker, "None")
    assert legend(figure) == ["Cutoff", "3 Å", "5 Å", "8 Å"]


def test_columns_are_called_by_what_they_are_of(figure: Figure) -> None:
    for name in ("SchNet", "PaiNN"):
        above = panel(figure, f"{name}, relevance")
        assert above.get_xticks().tolist() == pytest.approx(PLACES.tolist())
        assert ticks(above) == ["C", "H", "O", "C-C", "C-H", "C-O", "H-H"]
        assert above.get_xlim() == pytest.approx((-0.7, 7.4))
        assert ticks(panel(figure, f"{name}, response")) == ["C-C", "C-H", "C-O", "H-H"]


def test_heights_are_logarithmic_about_the_average_and_hold_every_value(figure: Figure) -> None:
    values = np.concatenate([strengths(row) for row in SHOWN])
    response = np.concatenate([element_pair_of(row) ** 0.5 for row in SHOWN])
    low, high = (end([end(values), end(response)]) for end in (min, max))
    for axis in figure.axes:
        assert axis.get_yscale() == "log"
        assert axis.get_ylim() == pytest.approx((low / 1.6, high * 1.6))
        assert y_of(axis.lines[0]).tolist() == [1, 1]
        assert axis.yaxis.get_major_formatter()(0.5, 0) == "0.5"
    assert figure.get_supylabel() == "strength / average (of pairs: at equal distance)"


def test_the_note_is_of_error_bars(figure: Figure) -> None:
    said = "Error bars: bootstrap interval over structures. Shown: T = 3 of 1, 3."
    assert note(figure) == said


def test_many_columns_have_upright_labels() -> None:
    few, elements = alone(), ["C", "H", "O", "N", "S"]
    more = few.drop_vars(["element", *(f"element_relevance{end}" for end in BOUNDS)])
    attrs = {"units": "1", "long_name": "strength"}
    for end in BOUNDS:
        more[f"element_relevance{end}"] = ("model", "element"), np.ones((1, 5)), attrs
    more = more.assign_coords(element=elements)
    for curves, angle, count in ((few, 0, 7), (more, 90, 9)):
        labels = SPEC.figure(curves).axes[0].get_xticklabels()
        assert len(labels) == count
        assert {label.get_rotation() for label in labels} == {angle}


def test_seeds_are_averaged_by_their_logarithms() -> None:
    curves = alone(seed=(0, 1))
    curves["element_pair_relevance"][:, 0] = [0.5, 2.0]
    axis = panel(SPEC.figure(curves), "SchNet, relevance")
    at = points(axis, "5 Å")[3]
    np.testing.assert_allclose(at, [3.7, 1.0])
    bar = next(one for one in intervals(axis) if one[0, 0] == 3.7)
    np.testing.assert_allclose(bar[:, 1], [0.5, 2.0])


def test_nothing_has_no_place_on_a_logarithmic_axis() -> None:
    curves = alone()
    curves["element_pair_relevance"][0, 1] = 0.0
    curves["element_pair_relevance_low"][0, 2] = 0.0
    axis = panel(SPEC.figure(curves), "SchNet, relevance")
    np.testing.assert_allclose(points(axis, "5 Å")[:, 0], PLACES[[0, 1, 2, 3, 5, 6]])
    assert "C-H" in ticks(axis)  # known to be nothing
    # A bar down to nothing would be endless.
    np.testing.assert_allclose(intervals(axis)[:, 0, 0], PLACES[[0, 1, 2, 3, 6]])


def test_an_element_that_a_data_set_lacks_has_no_column_there() -> None:
    rows = variants(datasets=("ethanol", "methane"), family=("schnet",), cutoff=(5.0,), depth=(1,))
    curves = make_curves(rows)
    curves["element_relevance"][1, 2] = NAN
    curves["element_pair_relevance"][1, 2] = NAN
    curves["element_pair_response"][1] = NAN
    figure = SPEC.figure(curves)
    assert ticks(panel(figure, "methane, SchNet, relevance")) == ["C", "H", "C-C", "C-H", "H-H"]
    assert len(ticks(panel(figure, "ethanol, SchNet, relevance"))) == 7
    assert not ticks(panel(figure, "methane, SchNet, response"))
    assert ticks(panel(figure, "ethanol, SchNet, response")) == ["C-C", "C-H", "C-O", "H-H"]


def test_columns_of_each_group_are_its_own_whatever_others_lack() -> None:
    curves = make_curves(variants(family=("schnet",), depth=(1,)))
    curves["element_relevance"][0] = NAN
    data = SPEC.select(curves)
    assert data["cutoff"].to_numpy().tolist() == [3, 5, 8]
    assert np.isnan(data["element_relevance"][0]).all()
    np.testing.assert_allclose(data["element_relevance"][1:], curves["element_relevance"][1:])
    np.testing.assert_allclose(data["element_relevance_low"][2], curves["element_relevance_low"][2])


def test_five_cutoffs_are_shown_of_more() -> None:
    every = [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0]
    figure = SPEC.figure(make_curves(variants(family=("painn",), cutoff=every, depth=(1,))))
    told = [float(text.split()[0]) for text in legend(figure)[1:]]
    assert len(told) == CUTOFFS
    assert (told[0], told[-1]) == (3, 10)
    assert "of 3, 4, 5, 6, 7, 8, 10." in note(figure)
    shown = {one.get_label() for one in figure.axes[0].lines if str(one.get_label()).endswith("Å")}
    assert shown == set(legend(figure)[1:])


def test_alt_text_tells_the_strongest_and_the_weakest_by_their_mean() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    one = np.exp(np.log([element_of(row) for row in SHOWN]).mean(axis=0))
    two = np.exp(np.log([element_pair_of(row) for row in SHOWN]).mean(axis=0))
    assert f"strongest element C ({one[0]:.2g} times the average), weakest H ({one[1]:.2g})" in text
    assert f"strongest pair of elements C-C ({two[0]:.2g} times" in text
    assert f"weakest H-H ({two[3]:.2g})." in text


def test_alt_text_of_pairs_alone_says_nothing_of_elements() -> None:
    curves = alone()
    curves["element_relevance"][:] = NAN
    text = SPEC.describe(SPEC.select(curves))
    assert "strongest element" not in text
    assert "By relevance: strongest pair of elements C-C" in text


def test_a_network_without_pairs_is_left_out_and_counted() -> None:
    curves = make_curves(variants(family=("painn",), depth=(1,)))
    curves["element_pair_relevance"][1] = NAN
    figure = SPEC.figure(curves)
    assert legend(figure) == ["Cutoff", "3 Å", "8 Å"]
    assert note(figure).endswith("Left out: 1 without data.")
    curves["element_pair_relevance"][:] = NAN
    (axis,) = SPEC.figure(curves).axes
    assert words(axis) == ["No variant has relevance by element. Left out: 3 without data."]


def test_a_family_that_a_data_set_lacks_is_told_in_both_panels() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    rows = [row for row in rows if (row["dataset"], row["family"]) != ("aspirin", "painn")]
    figure = SPEC.figure(make_curves(rows))
    for what in ("relevance", "response"):
        assert words(panel(figure, f"aspirin, PaiNN, {what}")) == ["no data"]
        assert not words(panel(figure, f"aspirin, SchNet, {what}"))
