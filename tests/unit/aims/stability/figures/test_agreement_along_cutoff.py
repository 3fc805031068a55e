"""Agreement against the cutoff: where each kind stands, how it looks, and what is said of it."""

import numpy as np
import pytest
from artists import handles, legend, line, note, panel, titles, words, x_of, y_of
from figure_data import FIGURES, descriptors_of, make_table, variants
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.stability.figures import agreement
from nearsight.aims.stability.figures.agreement import COLORS, UNCONTROLLED, WIDEST

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["agreement"]
KINDS = list(COLORS)
ROWS = variants()
NAMES = {"schnet": "SchNet", "painn": "PaiNN"}
NAN = float("nan")


def deepest(family: str) -> list[dict[str, object]]:
    return [row for row in ROWS if row["depth"] == 3 and row["family"] == family]


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_table(ROWS))


@pytest.mark.parametrize("family", NAMES)
def test_kinds_stand_about_their_cutoff_in_equal_steps(figure: Figure, family: str) -> None:
    axis = panel(figure, NAMES[family])
    for k, kind in enumerate(KINDS):
        away = x_of(line(axis, kind)) - [row["cutoff"] for row in deepest(family)]
        np.testing.assert_allclose(away, (k - 2) * WIDEST, atol=1e-12)


@pytest.mark.parametrize("family", NAMES)
def test_bars_stand_behind_their_points_and_are_the_intervals(figure: Figure, family: str) -> None:
    axis = panel(figure, NAMES[family])
    for kind, bars in zip(KINDS, axis.collections, strict=True):
        points, segments = line(axis, kind), np.array(bars.get_segments())
        values = np.array([descriptors_of(row)[kind] for row in deepest(family)])
        np.testing.assert_allclose(segments[:, :, 0], np.stack([x_of(points)] * 2, axis=1))
        np.testing.assert_allclose(segments[:, :, 1], np.stack([0.9 * values, 1.2 * values], 1))
        assert to_hex(bars.get_color()[0]) == to_hex(points.get_color())


def test_close_cutoffs_have_narrower_steps() -> None:
    rows = variants(family=("schnet",), cutoff=(3.0, 3.5, 6.0), depth=(1,))
    (axis,) = SPEC.figure(make_table(rows)).axes
    steps = np.diff([x_of(line(axis, kind))[0] for kind in KINDS])
    np.testing.assert_allclose(steps, agreement.DODGE * 0.5)
    assert x_of(line(axis, KINDS[-1]))[0] < x_of(line(axis, KINDS[0]))[1]
    assert axis.get_xlim() == pytest.approx((3.0 - 0.3, 6.0 + 0.3))


def test_markers_are_by_family_and_hollow_where_nothing_is_controlled(figure: Figure) -> None:
    for title, marker in (("SchNet", "o"), ("PaiNN", "s")):
        for kind in KINDS:
            one = line(panel(figure, title), kind)
            assert one.get_marker() == marker
            face = "#ffffff" if kind in UNCONTROLLED else COLORS[kind]
            assert to_hex(one.get_markerfacecolor()) == to_hex(face)


def test_closeness_alone_is_dashed(figure: Figure) -> None:
    styles = {kind: line(figure.axes[0], kind).get_linestyle() for kind in KINDS}
    assert styles.pop("faithfulness_distance_only") == "--"
    assert set(styles.values()) == {"-"}


def test_no_correlation_has_a_line_and_the_axis_ends_at_full_ones(figure: Figure) -> None:
    for axis in figure.axes:
        assert y_of(axis.lines[0]).tolist() == [0, 0]
        assert axis.get_ylim() == (-0.1, 1.05)
        assert axis.get_xlabel() == "cutoff (Å)"
    assert figure.get_supylabel() == "rank correlation over pairs"


def test_bars_below_zero_are_inside_the_axis() -> None:
    table = make_table(variants(family=("schnet",), depth=(1,)))
    table["randomised_agreement_low"][1] = -0.4
    (axis,) = SPEC.figure(table).axes
    assert axis.get_ylim()[0] == pytest.approx(-0.44)


def test_the_legend_has_three_headings_and_the_looks_of_the_lines(figure: Figure) -> None:
    assert legend(figure) == [
        "With response", "|relevance|", "closeness", "At equal distance", "partial", "in bins",
        "Random weights", "partial",
    ]  # fmt: skip
    told = handles(figure)
    for kind, name in (
        ("faithfulness_within_bins", "in bins"),
        ("faithfulness_raw", "|relevance|"),
    ):
        assert to_hex(told[name].get_color()) == to_hex(COLORS[kind])
    assert told["closeness"].get_linestyle() == "--"


def test_a_heading_without_entries_is_not_there() -> None:
    table = make_table(variants(family=("schnet",), depth=(1,)))
    for kind in UNCONTROLLED:
        table[kind][:] = NAN
    assert legend(SPEC.figure(table)) == [
        "At equal distance", "partial", "in bins", "Random weights", "partial",
    ]  # fmt: skip


def test_the_note_speaks_of_bars_and_of_the_depths_that_are_left(figure: Figure) -> None:
    assert note(figure) == "Bars: interval over structures. Shown: T = 3 of 1, 3."


def test_alt_text_has_the_range_of_every_kind() -> None:
    text = SPEC.describe(SPEC.select(make_table(ROWS)))
    shown = [descriptors_of(row) for row in ROWS if row["depth"] == 3]
    ranges = {kind: [own[kind] for own in shown] for kind in KINDS}
    for kind, words_of_it in (
        ("faithfulness_within_bins", "of the same within bins of distance"),
        ("randomised_agreement", "with trained and with random weights given distance"),
        ("faithfulness", "given distance (partial)"),
    ):
        low, high = (f"{end(ranges[kind]):.3g}" for end in (min, max))
        assert f"{words_of_it} {low} to {high}" in text
    assert "of closeness alone and response 0.85;" in text
    assert "against the cutoff, 6 networks: SchNet and PaiNN" in text


def test_a_column_that_the_table_lacks_is_unknown_and_has_no_bars() -> None:
    table = make_table(variants(family=("schnet",), depth=(1,)))
    table = table.drop_vars([f"faithfulness{end}" for end in ("", "_low", "_high")])
    (axis,) = SPEC.figure(table).axes
    assert np.isnan(y_of(line(axis, "faithfulness"))).all()
    assert np.isfinite(y_of(line(axis, "faithfulness_raw"))).all()
    text = SPEC.describe(SPEC.select(table))
    assert "of |relevance| and response given distance (partial) unknown" in text


def test_a_model_without_any_kind_is_counted() -> None:
    table = make_table(variants(family=("painn",), depth=(1,)))
    for kind in KINDS:
        table[kind][0] = NAN
    figure = SPEC.figure(table)
    assert len(x_of(line(figure.axes[0], "faithfulness"))) == 2
    assert note(figure).endswith("Left out: 1 without data.")
    assert "2 networks" in SPEC.describe(SPEC.select(table))


def test_lines_go_from_short_to_long_cutoffs_whatever_the_order_of_models() -> None:
    rows = variants(family=("schnet",), cutoff=(8.0, 3.0, 5.0), depth=(1,))
    (axis,) = SPEC.figure(make_table(rows)).axes
    by_cutoff = sorted(rows, key=lambda row: row["cutoff"])
    np.testing.assert_allclose(
        y_of(line(axis, "faithfulness")), [descriptors_of(row)["faithfulness"] for row in by_cutoff]
    )


def test_data_sets_have_panels_of_their_own() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), depth=(1,))
    rows = [row for row in rows if (row["dataset"], row["family"]) != ("aspirin", "painn")]
    figure = SPEC.figure(make_table(rows))
    assert titles(figure)[:3] == ["ethanol, SchNet", "ethanol, PaiNN", "aspirin, SchNet"]
    assert words(panel(figure, "aspirin, PaiNN")) == ["no data"]
    assert figure.get_suptitle() == agreement.TITLE


def test_largest_networks_and_most_frames_stand_for_their_family() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), features=(32, 64),
                    n_train=(100, 400))  # fmt: skip
    table = make_table(rows)
    table["faithfulness"] = "model", np.array([0.1, 0.2, 0.3, 0.4])
    figure = SPEC.figure(table)
    at = next(k for k, row in enumerate(rows) if (row["features"], row["n_train"]) == (64, 400))
    assert y_of(line(figure.axes[0], "faithfulness")).tolist() == [table["faithfulness"][at]]
    assert "Shown: F = 64 of 32, 64; training frames = 400 of 100, 400." in note(figure)
