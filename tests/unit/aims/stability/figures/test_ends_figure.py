"""Bars of how replicas end: causes, survivors' intervals, the reference engine's own."""

import numpy as np
import pytest
import xarray as xr
from artists import handles, legend, note, panel, stacks, ticks, words
from figure_data import END_KINDS, FIGURES, end_share_of, make_curves, survival_of, variants
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["ends"]
ROWS = variants(cutoff=(3.0, 8.0))
BOUNDS = ("", "_low", "_high")
NAN = float("nan")


def by_depth(rows: list[dict[str, object]], family: str) -> list[dict[str, object]]:
    own = [row for row in rows if row["family"] == family]
    return sorted(own, key=lambda row: (row["depth"], row["cutoff"]))


def without_reference(curves: xr.Dataset, dataset: str) -> xr.Dataset:
    for end in BOUNDS:
        curves[f"reference_end_share{end}"].loc[dataset] = NAN
    return curves


def intervals(axis: Axes) -> np.ndarray:
    found = [segment for one in axis.collections for segment in one.get_segments()]
    return np.array(found)


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def test_every_cause_has_its_colour_in_bars_and_legend(figure: Figure) -> None:
    told = handles(figure)
    axis = figure.axes[0]
    models = [part for part in stacks(axis) if len(part) == 4]
    assert len(models) == len(END_KINDS)
    for kind, part in zip(END_KINDS, models, strict=True):
        assert part.get_label() == kind
        assert {to_hex(bar.get_facecolor()) for bar in part} == {to_hex(style.end_color(kind))}
        if kind in told:
            assert to_hex(told[kind].get_facecolor()) == to_hex(style.end_color(kind))
    assert len(set(style.END_COLORS.values())) == len(style.END_COLORS)


@pytest.mark.parametrize(("family", "name"), [("schnet", "SchNet"), ("painn", "PaiNN")])
def test_intervals_are_the_survivors_at_the_top_of_their_part(
    figure: Figure, family: str, name: str
) -> None:
    found = intervals(panel(figure, name))
    share = np.array([survival_of(row)[-1] for row in by_depth(ROWS, family)])
    np.testing.assert_allclose(found[:4, :, 0], np.arange(4)[:, None] * [1, 1])
    np.testing.assert_allclose(found[:4, :, 1], np.stack([0.8 * share, 1.25 * share], axis=1))
    # The reference engine's stands at the left.
    np.testing.assert_allclose(found[4], [[-1.5, 0.7 * 0.75], [-1.5, 1.4 * 0.75]])


def test_only_the_bar_of_the_reference_has_a_black_edge(figure: Figure) -> None:
    for part in stacks(figure.axes[1]):
        edges = {to_hex(bar.get_edgecolor()) for bar in part}
        assert edges == ({"#000000"} if len(part) == 1 else {"#ffffff"})


def test_a_share_that_is_unknown_is_nothing_and_the_others_are_one(figure: Figure) -> None:
    models = [part for part in stacks(figure.axes[0]) if len(part) == 4]
    heights = np.array([[bar.get_height() for bar in part] for part in models])
    np.testing.assert_allclose(heights.sum(axis=0), 1)
    assert (heights[END_KINDS.index("compute_limit")] == 0).all()
    np.testing.assert_allclose(heights.T, np.nan_to_num(
        [end_share_of(row) for row in by_depth(ROWS, "schnet")]))  # fmt: skip


def test_labels_and_words_about_the_picture(figure: Figure) -> None:
    assert figure.get_suptitle() == "Ends of NVE dynamics: ethanol"
    assert figure.get_supylabel() == "share of replicas"
    for axis in figure.axes:
        assert ticks(axis) == ["ref.", "3", "8", "3", "8"]
        assert words(axis) == ["T = 1", "T = 3"]
        assert axis.get_xlabel() == "cutoff (Å), by depth T"
    assert note(figure) == ("ref.: reference engine. Error bars: interval of the survivors' share.")


def test_a_cause_of_the_reference_alone_is_in_the_legend_too() -> None:
    curves = make_curves(variants(family=("schnet",), depth=(1,)))
    curves["end_share"][:] = 0.0
    curves["end_share"].loc[{"end_kind": "survived"}] = 1.0
    assert legend(SPEC.figure(curves)) == ["Ended by", "topology", "survived"]
    without = without_reference(curves, "ethanol")
    assert legend(SPEC.figure(without)) == ["Ended by", "survived"]


def test_names_of_causes_are_words() -> None:
    curves = make_curves(variants(family=("schnet",), depth=(1,)))
    curves["end_share"].loc[{"end_kind": "close_contact"}] = 0.25
    figure = SPEC.figure(curves)
    assert "close contact" in legend(figure)
    assert not any("_" in text for text in legend(figure))
    assert "close contact 25 %" in SPEC.describe(SPEC.select(curves))


def test_legend_is_from_top_to_bottom_as_the_bars_are(figure: Figure) -> None:
    entries = legend(figure)[1:]
    order = [END_KINDS.index(kind) for kind in entries]
    assert order == sorted(order, reverse=True)
    assert set(entries) == {"survived", "bond", "topology", "energy"}


def test_the_reference_is_that_of_the_data_set() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    curves = without_reference(make_curves(rows), "aspirin")
    curves["reference_end_share"].loc["ethanol", "survived"] = 0.5
    figure = SPEC.figure(curves)
    for family in ("SchNet", "PaiNN"):
        assert ticks(panel(figure, f"ethanol, {family}")) == ["ref.", "5"]
        assert ticks(panel(figure, f"aspirin, {family}")) == ["5"]
    alone = [part for part in stacks(panel(figure, "ethanol, PaiNN")) if part[0].get_x() < -1]
    assert alone[0][0].get_height() == 0.5
    text = SPEC.describe(SPEC.select(curves))
    assert "Of the reference engine's own replicas survive: 50 %." in text


def test_alt_text_has_the_percents_of_every_cause_there_is() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    shares = 100 * np.array([end_share_of(row) for row in ROWS])
    for kind in ("survived", "bond", "topology", "energy"):
        own = shares[:, END_KINDS.index(kind)]
        assert f"{kind} {own.min():.3g} to {own.max():.3g} %" in text
    for kind in ("temperature", "isolated", "compute"):
        assert kind not in text
    assert "how replicas end, 8 bars: SchNet and PaiNN" in text
    assert "survive: 75 %" in text


def test_seeds_are_averaged_kind_by_kind() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 6))
    figure = SPEC.figure(make_curves(rows))
    models = [part[0] for part in stacks(figure.axes[0]) if part[0].get_x() > -1]
    expected = np.nan_to_num(np.mean([end_share_of(row) for row in rows], axis=0))
    np.testing.assert_allclose([bar.get_height() for bar in models], expected)
    ends = intervals(figure.axes[0])[0][:, 1]
    np.testing.assert_allclose(ends, sorted(survival_of(row)[-1] for row in rows))
    assert "Mean over 2 seeds; error bars: range over seeds." in note(figure)


def test_a_family_that_a_data_set_lacks_has_not_even_a_reference() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    rows = [row for row in rows if (row["dataset"], row["family"]) != ("aspirin", "painn")]
    axis = panel(SPEC.figure(make_curves(rows)), "aspirin, PaiNN")
    assert words(axis) == ["no data"]
    assert not stacks(axis)


def test_what_ended_badly_is_counted_beside_the_bars() -> None:
    rows = variants(family=("painn",), depth=(1,))
    rows[0].update(status="stale")
    rows[1].update(status="diverged")
    curves = make_curves(rows)
    figure = SPEC.figure(curves)
    assert ticks(figure.axes[0]) == ["ref.", "8"]
    assert note(figure).endswith("Left out: 1 diverged, 1 stale.")
    assert SPEC.describe(SPEC.select(curves)).endswith("Left out: 1 diverged, 1 stale.")


def test_one_replica_that_lives_has_no_interval() -> None:
    curves = make_curves(variants(family=("painn",), cutoff=(5.0,), depth=(1,)))
    for name in ("end_share_high", "reference_end_share_low"):
        curves[name][:] = NAN
    (axis,) = SPEC.figure(curves).axes
    assert not axis.collections
