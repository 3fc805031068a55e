"""Bars of body order: parts, colours, intervals, labels, and what the words count."""

import numpy as np
import pytest
from artists import handles, legend, note, panel, stacks, ticks, titles, words
from figure_data import FIGURES, make_curves, shares_of, variants
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.bars import BARS_SIDE_BY_SIDE
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["body_order"]
ROWS = variants()
BY_DEPTH = [row for depth in (1, 3) for row in ROWS if row["depth"] == depth]
NAN = float("nan")


def rows_of(family: str) -> list[dict[str, object]]:
    """In the order of bars: by depth, then cutoff."""
    return [row for row in BY_DEPTH if row["family"] == family]


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


@pytest.mark.parametrize(("family", "name"), [("schnet", "SchNet"), ("painn", "PaiNN")])
def test_parts_stand_upon_each_other_and_a_bar_is_whole(
    figure: Figure, family: str, name: str
) -> None:
    parts = stacks(panel(figure, name))
    heights = np.array([[bar.get_height() for bar in part] for part in parts]).T
    np.testing.assert_allclose(heights, np.nan_to_num([shares_of(r, 4) for r in rows_of(family)]))
    np.testing.assert_allclose(heights.sum(axis=1), 1)
    middle = [[bar.get_x() + bar.get_width() / 2 for bar in part] for part in parts]
    np.testing.assert_allclose(middle, [np.arange(6)] * 4, atol=1e-12)


def test_colours_are_those_of_body_orders_and_so_is_the_legend(figure: Figure) -> None:
    told = handles(figure)
    for axis in figure.axes:
        for n, part in enumerate(stacks(axis), start=1):
            expected = to_hex(style.body_order_color(n))
            assert {to_hex(bar.get_facecolor()) for bar in part} == {expected}
            assert to_hex(told[str(n)].get_facecolor()) == expected
    assert legend(figure) == ["Atoms on a walk", "4", "3", "2", "1"]


def test_inner_edges_have_intervals_and_the_top_of_a_bar_has_none(figure: Figure) -> None:
    """The last part ends at one, whatever the shares are."""
    axis = panel(figure, "PaiNN")
    found = np.concatenate([one.get_segments() for one in axis.collections])
    expected = []
    for place, row in enumerate(rows_of("painn")):
        share = shares_of(row, 4)[: row["depth"] + 1]
        for top, own in zip(np.cumsum(share)[:-1], share[:-1], strict=True):
            expected.append([[place, top - 0.2 * own], [place, top + 0.25 * own]])
    assert len(found) == len(expected) == 3 * (1 + 3)
    order = [np.lexsort((np.array(s)[:, 0, 1], np.array(s)[:, 0, 0])) for s in (found, expected)]
    np.testing.assert_allclose(found[order[0]], np.array(expected)[order[1]])


def test_bars_are_labelled_by_cutoff_below_and_by_depth_above(figure: Figure) -> None:
    for axis in figure.axes:
        assert ticks(axis) == ["3", "5", "8"] * 2
        assert words(axis) == ["T = 1", "T = 3"]
        assert [text.get_position()[0] for text in axis.texts] == [1, 4]
        assert axis.get_xlabel() == "cutoff (Å), by depth T"
        assert axis.get_ylim()[0] == 0
    assert figure.get_supylabel() == "share of the sum of |relevance|"
    assert figure.get_suptitle() == "Body order of relevance: ethanol"


def test_alt_text_has_the_percents_of_every_number_of_atoms() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    shares = 100 * np.array([shares_of(row, 4) for row in ROWS])
    for k, name in enumerate(("1 atom", "2 atoms", "3 atoms", "4 atoms")):
        low, high = (f"{end(shares[:, k]):.3g}" for end in (np.nanmin, np.nanmax))
        told = f"{low} %" if low == high else f"{low} to {high} %"
        assert f"{name} {told}" in text
    assert "12 bars: SchNet and PaiNN (cutoff 3 to 8 Å, depth 1 to 3) on ethanol." in text


def test_the_note_is_of_error_bars(figure: Figure) -> None:
    assert note(figure) == "Error bars: bootstrap interval of a share, at its upper end."


def test_seeds_are_averaged_and_their_range_is_at_the_edge() -> None:
    curves = make_curves(variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 1)))
    curves["body_order_share"][:] = [[0.3, 0.7], [0.5, 0.5]]
    figure = SPEC.figure(curves)
    (axis,) = figure.axes
    np.testing.assert_allclose([part[0].get_height() for part in stacks(axis)], [0.4, 0.6])
    (segments,) = [one.get_segments() for one in axis.collections]
    np.testing.assert_allclose(segments, [[[0, 0.3], [0, 0.5]]])
    assert "Mean over 2 seeds; error bars: range over seeds." in note(figure)


def test_seeds_in_some_settings_only_are_told_as_a_range() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 1))
    rows += variants(family=("painn",), cutoff=(8.0,), depth=(1,))
    said = note(SPEC.figure(make_curves(rows)))
    assert "Mean over 1 to 2 seeds; error bars: range over seeds (bootstrap interval" in said
    assert "where there is one seed)" in said


def test_many_bars_stand_in_panels_below_each_other() -> None:
    cutoffs = np.arange(3.0, 3.0 + BARS_SIDE_BY_SIDE + 1).tolist()
    figure = SPEC.figure(make_curves(variants(cutoff=cutoffs, depth=(1,))))
    above, below = figure.axes
    assert titles(figure) == ["SchNet", "PaiNN"]
    assert above.get_subplotspec().colspan == below.get_subplotspec().colspan
    assert above.get_subplotspec().rowspan != below.get_subplotspec().rowspan
    assert {label.get_rotation() for label in below.get_xticklabels()} == {90}
    assert (above.get_xlabel(), below.get_xlabel()) == ("", "cutoff (Å), by depth T")


def test_as_many_bars_as_fit_stand_in_panels_side_by_side() -> None:
    cutoffs = np.arange(3.0, 3.0 + BARS_SIDE_BY_SIDE).tolist()
    left, right = SPEC.figure(make_curves(variants(cutoff=cutoffs, depth=(1,)))).axes
    assert left.get_subplotspec().rowspan == right.get_subplotspec().rowspan
    assert {label.get_rotation() for label in right.get_xticklabels()} == {0}


def test_six_depths_are_shown_of_more() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1, 2, 3, 4, 5, 6, 7, 8))
    figure = SPEC.figure(make_curves(rows))
    depths = [int(text.split()[-1]) for text in words(figure.axes[0])]
    assert len(depths) == len(ticks(figure.axes[0])) == 6
    assert (depths[0], depths[-1]) == (1, 8)
    listed = ", ".join(map(str, depths))
    assert f"Shown: T = {listed} of 1, 2, 3, 4, 5, 6, 7, 8." in note(figure)


def test_an_order_that_no_shown_network_has_is_in_no_legend() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1, 3)))
    curves["body_order_share"][1] = NAN
    figure = SPEC.figure(curves)
    assert legend(figure) == ["Atoms on a walk", "2", "1"]
    assert note(figure).endswith("Left out: 1 without data.")
    assert "3 atoms" not in SPEC.describe(SPEC.select(curves))


def test_without_bounds_bars_have_no_intervals() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(3,)))
    curves["body_order_share_low"][:] = NAN
    (axis,) = SPEC.figure(curves).axes
    assert not axis.collections
    assert len(stacks(axis)) == 4


def test_a_family_that_a_data_set_lacks_is_told_in_its_panel() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    rows = [row for row in rows if (row["dataset"], row["family"]) != ("aspirin", "schnet")]
    figure = SPEC.figure(make_curves(rows))
    empty = panel(figure, "aspirin, SchNet")
    assert words(empty) == ["no data"]
    assert not stacks(empty)
    assert words(panel(figure, "aspirin, PaiNN")) == ["T = 1"]
