"""Agreement by distance: lines, controls, bands, limits and what is said of them."""

import numpy as np
import pytest
from artists import band, handles, legend, line, lines, note, panel, titles, words, x_of, y_of
from figure_data import DISTANCE, FIGURES, agreement_of, make_curves, variants
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["faithfulness"]
ROWS = variants()
NAMES = {"schnet": "SchNet", "painn": "PaiNN"}
NAN = float("nan")
LEFT_OUT_BINS = "Bins with fewer than five pairs of a structure are left out."


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def test_depths_stand_below_each_other_and_families_side_by_side(figure: Figure) -> None:
    assert titles(figure) == ["SchNet, T = 1", "PaiNN, T = 1", "SchNet, T = 3", "PaiNN, T = 3"]
    assert figure.get_suptitle() == "Relevance against response at equal distance: ethanol"


def test_every_network_has_its_line_with_the_look_of_its_cutoff_and_family(figure: Figure) -> None:
    for row in ROWS:
        axis = panel(figure, f"{NAMES[row['family']]}, T = {row['depth']}")
        one = line(axis, f"{row['cutoff']:g} Å")
        np.testing.assert_allclose(x_of(one), DISTANCE)
        np.testing.assert_allclose(y_of(one), agreement_of(row))
        assert to_hex(one.get_color()) == to_hex(style.cutoff_color(row["cutoff"]))
        assert one.get_marker() == {"schnet": "o", "painn": "s"}[row["family"]]


def test_bands_are_the_intervals_and_are_lighter_where_there_are_more(figure: Figure) -> None:
    axis = panel(figure, "PaiNN, T = 1")
    rows = [row for row in ROWS if (row["family"], row["depth"]) == ("painn", 1)]
    for collection, row in zip(axis.collections, rows, strict=True):
        low, high = band(collection, DISTANCE)
        value = agreement_of(row)
        np.testing.assert_allclose(low, 0.8 * value)
        np.testing.assert_allclose(high, 1.25 * value)
        assert collection.get_alpha() == style.BAND_OPACITY
    many = np.arange(3.0, 3.0 + 2 * style.FEW_BANDS).tolist()
    crowd = SPEC.figure(make_curves(variants(family=("painn",), cutoff=many, depth=(1,))))
    alphas = [collection.get_alpha() for collection in crowd.axes[0].collections]
    np.testing.assert_allclose(alphas, style.BAND_OPACITY / 2)


def test_controls_are_grey_dashed_and_below_the_lines(figure: Figure) -> None:
    for axis in figure.axes:
        controls = lines(axis, "control")
        assert len(controls) == 3
        for one, cutoff in zip(controls, (3.0, 5.0, 8.0), strict=True):
            np.testing.assert_allclose(y_of(one), agreement_of({"cutoff": cutoff, "seed": 0}) - 0.5)
            assert (to_hex(one.get_color()), one.get_linestyle()) == (to_hex(style.NOISE), "--")
            assert one.get_zorder() < line(axis, f"{cutoff:g} Å").get_zorder()


def test_axes_hold_every_correlation_and_end_behind_the_last_bin(figure: Figure) -> None:
    for axis in figure.axes:
        assert axis.get_xlim() == (0, 7.75 + 0.5)
        assert axis.get_ylim() == (-1.05, 1.05)
        assert y_of(axis.lines[0]).tolist() == [0, 0]
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "", "distance (Å)", "distance (Å)"]
    assert figure.get_supylabel() == "rank correlation with the response"


def test_a_bin_that_one_network_alone_has_is_inside() -> None:
    curves = make_curves(variants(depth=(1,)))
    curves["faithfulness_bin"][0, -1] = 0.2
    assert SPEC.figure(curves).axes[0].get_xlim() == (0, DISTANCE[-1] + 0.5)


def test_the_legend_tells_what_is_correlated_and_every_cutoff(figure: Figure) -> None:
    assert legend(figure) == ["What", "|relevance|", "closeness", "Cutoff", "3 Å", "5 Å", "8 Å"]
    told = handles(figure)
    assert told["closeness"].get_linestyle() == "--"
    assert told["|relevance|"].get_marker() == "o"
    for cutoff in (3, 5, 8):
        assert to_hex(told[f"{cutoff} Å"].get_color()) == to_hex(style.cutoff_color(cutoff))


def test_many_cutoffs_have_a_short_legend_with_both_ends() -> None:
    many = np.arange(2.5, 10.0, 0.5).tolist()
    figure = SPEC.figure(make_curves(variants(family=("painn",), cutoff=many, depth=(1,))))
    entries = legend(figure)[4:]
    assert len(entries) == 10
    assert (entries[0], entries[-1]) == ("2.5 Å", "9.5 Å")
    drawn = [one for one in figure.axes[0].lines if str(one.get_label()).endswith("Å")]
    assert len(drawn) == len(many)


def test_the_note_says_which_bins_are_left_out(figure: Figure) -> None:
    assert note(figure) == f"Bands: interval over structures. {LEFT_OUT_BINS}"


def test_alt_text_has_the_ranges_of_lines_and_of_controls() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    values = np.concatenate([agreement_of(row) for row in ROWS])
    low, high = np.nanmin(values), np.nanmax(values)
    assert f"Values {low:.3g} to {high:.3g};" in text
    assert f"closeness instead of relevance gives {low - 0.5:.3g} to {high - 0.5:.3g}." in text
    assert "12 curves: SchNet and PaiNN (cutoff 3 to 8 Å, depth 1 to 3) on ethanol." in text


def test_seeds_are_averaged_with_their_controls() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,), seed=(0, 3))
    figure = SPEC.figure(make_curves(rows))
    (axis,) = figure.axes
    both = np.array([agreement_of(row) for row in rows])
    np.testing.assert_allclose(y_of(line(axis, "5 Å")), both.mean(axis=0))
    np.testing.assert_allclose(y_of(line(axis, "control")), both.mean(axis=0) - 0.5)
    low, high = band(axis.collections[0], DISTANCE)
    np.testing.assert_allclose(low, both.min(axis=0))
    np.testing.assert_allclose(high, both.max(axis=0))
    assert note(figure) == f"Mean over 2 seeds; bands: range over seeds. {LEFT_OUT_BINS}"


def test_eight_depths_fit_on_a_page_and_four_where_there_are_two_data_sets() -> None:
    depths = tuple(range(1, 10))
    for datasets, most in ((("ethanol",), 8), (("ethanol", "aspirin"), 4)):
        rows = variants(datasets=datasets, family=("schnet",), cutoff=(5.0,), depth=depths)
        data = SPEC.select(make_curves(rows))
        shown = np.unique(data["depth"][data["shown"].to_numpy() == 1])
        assert len(shown) == most
        assert (shown[0], shown[-1]) == (1, 9)


def test_without_a_control_the_lines_stand_alone() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,)))
    curves = curves.drop_vars([f"faithfulness_bin_distance{end}" for end in ("", "_low", "_high")])
    (axis,) = SPEC.figure(curves).axes
    assert np.isfinite(y_of(line(axis, "5 Å"))).any()
    assert np.isnan(y_of(line(axis, "control"))).all()
    text = SPEC.describe(SPEC.select(curves))
    assert "closeness instead of relevance gives unknown." in text


def test_a_depth_that_a_family_lacks_is_told_in_its_panel() -> None:
    rows = [row for row in ROWS if (row["family"], row["depth"]) != ("schnet", 3)]
    figure = SPEC.figure(make_curves(rows))
    assert words(panel(figure, "SchNet, T = 3")) == ["no data"]
    assert not lines(panel(figure, "SchNet, T = 3"), "control")


def test_without_any_the_figure_says_how_many_lack_it() -> None:
    curves = make_curves(variants(depth=(1,)))
    curves["faithfulness_bin"][1:] = NAN
    assert note(SPEC.figure(curves)).startswith("Bands: interval over structures. Left out: 5 with")
    curves["faithfulness_bin"][:] = NAN
    (axis,) = SPEC.figure(curves).axes
    said = "No variant has both relevance and response. Left out: 6 without data."
    assert words(axis) == [said]
