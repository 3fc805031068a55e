"""Maps of body order and range: cells, colours on one scale, limits, cutoffs and words."""

import numpy as np
import pytest
import xarray as xr
from artists import note, panel, titles, words, x_of, y_of
from figure_data import FIGURES, RANGE, make_curves, range_share_of, variants
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.body_order_range import COLORS, DECADES
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["body_order_range"]
ROWS = variants()
SHOWN = [row for row in ROWS if row["depth"] == 3]
HIGHEST = max(float(np.nanmax(range_share_of(row, 4))) for row in SHOWN)
NAN = float("nan")


def mesh(axis: Axes) -> QuadMesh:
    (found,) = axis.collections
    return found


def maps(figure: Figure) -> list[Axes]:
    """The panels without the bar of colours."""
    return [axis for axis in figure.axes if axis.get_title(loc="left")]


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def test_panels_are_families_and_cutoffs_of_the_deepest(figure: Figure) -> None:
    assert titles(figure) == [
        f"{name} {cutoff} Å" for name in ("SchNet", "PaiNN") for cutoff in (3, 5, 8)
    ]
    assert "Shown: T = 3 of 1, 3." in note(figure)


def test_cells_end_at_the_ranges_and_are_about_their_number_of_atoms(figure: Figure) -> None:
    for axis in maps(figure):
        corners = np.asarray(mesh(axis).get_coordinates())
        np.testing.assert_allclose(corners[0, 1:, 0], RANGE)
        np.testing.assert_allclose(corners[0, 0, 0], RANGE[0] - 0.25)
        np.testing.assert_allclose(corners[:, 0, 1], [0.5, 1.5, 2.5, 3.5, 4.5])


def test_what_is_drawn_is_the_share_and_nothing_below_four_decades(figure: Figure) -> None:
    for axis, row in zip(maps(figure), SHOWN, strict=True):
        share = range_share_of(row, 4)
        drawn = np.ma.filled(mesh(axis).get_array(), NAN).reshape(share.shape)
        expected = np.where(share >= HIGHEST * 10.0**-DECADES, share, NAN)
        np.testing.assert_allclose(drawn, expected)
        assert np.isnan(drawn).any()


def test_all_panels_have_one_scale(figure: Figure) -> None:
    for axis in maps(figure):
        assert mesh(axis).get_clim() == pytest.approx((HIGHEST * 1e-4, HIGHEST))
    assert to_hex(COLORS.get_under()) == to_hex(COLORS.get_bad()) == "#ffffff"


def test_the_cutoff_is_a_dashed_line_and_orders_are_kept_apart(figure: Figure) -> None:
    for axis, row in zip(maps(figure), SHOWN, strict=True):
        *between, cutoff = axis.lines
        assert [y_of(one)[0] for one in between] == [1.5, 2.5, 3.5]
        assert {to_rgba(one.get_color()) for one in between} == {to_rgba("white")}
        np.testing.assert_array_equal(x_of(cutoff), [row["cutoff"]] * 2)
        assert cutoff.get_linestyle() == "--"
        assert to_hex(cutoff.get_color()) == to_hex(style.OUTLINE)


def test_axes_end_where_relevance_does(figure: Figure) -> None:
    seen = np.array([range_share_of(row, 4) > HIGHEST * 1e-4 for row in SHOWN]).any(axis=(0, 1))
    for axis in maps(figure):
        assert axis.get_xlim() == (0, RANGE[seen].max())
        assert axis.get_ylim() == (0.5, 4.5)
        assert axis.get_yticks().tolist() == [1, 2, 3, 4]
    assert [axis.get_xlabel() for axis in maps(figure)] == [""] * 3 + ["range (Å)"] * 3
    assert figure.get_supylabel() == "atoms on a walk"


def test_the_bar_of_colours_says_what_they_are(figure: Figure) -> None:
    (bar,) = [axis for axis in figure.axes if not axis.get_title(loc="left")]
    assert bar.get_xlabel() == "share of |relevance| per bin"
    assert bar.get_xlim() == pytest.approx((HIGHEST * 1e-4, HIGHEST))
    assert bar.xaxis.get_major_formatter()(1e-3, 0) == "10⁻³"


def test_shallow_networks_alone_have_no_rows_for_more_atoms() -> None:
    curves = make_curves(ROWS)
    curves["range_share"][(curves["depth"] == 3).to_numpy(), 2:] = NAN
    axes = maps(SPEC.figure(curves))
    assert axes[0].get_ylim() == (0.5, 2.5)
    assert axes[0].get_yticks().tolist() == [1, 2]


def alone(**values: object) -> xr.Dataset:
    return make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,), **values))


def test_alt_text_has_the_mean_order_and_the_half_range() -> None:
    curves = alone()
    share = np.zeros((2, len(RANGE)))
    share[0, 0], share[1, 7], share[1, 20] = 0.25, 0.3, 0.45
    curves["range_share"][0] = share
    text = SPEC.describe(SPEC.select(curves))
    assert "A walk has 1.75 atoms on average" in text
    assert f"half of the relevance lies within {RANGE[7]:.3g} Å" in text


def test_alt_text_of_many_has_ranges_over_networks() -> None:
    curves = make_curves(SHOWN)
    curves["range_share"][2, :, 20] += 0.3
    curves["range_share"][4, 3, 5] += 0.4
    text = SPEC.describe(SPEC.select(curves))
    orders, halves = [], []
    for share in np.nan_to_num(curves["range_share"].to_numpy()):
        share /= share.sum()
        orders.append(float(share.sum(axis=1) @ np.arange(1, 5)))
        halves.append(RANGE[np.searchsorted(share.sum(axis=0).cumsum(), 0.5)])
    assert f"A walk has {min(orders):.3g} to {max(orders):.3g} atoms" in text
    assert min(halves) < max(halves)
    assert f"lies within {min(halves):.3g} to {max(halves):.3g} Å." in text
    assert "6 networks: SchNet and PaiNN" in text


def test_shares_need_not_sum_to_one_for_the_words() -> None:
    """Walks may be cut at a range: what is there counts, by its own sum."""
    curves = alone()
    whole = SPEC.describe(SPEC.select(curves))
    curves["range_share"] *= 0.5
    assert SPEC.describe(SPEC.select(curves)) == whole


def test_seeds_are_averaged_and_counted() -> None:
    curves = alone(seed=(0, 1))
    curves["range_share"][1] *= 0.5
    figure = SPEC.figure(curves)
    (axis,) = maps(figure)
    drawn = np.ma.filled(mesh(axis).get_array(), NAN).ravel()
    expected = 0.75 * range_share_of({"depth": 1, "cutoff": 5.0}, 2).ravel()
    known = np.isfinite(drawn)
    np.testing.assert_allclose(drawn[known], expected[known])
    assert note(figure) == (
        "Mean over 2 seeds. Dashed: cutoff. Range: largest distance of two atoms of a walk."
    )


def test_a_single_seed_is_not_told(figure: Figure) -> None:
    assert "seed" not in note(figure)
    assert note(figure).endswith("Range: largest distance of two atoms of a walk.")


def test_a_network_that_is_not_there_leaves_its_panel_to_words() -> None:
    rows = [row for row in SHOWN if (row["family"], row["cutoff"]) != ("schnet", 3.0)]
    figure = SPEC.figure(make_curves(rows))
    empty = panel(figure, "SchNet 3 Å")
    assert words(empty) == ["no data"]
    assert not empty.collections


def test_without_a_cutoff_there_is_no_dashed_line() -> None:
    curves = alone().assign_coords(cutoff=("model", [NAN], {"units": "angstrom"}))
    (axis,) = maps(SPEC.figure(curves))
    assert axis.get_title(loc="left") == "SchNet no known cutoff"
    assert [y_of(one)[0] for one in axis.lines] == [1.5]


def test_one_bin_of_range_is_as_wide_as_it_is_long() -> None:
    curves = alone().isel(range=[7])
    curves["range_share"][:] = 0.5
    (axis,) = maps(SPEC.figure(curves))
    np.testing.assert_allclose(np.asarray(mesh(axis).get_coordinates())[0, :, 0], [0, RANGE[7]])


def test_what_is_missing_is_counted() -> None:
    curves = make_curves(SHOWN)
    curves["range_share"][2:4] = NAN
    figure = SPEC.figure(curves)
    assert note(figure).endswith("Left out: 2 without data.")
    curves["range_share"][:] = NAN
    (axis,) = SPEC.figure(curves).axes
    assert words(axis) == ["No variant has relevance by range. Left out: 6 without data."]
