"""The figure of ablation: an order a colour, the deepest network of a family and cutoff a panel."""

import numpy as np
import pytest
from artists import (
    band,
    handles,
    legend,
    line,
    lines,
    note,
    panel,
    ticks,
    titles,
    words,
    x_of,
    y_of,
)
from figure_data import FIGURES, FRACTION, make_curves, removed_of, variants
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.ablation import COLORS, NAMES
from nearsight.figures.multiples import MOST_COLUMNS
from nearsight.figures.wording import LONGEST_NAME

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["ablation"]
ORDERS = ("relevance", "response", "distance", "random")
ROWS = variants()
SHOWN = [row for row in ROWS if row["depth"] == 3]
NAN = float("nan")


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def test_families_stand_below_each_other_and_cutoffs_side_by_side(figure: Figure) -> None:
    assert titles(figure) == [
        f"{name} {cutoff} Å" for name in ("SchNet", "PaiNN") for cutoff in (3, 5, 8)
    ]
    assert figure.get_suptitle() == "Forces without messages: ethanol"


def test_every_panel_has_the_four_orders_of_its_network(figure: Figure) -> None:
    for axis, row in zip(figure.axes, SHOWN, strict=True):
        assert [one.get_label() for one in axis.lines] == list(ORDERS)
        for order, expected in zip(ORDERS, removed_of(row), strict=True):
            np.testing.assert_allclose(x_of(line(axis, order)), FRACTION)
            np.testing.assert_allclose(y_of(line(axis, order)), expected)


def test_bands_are_the_intervals_in_the_colours_of_their_lines(figure: Figure) -> None:
    for axis, row in zip(figure.axes, SHOWN, strict=True):
        pairs = zip(axis.collections, ORDERS, removed_of(row), strict=True)
        for collection, order, expected in pairs:
            low, high = band(collection, FRACTION)
            np.testing.assert_allclose(low, 0.8 * expected)
            np.testing.assert_allclose(high, 1.25 * expected)
            assert to_hex(collection.get_facecolor()) == to_hex(line(axis, order).get_color())


def test_what_every_order_has_to_beat_is_black_and_dashed(figure: Figure) -> None:
    for axis in figure.axes:
        assert to_hex(line(axis, "random").get_color()) == "#000000"
        assert line(axis, "random").get_linestyle() == "--"
        assert {line(axis, order).get_linestyle() for order in ORDERS[:3]} == {"-"}
    assert len({to_hex(color) for color in COLORS.values()}) == len(ORDERS)


def test_axes_are_shares_and_are_labelled_once(figure: Figure) -> None:
    for axis in figure.axes:
        assert axis.get_xlim() == (0, 1)
        assert axis.get_ylim()[0] == 0
        assert axis.get_ylim()[1] > 1
    assert ticks(figure.axes[-1]) == ["0", "0.5", "1"]
    assert [axis.get_xlabel() for axis in figure.axes] == [""] * 3 + ["share removed"] * 3
    assert figure.get_supylabel() == "change of forces / change without any messages"


def test_the_legend_is_in_the_colours_of_the_lines(figure: Figure) -> None:
    assert legend(figure) == ["Order by", "|relevance|", "response", "closeness", "at random"]
    for order, name in NAMES.items():
        drawn, told = line(figure.axes[0], order), handles(figure)[name]
        assert to_hex(told.get_color()) == to_hex(drawn.get_color())
        assert told.get_linestyle() == drawn.get_linestyle()


def test_the_note_says_what_bands_are_and_which_depth_is_shown(figure: Figure) -> None:
    assert note(figure) == "Bands: interval over structures. Shown: T = 3 of 1, 3."


def test_alt_text_has_the_changes_at_a_tenth() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    at = int(np.abs(FRACTION - 0.1).argmin())
    assert f"With {FRACTION[at]:.2g} of the pairs gone:" in text
    for k, name in enumerate(NAMES.values()):
        values = [removed_of(row)[k, at] for row in SHOWN]
        assert f"{name} {min(values):.3g} to {max(values):.3g}" in text
    assert "SchNet and PaiNN (cutoff 3 to 8 Å, depth 3) on ethanol" in text


def test_of_many_cutoffs_four_are_shown_with_both_ends() -> None:
    every = [3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.5]
    figure = SPEC.figure(make_curves(variants(family=("painn",), cutoff=every, depth=(2,))))
    cutoffs = [float(title.split()[1]) for title in titles(figure)]
    assert len(cutoffs) == MOST_COLUMNS
    assert (cutoffs[0], cutoffs[-1]) == (3.0, 8.5)
    assert set(cutoffs) < set(every)
    listed = ", ".join(f"{cutoff:g}" for cutoff in cutoffs)
    assert f"Shown: cutoff (Å) = {listed} of 3, 3.5, 4, 5, 6, 7, 8.5." in note(figure)


def test_seeds_are_averaged_and_their_range_is_the_band() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,), seed=(0, 1, 2))
    curves = make_curves(rows)
    factors = np.array([1.0, 0.5, 0.9])
    curves["ablation"] *= factors[:, None, None]
    figure = SPEC.figure(curves)
    (axis,) = figure.axes
    value = removed_of(rows[0])[0]
    np.testing.assert_allclose(y_of(line(axis, "relevance")), factors.mean() * value)
    low, high = band(axis.collections[0], FRACTION)
    np.testing.assert_allclose(low, 0.5 * value)
    np.testing.assert_allclose(high, value)
    assert note(figure) == "Mean over 3 seeds; bands: range over seeds."


def test_a_point_that_a_seed_lacks_is_not_drawn() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,), seed=(0, 1)))
    curves["ablation"][1, 2, 5] = NAN
    (axis,) = SPEC.figure(curves).axes
    missing = np.isnan(y_of(line(axis, "distance")))
    assert np.flatnonzero(missing).tolist() == [5]
    assert np.isfinite(y_of(line(axis, "random"))).all()


def test_a_network_that_is_not_there_leaves_its_panel_to_words() -> None:
    rows = [row for row in SHOWN if (row["family"], row["cutoff"]) != ("painn", 5.0)]
    figure = SPEC.figure(make_curves(rows))
    assert words(panel(figure, "PaiNN 5 Å")) == ["no data"]
    assert not panel(figure, "PaiNN 5 Å").lines
    assert all(not words(axis) for axis in figure.axes if "PaiNN 5" not in axis.get_title("left"))


def test_what_ended_badly_is_counted_by_how() -> None:
    rows = variants(family=("painn",), cutoff=(3.0, 4.0, 5.0, 6.0, 8.0), depth=(1,))
    for row, status in zip(rows, ("diverged", "failed", "failed", "stale"), strict=False):
        row.update(status=status)
    figure = SPEC.figure(make_curves(rows))
    assert titles(figure) == ["PaiNN 8 Å"]
    assert note(figure).endswith("Left out: 1 diverged, 2 failed, 1 stale.")


def test_an_order_that_is_unknown_is_called_so() -> None:
    curves = make_curves(variants(family=("painn",), cutoff=(5.0,), depth=(1,)))
    curves["ablation"].loc[{"order": "response"}] = NAN
    (axis,) = SPEC.figure(curves).axes
    assert np.isnan(y_of(lines(axis, "response")[0])).all()
    assert "response unknown; closeness" in SPEC.describe(SPEC.select(curves))


def test_data_sets_stand_below_each_other_by_short_names() -> None:
    long = "a" * (LONGEST_NAME + 5)
    rows = variants(datasets=("ethanol", long), family=("schnet",), cutoff=(3.0, 5.0), depth=(1,))
    figure = SPEC.figure(make_curves(rows))
    short = "a" * (LONGEST_NAME - 1) + "…"
    assert titles(figure) == [
        "ethanol,\nSchNet 3 Å", "SchNet 5 Å", f"{short},\nSchNet 3 Å", "SchNet 5 Å",
    ]  # fmt: skip
    assert figure.get_suptitle() == "Forces without messages"


def test_without_any_the_figure_says_how_many_lack_it() -> None:
    curves = make_curves(variants(depth=(1,)))
    curves["ablation"][:] = NAN
    figure = SPEC.figure(curves)
    assert words(figure.axes[0]) == ["No variant has ablation curves. Left out: 6 without data."]
    assert not figure.axes[0].axison
    assert SPEC.describe(SPEC.select(curves)) == words(figure.axes[0])[0]
