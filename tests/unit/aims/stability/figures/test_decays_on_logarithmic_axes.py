"""Decay of relevance and of response: panels, bands, windows of fits, foot marks, alt texts."""

import numpy as np
import pytest
from figure_data import DISTANCE, FIGURES, decay, exponent, make_curves, variants
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reading_figures import (
    band_at,
    failed,
    labels,
    legend,
    line,
    name_of,
    notes,
    panel,
    same_color,
    texts,
    title,
    titles,
    without_reference,
    xy,
)
from xarray import Dataset

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
ROWS = variants(cutoff=(3.0, 8.0))
BOTH = pytest.mark.parametrize("name", ["relevance_decay", "response_decay"])
AT = DISTANCE[5]
"""Å: 2.75, within every cutoff; the nearest bin to where slopes meet the curves is 2.25 or it."""


def curve(name: str, row: dict[str, object]) -> np.ndarray:
    """What the figure has of a model, NaN where it is 0."""
    power, reach = exponent(row), row["cutoff"]
    if name == "response_decay":
        power, reach = power - 1, reach * row["depth"]
    values = decay(row, power, reach)
    return np.where(values > 0, values, np.nan)


def with_windows(curves: Dataset, name: str, weight: float = 0.97) -> Dataset:
    """As of a study whose fits end at 6 Å, with one weight of the power law."""
    inside = np.tile((DISTANCE > 2.5) & (DISTANCE < 6), (curves.sizes["model"], 1))
    return curves.assign(
        {
            f"{name}_fitted": (("model", "distance"), inside.astype("int8")),
            f"{name}_power_law_weight": ("model", np.full(curves.sizes["model"], weight)),
        }
    )


@pytest.fixture(scope="module")
def figures() -> dict[str, Figure]:
    curves = make_curves(ROWS)
    for name in ("relevance", "response"):
        curves = with_windows(curves, name)
    return {n: FIGURES[n].figure(curves) for n in ("relevance_decay", "response_decay")}


def foot(axis: Axes) -> dict[float, object]:
    """Marks of cutoffs at the foot of a panel, by distance: their colours."""
    return {
        float(one.get_xdata()[0]): one.get_color()
        for one in axis.lines
        if list(one.get_ydata()) == [0, 0.07]
    }


@BOTH
@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_model_is_in_the_panel_of_its_family_and_depth(
    figures: dict[str, Figure], name: str, row: dict[str, object]
) -> None:
    family = {"schnet": "SchNet", "painn": "PaiNN"}[row["family"]]
    one = line(panel(figures[name], f"{family}, T = {row['depth']}"), f"{row['cutoff']:g} Å")
    np.testing.assert_allclose(one.get_ydata(), curve(name, row))
    assert same_color(one.get_color(), style.cutoff_color(row["cutoff"]))
    assert one.get_marker() == style.marker(row["family"])


@BOTH
def test_bands_are_intervals(figures: dict[str, Figure], name: str) -> None:
    axis = panel(figures[name], "PaiNN, T = 1")
    own = [row for row in ROWS if row["family"] == "painn" and row["depth"] == 1]
    first = len(axis.collections) - len(own)
    assert first == (1 if name == "response_decay" else 0)
    for k, row in enumerate(own, start=first):
        value = curve(name, row)[5]
        np.testing.assert_allclose(band_at(axis, k, AT), [0.8 * value, 1.25 * value])


@BOTH
def test_cutoffs_are_marked_at_the_foot_in_their_colours(
    figures: dict[str, Figure], name: str
) -> None:
    for shown in titles(figures[name]):
        marks = foot(panel(figures[name], shown))
        assert set(marks) == {3.0, 8.0}
        assert all(same_color(c, style.cutoff_color(at)) for at, c in marks.items())


@BOTH
def test_within_the_window_lines_are_thick_and_thin_elsewhere(
    figures: dict[str, Figure], name: str
) -> None:
    axis = panel(figures[name], "SchNet, T = 3")
    thick = [one for one in axis.lines if one.get_label() == "_fitted"]
    assert len(thick) == 2
    for one, row in zip(thick, [r for r in ROWS if r["depth"] == 3][:2], strict=True):
        inside = (DISTANCE > 2.5) & (DISTANCE < 6)
        values = np.where(inside, curve(name, row), np.nan)
        np.testing.assert_allclose(one.get_ydata(), values)
        thin = line(axis, f"{row['cutoff']:g} Å")
        assert one.get_linewidth() > 2 * thin.get_linewidth()
        assert one.get_color() == thin.get_color()


@BOTH
def test_axes_are_logarithmic_and_hold_all_but_what_is_below_eight_decades(
    figures: dict[str, Figure], name: str
) -> None:
    values = [curve(name, row) for row in ROWS]
    if name == "response_decay":
        values.append(np.where(DISTANCE < 1, np.nan, 20 * DISTANCE**-4.5))
    axis = panel(figures[name], "SchNet, T = 1")
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    known = DISTANCE[np.isfinite(values).any(axis=0)]
    np.testing.assert_allclose(axis.get_xlim(), [0.88 * known.min(), 1.08 * known.max()])
    low, high = np.nanmin(values), np.nanmax(values)
    np.testing.assert_allclose(axis.get_ylim(), [max(low, high * 1e-8) / 2.5, 2.5 * high])


def test_titles_labels_and_order_of_panels(figures: dict[str, Figure]) -> None:
    relevance, response = figures["relevance_decay"], figures["response_decay"]
    order = ["SchNet, T = 1", "PaiNN, T = 1", "SchNet, T = 3", "PaiNN, T = 3"]
    assert titles(relevance) == titles(response) == order
    assert title(relevance) == "Decay of two-body relevance: ethanol"
    assert title(response) == "Decay of response: ethanol"
    assert relevance.get_supylabel() == "mean |two-body relevance| (eV)"
    assert response.get_supylabel() == "mean norm of the Hessian block (eV/Å²)"
    for figure in figures.values():
        assert {axis.get_xlabel() for axis in figure.axes} == {"", "distance (Å)"}


def test_legends(figures: dict[str, Figure]) -> None:
    assert legend(figures["relevance_decay"]) == {
        "Cutoff": ["3 Å", "8 Å"],
        "Slopes": ["r⁻¹ charges", "r⁻³ dipoles", "r⁻⁶ dispersion"],
    }
    assert legend(figures["response_decay"]) == {
        "Reference": ["engine", "10 to 90 %\nof pairs", "its noise"],
        "Cutoff": ["3 Å", "8 Å"],
        "Slopes": ["r⁻³ charges", "r⁻⁵ dipoles", "r⁻⁸ dispersion"],
    }


def test_notes_say_window_law_and_marks(figures: dict[str, Figure]) -> None:
    relevance, response = (notes(figures[f"{n}_decay"]) for n in ("relevance", "response"))
    law = "as a power law (weight of the power law 0.97)"
    assert f"enough. There relevance falls {law}. Marks at the foot: cutoffs." in relevance
    assert f"Marks at the foot: cutoffs. In the window networks fall {law}." in response
    assert "Thick: the window of all fits." in response
    assert "hollow" not in response
    assert "the reference falls" not in response


@BOTH
def test_slopes_meet_at_the_common_height(figures: dict[str, Figure], name: str) -> None:
    axis = panel(figures[name], "SchNet, T = 3")
    own = [curve(name, row) for row in ROWS if (row["family"], row["depth"]) == ("schnet", 3)]
    guides = [one for one in axis.lines if str(one.get_label()).startswith("r⁻")]
    assert len(guides) == 3
    starts = {(float(one.get_xdata()[0]), float(one.get_ydata()[0])) for one in guides}
    ((x, y),) = starts
    assert abs(x - 2.5) == 0.25
    k = int(np.flatnonzero(x == DISTANCE)[0])
    assert y == pytest.approx(np.sqrt(own[0][k] * own[1][k]))
    assert all(one.get_xdata()[-1] == pytest.approx(2 * DISTANCE[-1]) for one in guides)


def test_pairs_are_counted_below_each_panel(figures: dict[str, Figure]) -> None:
    figure = figures["relevance_decay"]
    strips = [axis for axis in figure.axes if not axis.get_title(loc="left")]
    assert len(strips) == 4
    highest = 40 + DISTANCE[-1]
    for strip in strips:
        assert strip.get_ylim() == (0, pytest.approx(1.1 * highest))
        assert band_at(strip, 0, DISTANCE[-1])[1] == pytest.approx(highest)
    assert [strip.get_ylabel() for strip in strips].count("pairs") == 2


def test_a_bin_has_the_most_pairs_that_any_model_of_the_panel_has() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(3.0, 8.0), depth=(1,)))
    curves["relevance_count"][0] = 5.0
    curves["relevance_count"][1] = 90.0
    figure = FIGURES["relevance_decay"].figure(curves)
    assert band_at(figure.axes[1], 0, DISTANCE[-1])[1] == 90


@BOTH
def test_means_over_seeds_are_geometric_and_the_band_is_their_range(name: str) -> None:
    rows = variants(family=("painn",), cutoff=(8.0,), depth=(1,), seed=(0, 1, 3))
    figure = FIGURES[name].figure(make_curves(rows))
    axis = panel(figure, "PaiNN, T = 1")
    own = np.array([curve(name, row) for row in rows])
    np.testing.assert_allclose(xy(axis, "8 Å")[1], np.prod(own, axis=0) ** (1 / 3))
    found = band_at(axis, len(axis.collections) - 1, AT)
    np.testing.assert_allclose(found, [own[0, 5], own[2, 5]])
    assert "Mean over 3 seeds; bands: range over seeds." in notes(figure)


@BOTH
def test_a_window_is_thick_only_where_all_seeds_were_fitted(name: str) -> None:
    rows = variants(family=("painn",), cutoff=(8.0,), depth=(1,), seed=(0, 1))
    quantity = name.removesuffix("_decay")
    curves = with_windows(make_curves(rows), quantity)
    curves[f"{quantity}_fitted"][0, DISTANCE > 4] = 0
    (thick,) = [
        one for one in FIGURES[name].figure(curves).axes[0].lines if one.get_label() == "_fitted"
    ]
    assert DISTANCE[np.isfinite(thick.get_ydata())].tolist() == [2.75, 3.25, 3.75]


@BOTH
def test_a_model_whose_curve_is_zero_has_no_line_but_the_figure_stands(name: str) -> None:
    curves = make_curves(variants(family=("schnet", "painn"), cutoff=(8.0,), depth=(1,)))
    quantity = name.removesuffix("_decay")
    for end in ("", "_low", "_high"):
        curves[f"{quantity}{end}"][0] = 0.0
    figure = FIGURES[name].figure(curves)
    assert texts(panel(figure, "SchNet, T = 1")) == ["no data"]
    assert "8 Å" in labels(panel(figure, "PaiNN, T = 1"))
    # What the reference is stands beside nothing as well.
    beside = labels(panel(figure, "SchNet, T = 1"))
    assert beside == (["reference", "noise"] if name == "response_decay" else [])
    assert "1 curve:" in FIGURES[name].describe(FIGURES[name].select(curves))


@BOTH
def test_alt_text_goes_from_the_first_to_the_last_point(name: str) -> None:
    text = FIGURES[name].describe(FIGURES[name].select(make_curves(ROWS)))
    own = [curve(name, row) for row in ROWS]
    last = [int(np.flatnonzero(np.isfinite(one))[-1]) for one in own]
    first = np.array([one[np.isfinite(one)][0] for one in own])
    final = np.array([one[k] for one, k in zip(own, last, strict=True)])
    unit = "eV" if name == "relevance_decay" else "eV/Å²"
    assert "for 8 curves: SchNet and PaiNN (cutoff 3 to 8 Å, depth 1 to 3) on ethanol" in text
    assert f"from {first.min():.3g} to {first.max():.3g} {unit} at 1.25 Å" in text
    assert f"to {final.min():.3g} to {final.max():.3g} {unit} at the end of the curves" in text
    assert f"{DISTANCE[min(last)]:.3g} to {DISTANCE[max(last)]:.3g} Å." in text


def test_alt_text_of_response_has_the_engines_ends() -> None:
    spec = FIGURES["response_decay"]
    text = spec.describe(spec.select(make_curves(ROWS)))
    near, far = (20 * x**-4.5 for x in (1.25, 11.75))
    assert f"engine goes from {near:.3g} eV/Å² to {far:.3g} eV/Å² at 11.8 Å." in text
    without = spec.describe(spec.select(without_reference(make_curves(ROWS))))
    assert without.endswith("There is no reference.")


def test_without_an_engine_panels_have_models_and_slopes_only() -> None:
    figure = FIGURES["response_decay"].figure(without_reference(make_curves(ROWS)))
    axis = panel(figure, "SchNet, T = 1")
    assert {"3 Å", "8 Å", "r⁻³"} <= set(labels(axis))
    drawn = [one for one in axis.lines if one.get_label() in ("reference", "noise")]
    assert not any(np.isfinite(one.get_ydata()).any() for one in drawn)


def test_jumps_are_said_only_where_they_are_known() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(8.0,), depth=(1,)))
    about = np.abs(DISTANCE - 8) < 0.5
    pooled = curves.assign(response_pooled=(("model", "distance"), about[None].astype("int8")))
    said = notes(FIGURES["response_decay"].figure(pooled))
    assert "Marks at the foot: cutoffs, where the network's blocks jump; hollow: pooled" in said
    known = pooled.assign(cutoff_jump=("model", [2.5]))
    assert "blocks jump by 2.5 times the reference; hollow" in notes(
        FIGURES["response_decay"].figure(known)
    )


@BOTH
def test_many_data_sets_leave_room_for_fewer_depths(name: str) -> None:
    rows = variants(
        datasets=("a", "b", "c", "d"), family=("schnet",), cutoff=(8.0,), depth=(1, 2, 3)
    )
    figure = FIGURES[name].figure(make_curves(rows))
    assert titles(figure) == [f"{d}, SchNet, T = {t}" for d in "abcd" for t in (1, 3)]
    assert "Shown: T = 1, 3 of 1, 2, 3." in notes(figure)
    assert title(figure) in ("Decay of two-body relevance", "Decay of response")


@BOTH
def test_nothing_at_all_is_said(name: str) -> None:
    said = {"relevance_decay": "two-body relevance", "response_decay": "a response"}[name]
    expected = f"No variant has {said}. Left out: 8 failed."
    spec, curves = FIGURES[name], failed(ROWS)
    assert texts(spec.figure(curves).axes[0]) == [expected]
    assert spec.describe(spec.select(curves)) == expected
