"""Survival of the dynamics: steps, intervals, the reference engine's own, and what is said."""

import numpy as np
import pytest
from figure_data import FIGURES, TIME, make_curves, reference_values, survival_of, variants
from matplotlib.figure import Figure
from reading_figures import (
    band_at,
    failed,
    handle,
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

from nearsight.aims.stability.figures.survival import lines_per_cutoff
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["survival"]
ROWS = variants(cutoff=(3.0, 8.0))


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_model_is_a_line_in_the_panel_of_its_family(
    figure: Figure, row: dict[str, object]
) -> None:
    axis = panel(figure, {"schnet": "SchNet", "painn": "PaiNN"}[row["family"]])
    label = f"{row['cutoff']:g} Å, T = {row['depth']}"
    np.testing.assert_allclose(xy(axis, label)[1], survival_of(row))
    one = line(axis, label)
    assert same_color(one.get_color(), style.cutoff_color(row["cutoff"]))
    assert one.get_drawstyle() == "steps-post"
    assert (one.get_linestyle() == "-") == (row["depth"] == 3)


def test_bands_are_the_intervals_of_one_seed(figure: Figure) -> None:
    axis = panel(figure, "SchNet")
    own = [row for row in ROWS if row["family"] == "schnet"]
    # The first band is the reference's.
    for k, row in enumerate(own, start=1):
        value = survival_of(row)[0]
        np.testing.assert_allclose(band_at(axis, k, TIME[0]), [0.8 * value, 1.25 * value])
    reference = reference_values()["survival"][1][0]
    np.testing.assert_allclose(band_at(axis, 0, TIME[0]), [0.7 * reference, 1.4 * reference])


def test_bands_and_reference_lie_behind_the_lines(figure: Figure) -> None:
    axis = panel(figure, "PaiNN")
    models = [line(axis, name) for name in labels(axis) if name != "reference"]
    assert max(band.get_zorder() for band in axis.collections) < min(
        one.get_zorder() for one in models
    )
    reference = line(axis, "reference")
    assert reference.get_zorder() < min(one.get_zorder() for one in models)
    assert reference.get_linewidth() > max(one.get_linewidth() for one in models)
    assert axis.collections[0].get_zorder() < reference.get_zorder()
    assert same_color(reference.get_color(), "black")


def test_axes_are_the_duration_and_the_whole_share(figure: Figure) -> None:
    for axis in figure.axes:
        assert axis.get_xlim() == (TIME[0], TIME[-1])
        assert axis.get_ylim() == (0, 1.03)
        assert axis.get_xlabel() == "time (ps)"
    assert figure.get_supylabel() == "share of replicas not ended"
    assert title(figure) == "Survival of NVE dynamics: ethanol"


def test_legend_lists_exactly_what_is_drawn(figure: Figure) -> None:
    assert legend(figure) == {
        "Reference": ["engine", "its interval"],
        "Cutoff": ["3 Å", "8 Å"],
        "Depth": ["T = 1", "T = 3"],
    }
    for cutoff in (3.0, 8.0):
        entry = handle(figure, f"{cutoff:g} Å")
        assert same_color(entry.get_color(), style.cutoff_color(cutoff))
    assert handle(figure, "T = 3").get_linestyle() == "-"
    assert handle(figure, "T = 1").get_linestyle() != "-"


def test_without_an_engine_neither_line_nor_legend_nor_number() -> None:
    curves = without_reference(make_curves(ROWS))
    figure = SPEC.figure(curves)
    assert all("reference" not in labels(axis) for axis in figure.axes)
    assert list(legend(figure)) == ["Cutoff", "Depth"]
    assert "engine" not in SPEC.describe(SPEC.select(curves))


def test_alt_text_has_the_numbers_of_the_end() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    last = 100 * np.array([survival_of(row)[-1] for row in ROWS])
    assert "over 2 ps, 8 curves: SchNet and PaiNN (cutoff 3 to 8 Å, depth 1 to 3)" in text
    assert f"At the end {last.min():.3g} to {last.max():.3g} % survive" in text
    assert "all replicas survive in 0 of 8" in text
    assert "own replicas survive 75 %" in text


def test_those_where_all_survive_are_counted() -> None:
    curves = make_curves(ROWS)
    curves["survival"][[1, 4, 5]] = 1.0
    assert "all replicas survive in 3 of 8" in SPEC.describe(SPEC.select(curves))


def test_a_reference_that_is_censored_is_told_by_its_last_known_share() -> None:
    curves = make_curves(ROWS)
    share = np.where(TIME < 1.2, 1.0, 0.5)
    curves["reference_survival"][0] = np.where(TIME > 1.5, np.nan, share)
    assert "own replicas survive 50 %" in SPEC.describe(SPEC.select(curves))


def test_of_several_seeds_the_band_is_their_range() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 1, 2))
    figure = SPEC.figure(make_curves(rows))
    axis = panel(figure, "PaiNN")
    values = np.array([survival_of(row) for row in rows])
    np.testing.assert_allclose(xy(axis, "5 Å, T = 1")[1], values.mean(axis=0))
    np.testing.assert_allclose(band_at(axis, 1, TIME[0]), [values[:, 0].min(), values[:, 0].max()])
    assert "Mean over 3 seeds; bands: range over seeds." in notes(figure)


def test_of_seeds_of_which_some_settings_have_one_both_bands_are_named() -> None:
    rows = variants(family=("painn",), cutoff=(5.0, 8.0), depth=(1,), seed=(0, 1))[:3]
    said = notes(SPEC.figure(make_curves(rows)))
    assert "Mean over 1 to 2 seeds; bands: range over seeds (Kaplan-Meier interval over" in said


def test_one_model_is_a_figure() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(2,))
    figure = SPEC.figure(make_curves(rows))
    assert titles(figure) == ["SchNet"]
    assert labels(figure.axes[0]) == ["reference", "5 Å, T = 2"]
    assert "1 curve: SchNet (cutoff 5 Å, depth 2) on ethanol" in SPEC.describe(
        SPEC.select(make_curves(rows))
    )


@pytest.mark.parametrize("status", ["failed", "diverged", "stale"])
def test_a_study_without_any_says_so_and_why(status: str) -> None:
    curves = failed(ROWS, status)
    figure = SPEC.figure(curves)
    said = f"No variant has dynamics. Left out: 8 {status}."
    assert texts(figure.axes[0]) == [said]
    assert not figure.axes[0].axison
    assert title(figure) == "Survival of NVE dynamics"
    assert SPEC.describe(SPEC.select(curves)) == said


def test_a_curve_that_is_nowhere_known_is_without_data() -> None:
    curves = make_curves(ROWS)
    curves["survival"][0] = np.nan
    figure = SPEC.figure(curves)
    assert "Left out: 1 without data." in notes(figure)
    assert "3 Å, T = 1" not in labels(panel(figure, "SchNet"))
    assert "3 Å, T = 1" in labels(panel(figure, "PaiNN"))


@pytest.mark.parametrize(("n_cutoffs", "most"), [(1, 3), (4, 3), (5, 2)])
def test_many_cutoffs_leave_room_for_fewer_depths(n_cutoffs: int, most: int) -> None:
    cutoffs = tuple(3.0 + k for k in range(n_cutoffs))
    curves = make_curves(variants(family=("painn",), cutoff=cutoffs, depth=(1, 2, 3, 4)))
    data = SPEC.select(curves)
    assert lines_per_cutoff(data) == most
    shown = np.unique(data["depth"].to_numpy()[data["shown"].to_numpy() > 0])
    assert len(shown) == most
    assert {shown[0], shown[-1]} == {1, 4}
    figure = SPEC.draw(data)
    assert legend(figure)["Depth"] == [f"T = {depth}" for depth in shown]
    assert f"T = {', '.join(map(str, shown))} of 1, 2, 3, 4." in notes(figure)


def test_of_very_many_cutoffs_the_legend_lists_some_with_both_ends() -> None:
    cutoffs = tuple(float(c) for c in range(2, 16))
    figure = SPEC.figure(make_curves(variants(family=("painn",), cutoff=cutoffs, depth=(1,))))
    listed = legend(figure)["Cutoff"]
    assert len(listed) == 10
    assert (listed[0], listed[-1]) == ("2 Å", "15 Å")
    assert len(labels(panel(figure, "PaiNN"))) == 1 + len(cutoffs)
    opacity = panel(figure, "PaiNN").collections[-1].get_alpha()
    assert opacity == pytest.approx(style.BAND_OPACITY * 4 / 14)


def test_panels_of_two_data_sets_have_their_own_reference_and_short_names() -> None:
    long = "azobenzene_of_the_second_release"
    rows = variants(datasets=("ethanol", long), cutoff=(5.0,), depth=(1,))
    curves = make_curves(rows)
    curves["reference_survival"].loc[long] = 0.6
    figure = SPEC.figure(curves)
    short = f"{long[:23]}…"
    assert titles(figure) == [
        "ethanol, SchNet", "ethanol, PaiNN", f"{short}, SchNet", f"{short}, PaiNN",
    ]  # fmt: skip
    np.testing.assert_allclose(xy(panel(figure, f"{short}, PaiNN"), "reference")[1], 0.6)
    np.testing.assert_allclose(
        xy(panel(figure, "ethanol, PaiNN"), "reference")[1], reference_values()["survival"][1]
    )
    assert title(figure) == "Survival of NVE dynamics"
    assert long in SPEC.describe(SPEC.select(curves))


def test_dynamics_of_one_moment_has_an_axis_all_the_same() -> None:
    curves = make_curves(variants(cutoff=(5.0,), depth=(1,))).isel(time=[0])
    assert SPEC.figure(curves).axes[0].get_xlim() == (0, 1)
