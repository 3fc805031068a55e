"""What the figures of curves draw is exactly what the curves hold."""

from collections.abc import Callable

import numpy as np
import pytest
from figure_data import (
    DISTANCE,
    FIGURES,
    FRACTION,
    SECONDS_PER_EPOCH,
    TIME,
    WAVENUMBER,
    agreement_of,
    decay,
    distance_error_of,
    drift_of,
    element_of,
    element_pair_of,
    end_share_of,
    errors_of,
    exponent,
    make_curves,
    range_share_of,
    reference_values,
    removed_of,
    shares_of,
    spectrum_of,
    survival_of,
    variants,
)
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.decay_panels import power_of_ten
from nearsight.figures.panels import full_title

Row = dict[str, object]

pytestmark = pytest.mark.filterwarnings("error")
CURVES = [
    name
    for name, spec in FIGURES.items()
    if spec.source == "curves" and name != "reference_curves"  # Which has no variants.
]


def panel(figure: Figure, title: str) -> Axes:
    return next(axis for axis in figure.axes if axis.get_title(loc="left") == title)


def line(axis: Axes, label: str) -> tuple[np.ndarray, np.ndarray]:
    found = [one for one in axis.lines if one.get_label() == label]
    assert len(found) == 1, [one.get_label() for one in axis.lines]
    return np.asarray(found[0].get_xdata()), np.asarray(found[0].get_ydata())


def notes(figure: Figure) -> str:
    return " ".join(legend.get_title().get_text() for legend in figure.legends).replace("\n", " ")


def pick(rows: list[Row], **wanted: object) -> Row:
    return next(row for row in rows if all(row[key] == value for key, value in wanted.items()))


def drawn_cutoffs(figure: Figure, name: str) -> set[str]:
    if name in ("body_order", "ends"):
        return {label.get_text() for label in figure.axes[0].get_xticklabels()} - {"ref."}
    if name in ("ablation", "body_order_range"):
        titles = [axis.get_title(loc="left") for axis in figure.axes]
        return {title.split()[-2] for title in titles if title.endswith("Å")}
    labels = [str(one.get_label()) for axis in figure.axes for one in axis.lines]
    return {label.split()[0] for label in labels if "Å" in label}


def without_zeros(values: np.ndarray) -> np.ndarray:
    return np.where(values > 0, values, np.nan)


@pytest.mark.parametrize(("family", "name"), [("schnet", "SchNet"), ("painn", "PaiNN")])
def test_relevance_lines_are_the_power_laws(family: str, name: str):
    rows = variants()
    figure = FIGURES["relevance_decay"].figure(make_curves(rows))
    for cutoff in (3.0, 5.0, 8.0):
        row = pick(rows, family=family, cutoff=cutoff, depth=3)
        x, y = line(panel(figure, f"{name}, T = 3"), f"{cutoff:g} Å")
        np.testing.assert_allclose(x, DISTANCE)
        np.testing.assert_allclose(y, without_zeros(decay(row, exponent(row), cutoff)))


def test_relevance_band_is_the_interval():
    rows = variants(family=("schnet",), cutoff=(8.0,), depth=(1,))
    figure = FIGURES["relevance_decay"].figure(make_curves(rows))
    band = panel(figure, "SchNet, T = 1").collections[0].get_paths()[0].vertices
    expected = decay(rows[0], exponent(rows[0]), 8.0)
    inside = expected > 0
    for x, value in zip(DISTANCE[inside], expected[inside], strict=True):
        heights = band[np.isclose(band[:, 0], x), 1]
        np.testing.assert_allclose([heights.min(), heights.max()], [0.8 * value, 1.25 * value])


def test_guides_have_their_slopes():
    figure = FIGURES["relevance_decay"].figure(make_curves(variants()))
    for label, expected in (("r⁻¹", -1), ("r⁻³", -3), ("r⁻⁶", -6)):
        x, y = line(panel(figure, "PaiNN, T = 1"), label)
        slopes = np.diff(np.log(y)) / np.diff(np.log(x))
        np.testing.assert_allclose(slopes, expected)


def test_slopes_of_response_are_those_of_second_derivatives():
    figure = FIGURES["response_decay"].figure(make_curves(variants()))
    for label, expected in (("r⁻³", -3), ("r⁻⁵", -5), ("r⁻⁸", -8)):
        x, y = line(panel(figure, "PaiNN, T = 1"), label)
        np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), expected)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "r⁻³ charges" in texts
    assert "r⁻⁸ dispersion" in texts


@pytest.mark.parametrize(
    ("cutoff", "inside"), [(3.0, []), (5.0, []), (8.0, [2.75, 3.25, 3.75, 4.25, 4.75, 5.25])]
)
def test_bins_of_the_fit_are_thick(cutoff: float, inside: list[float]):
    """The bins that the study's curves name."""
    curves = make_curves(variants(depth=(1,)))
    used = np.isin(DISTANCE, inside) & (curves["cutoff"] == cutoff).to_numpy()[:, None]
    # Of another cutoff, so that something is thick whatever is asked for.
    used |= (DISTANCE == 2.75) & (curves["cutoff"] == 8).to_numpy()[:, None] & (cutoff != 8)
    curves["relevance_fitted"] = ("model", "distance"), used.astype("int8")
    figure = FIGURES["relevance_decay"].figure(curves)
    axis = panel(figure, "SchNet, T = 1")
    assert "Thick: bins of the fit" in notes(figure)
    _, whole = line(axis, f"{cutoff:g} Å")
    at = [one.get_label() for one in axis.lines].index(f"{cutoff:g} Å")
    thick = axis.lines[at + 1]
    assert thick.get_label() == "_fitted"
    known = np.isfinite(thick.get_ydata())
    np.testing.assert_allclose(np.asarray(thick.get_xdata())[known], inside)
    np.testing.assert_allclose(np.asarray(thick.get_ydata())[known], whole[known])


def test_of_an_earlier_version_no_fit_is_marked():
    curves = make_curves(variants())
    spec = FIGURES["relevance_decay"]
    assert not spec.select(curves)["fitted"].any()
    assert "Thick" not in notes(spec.figure(curves))


def test_relevance_axes_are_logarithmic_with_pair_counts_below():
    curves = make_curves(variants(family=("schnet",), depth=(1,)))
    figure = FIGURES["relevance_decay"].figure(curves)
    above, below = figure.axes
    assert (above.get_xscale(), above.get_yscale()) == ("log", "log")
    assert below.collections[0].get_paths()[0].vertices[:, 1].max() == pytest.approx(
        40 + DISTANCE[-1]
    )


def test_response_stands_beside_reference_and_noise():
    rows = variants(datasets=("ethanol", "aspirin"))
    curves = make_curves(rows)
    curves["reference_response"].loc["aspirin"] *= 3
    figure = FIGURES["response_decay"].figure(curves)
    row = pick(rows, dataset="aspirin", family="schnet", cutoff=5.0, depth=1)
    axis = panel(figure, "aspirin, SchNet, T = 1")
    np.testing.assert_allclose(
        line(axis, "5 Å")[1], without_zeros(decay(row, exponent(row) - 1, 5.0))
    )
    expected = np.where(DISTANCE < 1, np.nan, 60 * DISTANCE**-4.5)
    np.testing.assert_allclose(line(axis, "reference")[1], expected)
    np.testing.assert_allclose(line(axis, "noise")[1], 1e-4)
    plain = panel(figure, "ethanol, SchNet, T = 1")
    np.testing.assert_allclose(line(plain, "reference")[1], expected / 3)


def test_response_without_reference():
    curves = make_curves(variants())
    for name in curves.data_vars:
        if str(name).startswith("reference"):
            curves[name][:] = np.nan
    spec = FIGURES["response_decay"]
    assert len(panel(spec.figure(curves), "SchNet, T = 3").lines) > 3
    assert "no reference" in spec.describe(spec.select(curves))


def test_body_order_bars_are_the_shares():
    rows = variants(family=("painn",), cutoff=(5.0, 3.0), depth=(3, 1))
    axis = panel(FIGURES["body_order"].figure(make_curves(rows)), "PaiNN")
    bars = [one for one in axis.containers if isinstance(one, BarContainer)]
    ordered = sorted(rows, key=lambda row: (row["depth"], row["cutoff"]))
    expected = np.nan_to_num([shares_of(row, 4) for row in ordered]).T
    np.testing.assert_allclose([[bar.get_height() for bar in one] for one in bars], expected)
    bottoms = np.cumsum(expected, axis=0) - expected
    np.testing.assert_allclose([[bar.get_y() for bar in one] for one in bars], bottoms, atol=1e-12)
    assert [label.get_text() for label in axis.get_xticklabels()] == ["3", "5", "3", "5"]


def test_body_order_error_bars_are_the_intervals():
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,))
    axis = panel(FIGURES["body_order"].figure(make_curves(rows)), "PaiNN")
    share = shares_of(rows[0], 2)[0]
    (segment,) = axis.collections[-1].get_segments()
    np.testing.assert_allclose(segment, [[0, 0.8 * share], [0, 1.25 * share]])


def test_survival_steps_are_the_estimates():
    rows = variants()
    axis = panel(FIGURES["survival"].figure(make_curves(rows)), "PaiNN")
    x, y = line(axis, "5 Å, T = 3")
    np.testing.assert_allclose(x, TIME)
    np.testing.assert_allclose(y, survival_of(pick(rows, family="painn", cutoff=5.0, depth=3)))
    assert all(one.get_drawstyle() == "steps-post" for one in axis.lines)


def bars_of(axis: Axes) -> np.ndarray:
    """(bar, part) heights of all stacks of a panel, the variants' first."""
    stacks = [one for one in axis.containers if isinstance(one, BarContainer)]
    widest = max(len(one) for one in stacks)
    parts = [[bar.get_height() for bar in one] for one in stacks if len(one) == widest]
    return np.array(parts).T


def test_survival_of_the_reference_engine_is_black():
    curves = make_curves(variants(datasets=("ethanol", "aspirin")))
    for end in ("", "_low", "_high"):
        curves[f"reference_survival{end}"].loc["aspirin"] = np.nan
    spec = FIGURES["survival"]
    figure = spec.figure(curves)
    for name in ("SchNet", "PaiNN"):
        _, y = line(panel(figure, f"ethanol, {name}"), "reference")
        np.testing.assert_allclose(y, reference_values()["survival"][1])
        assert "reference" not in {a.get_label() for a in panel(figure, f"aspirin, {name}").lines}
    assert "engine's own replicas survive 75 %" in spec.describe(spec.select(curves))


def test_bars_of_ends_are_the_shares():
    rows = variants(family=("painn",), cutoff=(5.0, 3.0), depth=(3, 1))
    axis = panel(FIGURES["ends"].figure(make_curves(rows)), "PaiNN")
    ordered = sorted(rows, key=lambda row: (row["depth"], row["cutoff"]))
    expected = np.nan_to_num([end_share_of(row) for row in ordered])
    np.testing.assert_allclose(bars_of(axis), expected)
    np.testing.assert_allclose(expected.sum(axis=1), 1)
    labels = [label.get_text() for label in axis.get_xticklabels()]
    assert labels == ["ref.", "3", "5", "3", "5"]


def test_ends_of_the_reference_engine_stand_on_the_left():
    curves = make_curves(variants(family=("painn",), cutoff=(5.0, 8.0), depth=(1,)))
    axis = panel(FIGURES["ends"].figure(curves), "PaiNN")
    alone = [one for one in axis.containers if isinstance(one, BarContainer) and len(one) == 1]
    heights = [one[0].get_height() for one in alone]
    np.testing.assert_allclose(heights, reference_values()["end_share"][1])
    assert alone[0][0].get_x() + alone[0][0].get_width() / 2 == pytest.approx(-1.5)
    assert alone[0][0].get_edgecolor()[:3] == (0, 0, 0)
    for end in ("", "_low", "_high"):
        curves[f"reference_end_share{end}"][:] = np.nan
    spec = FIGURES["ends"]
    axis = panel(spec.figure(curves), "PaiNN")
    assert [label.get_text() for label in axis.get_xticklabels()] == ["5", "8"]
    assert "survive: unknown" in spec.describe(spec.select(curves))


def test_legend_of_ends_names_what_there_is():
    figure = FIGURES["ends"].figure(make_curves(variants()))
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["Ended by", "energy", "topology", "bond", "survived"]


@pytest.mark.parametrize(
    ("name", "value_of"), [("drift", drift_of), ("distance_error", distance_error_of)]
)
def test_numbers_stand_at_their_cutoffs_with_their_intervals(
    name: str, value_of: Callable[[Row], float]
):
    rows = variants()
    axis = panel(FIGURES[name].figure(make_curves(rows)), "SchNet")
    for row in (row for row in rows if row["family"] == "schnet"):
        label = f"{row['cutoff']:g} Å, T = {row['depth']}"
        x, y = line(axis, label)
        assert abs(x[0] - row["cutoff"]) < 0.3
        assert y[0] == pytest.approx(value_of(row))
        (bar,) = [
            one.get_ydata()
            for one in axis.lines
            if one.get_label() == "_interval" and one.get_xdata()[0] == x[0]
        ]
        np.testing.assert_allclose(sorted(bar), sorted([0.8 * y[0], 1.25 * y[0]]))
    _, level = line(axis, "reference")
    np.testing.assert_allclose(level, reference_values()[name][1])


def test_drift_of_many_magnitudes_is_logarithmic_on_both_sides():
    few = FIGURES["drift"].figure(make_curves(variants()))
    assert few.axes[0].get_yscale() == "linear"
    curves = make_curves(variants())
    curves["drift"][0] = 300.0
    many = FIGURES["drift"].figure(curves)
    assert many.axes[0].get_yscale() == "symlog"
    low, high = many.axes[0].get_ylim()
    assert low < -1
    assert high > 300


def test_drift_without_reference_and_without_intervals():
    curves = make_curves(variants())
    for name in ("reference_drift", "reference_drift_low", "reference_drift_high", "drift_low"):
        curves[name][:] = np.nan
    spec = FIGURES["drift"]
    axis = panel(spec.figure(curves), "SchNet")
    labels = {one.get_label() for one in axis.lines}
    assert not labels & {"reference", "_interval"}
    assert "no reference" in spec.describe(spec.select(curves))


def test_spectra_stand_over_wavenumbers():
    rows = variants()
    axis = panel(FIGURES["spectrum"].figure(make_curves(rows)), "SchNet")
    x, y = line(axis, "8 Å, T = 3")
    np.testing.assert_allclose(x, WAVENUMBER)
    np.testing.assert_allclose(y, spectrum_of(80))
    np.testing.assert_allclose(line(axis, "reference")[1], spectrum_of(0))
    assert axis.get_xlim() == (0, 4000)


def test_learning_curves_are_errors_against_seconds():
    rows = variants()
    curves = make_curves(rows)
    curves["validation_force_mae"][:, 9:] = np.nan
    axis = panel(FIGURES["learning_curves"].figure(curves), "SchNet")
    x, y = line(axis, "3 Å, T = 3")
    np.testing.assert_allclose(x, 3 * SECONDS_PER_EPOCH * np.arange(1, 10))
    row = pick(rows, family="schnet", cutoff=3.0, depth=3)
    np.testing.assert_allclose(y, errors_of(row, 12)[:9])


def test_learning_curves_of_one_epoch():
    FIGURES["learning_curves"].figure(make_curves(variants(cutoff=(5.0,), depth=(1,)), n_epochs=1))


@pytest.mark.parametrize("name", CURVES)
def test_diverged_and_failed_variants_are_left_out_and_counted(name: str):
    rows = variants(family=("schnet",), depth=(1,))
    rows[0].update(status="diverged")
    spec = FIGURES[name]
    figure = spec.figure(make_curves(rows))
    assert drawn_cutoffs(figure, name) == {"5", "8"}
    assert "1 diverged" in notes(figure)
    assert "1 diverged" in spec.describe(spec.select(make_curves(rows)))


@pytest.mark.parametrize("name", CURVES)
def test_panels_of_several_data_sets(name: str):
    curves = make_curves(variants(datasets=("ethanol", "aspirin")))
    axes = FIGURES[name].figure(curves).axes
    titles = {axis.get_title(loc="left").replace("\n", " ") for axis in axes}
    for dataset in ("ethanol", "aspirin"):
        assert any(title.startswith(f"{dataset}, SchNet") for title in titles)


@pytest.mark.parametrize("name", CURVES)
def test_single_variant(name: str):
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(3,))
    figure = FIGURES[name].figure(make_curves(rows))
    assert "ethanol" in figure.get_suptitle()


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("how", ["nan", "failed"])
def test_nothing_to_draw_is_said(name: str, how: str):
    rows = variants()
    for row in rows:
        row.update(status="failed" if how == "failed" else "ok")
    curves = make_curves(rows)
    if how == "nan":
        for variable in curves.data_vars:
            curves[variable][:] = np.nan
    spec = FIGURES[name]
    figure = spec.figure(curves)
    count = f"{len(rows)} {'failed' if how == 'failed' else 'without data'}"
    assert count in figure.axes[0].texts[0].get_text()
    assert spec.describe(spec.select(curves)).startswith("No variant")


def test_a_missing_panel_says_so():
    rows = variants(cutoff=(5.0,))
    kept = [row for row in rows if not (row["family"] == "painn" and row["depth"] == 3)]
    for name in ("relevance_decay", "response_decay"):
        axis = panel(FIGURES[name].figure(make_curves(kept)), "PaiNN, T = 3")
        assert [text.get_text() for text in axis.texts] == ["no data"]


def test_powers_of_ten_are_plain_text():
    assert [power_of_ten(value) for value in (1e-12, 1e-3, 1.0, 100.0)] == [
        "10⁻¹²",
        "10⁻³",
        "10⁰",
        "10²",
    ]


def test_legend_of_a_large_study_stays_short():
    rows = variants(cutoff=np.arange(3.0, 15.0, 0.5).tolist(), depth=(1, 2, 3, 4, 5, 6))
    for name in ("survival", "learning_curves"):
        legends = FIGURES[name].figure(make_curves(rows)).legends
        assert max(len(legend.get_texts()) for legend in legends) < 20


def test_long_names_of_data_sets_are_cut():
    curves = make_curves(variants(datasets=("x" * 80,)))
    assert len(full_title("Decay", curves)) < 40


@pytest.mark.parametrize(("family", "name"), [("schnet", "SchNet"), ("painn", "PaiNN")])
def test_agreement_stands_beside_its_control(family: str, name: str):
    rows = variants(depth=(2,))
    figure = FIGURES["faithfulness"].figure(make_curves(rows))
    axis = panel(figure, f"{name}, T = 2")
    for cutoff in (3.0, 5.0, 8.0):
        row = pick(rows, family=family, cutoff=cutoff)
        np.testing.assert_allclose(line(axis, f"{cutoff:g} Å")[1], agreement_of(row))
    controls = [one.get_ydata() for one in axis.lines if one.get_label() == "control"]
    np.testing.assert_allclose(controls[0], agreement_of(rows[0]) - 0.5)


def test_ablation_has_a_line_for_each_order():
    rows = variants(family=("painn",), depth=(1, 3))
    figure = FIGURES["ablation"].figure(make_curves(rows))
    row = pick(rows, cutoff=5.0, depth=3)
    axis = panel(figure, "PaiNN 5 Å")
    for k, order in enumerate(("relevance", "response", "distance", "random")):
        x, y = line(axis, order)
        np.testing.assert_allclose(x, FRACTION)
        np.testing.assert_allclose(y, removed_of(row)[k])


def test_heat_map_is_the_share_of_the_deepest():
    rows = variants(family=("schnet",), depth=(1, 3))
    figure = FIGURES["body_order_range"].figure(make_curves(rows))
    mesh = panel(figure, "SchNet 8 Å").collections[0]
    share = range_share_of(pick(rows, cutoff=8.0, depth=3), 4)
    least = 1e-4 * max(range_share_of(row, 4).max() for row in rows if row["depth"] == 3)
    drawn = np.ma.filled(mesh.get_array().reshape(share.shape), 0)
    np.testing.assert_allclose(drawn, np.where(share >= least, share, 0))
    assert (drawn == 0).any()


def test_elements_and_their_pairs_are_points():
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,))
    figure = FIGURES["elements"].figure(make_curves(rows))
    points = [one for one in panel(figure, "SchNet, relevance").lines if one.get_label() == "5 Å"]
    heights = [float(one.get_ydata()[0]) for one in points]
    np.testing.assert_allclose(heights, [*element_of(rows[0]), *element_pair_of(rows[0])])
    labels = [text.get_text() for text in panel(figure, "SchNet, relevance").get_xticklabels()]
    assert labels == ["C", "H", "O", "C-C", "C-H", "C-O", "H-H"]
    below = [one for one in panel(figure, "SchNet, response").lines if one.get_label() == "5 Å"]
    assert len(below) == 4


@pytest.mark.parametrize("name", ["faithfulness", "ablation", "body_order_range", "elements"])
def test_curves_of_an_earlier_version(name: str):
    """Files without these variables: the figure says so instead of failing."""
    curves = make_curves(variants())
    gone = [v for v in curves.data_vars if str(v).startswith(
        ("faithfulness", "ablation", "range_share", "element"))]  # fmt: skip
    old = curves.drop_vars(gone).drop_vars(["order", "fraction", "range", "element"])
    spec = FIGURES[name]
    assert spec.describe(spec.select(old)).startswith("No variant has")
    assert "12 without data" in spec.figure(old).axes[0].texts[0].get_text()


def test_response_band_is_where_most_pairs_lie():
    rows = variants(family=("schnet",), cutoff=(8.0,), depth=(1,))
    curves = make_curves(rows)
    for end, factor in (("q10", 0.1), ("q90", 5.0)):
        curves[f"reference_response_{end}"] = curves["reference_response"] * factor
    axis = panel(FIGURES["response_decay"].figure(curves), "SchNet, T = 1")
    band = axis.collections[0].get_paths()[0].vertices
    at = band[np.isclose(band[:, 0], DISTANCE[8]), 1]
    expected = 20 * DISTANCE[8] ** -4.5
    np.testing.assert_allclose([at.min(), at.max()], [0.1 * expected, 5 * expected])


def with_laws(networks: float, reference: float):
    curves = make_curves(variants(depth=(1,)))
    about = np.abs(DISTANCE - curves["cutoff"].to_numpy()[:, None]) < 0.5
    n = curves.sizes["model"]
    return curves.assign(
        response_fitted=(("model", "distance"), np.tile(DISTANCE > 2.5, (n, 1)).astype("int8")),
        response_pooled=(("model", "distance"), about.astype("int8")),
        response_power_law_weight=("model", np.full(n, networks)),
        reference_power_law_weight=("reference", np.array([reference])),
        cutoff_jump=("model", np.full(n, 1.5)),
    )


def test_response_marks_its_window_and_what_is_pooled_about_the_cutoff():
    figure = FIGURES["response_decay"].figure(with_laws(0.99, 0.95))
    axis = panel(figure, "SchNet, T = 1")
    hollow = [one for one in axis.lines if one.get_label() == "_pooled"]
    drawn_at = {float(x) for one in hollow for x in np.asarray(one.get_xdata())[
        np.isfinite(one.get_ydata())]}  # fmt: skip
    # Response ends at the cutoff in this study of one block: only what lies within is there.
    assert drawn_at == {2.75, 4.75, 7.75}
    assert "hollow: pooled there" in notes(figure)
    assert "jump by 1.5 times the reference" in notes(figure)
    assert "Thick: the window of all fits" in notes(figure)


@pytest.mark.parametrize(
    ("networks", "reference", "words"),
    [
        (0.99, 0.95, "networks fall as a power law (weight of the power law 0.99)"),
        (0.01, 0.35, "networks fall as an exponential (weight of the power law 0.01)"),
        (0.01, 0.35, "the reference falls as neither law alone (weight of the power law 0.35)"),
    ],
)
def test_a_law_is_named_only_where_its_weight_supports_it(
    networks: float, reference: float, words: str
):
    curves = with_laws(networks, reference)
    spec = FIGURES["response_decay"]
    assert words in notes(spec.figure(curves))
    assert words in spec.describe(spec.select(curves))


def test_the_floor_of_distance_error_is_drawn_and_said():
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(3.0, 5.0), depth=(1,))
    curves = make_curves(rows)
    for end, value in (("", 0.07), ("_low", 0.05), ("_high", 0.11)):
        attrs = {"units": "1", "long_name": "floor"}
        curves[f"data_distance_error_floor{end}"] = ("reference", [value, np.nan], attrs)
    spec = FIGURES["distance_error"]
    figure = spec.figure(curves)
    _, level = line(panel(figure, "ethanol, SchNet"), "floor")
    np.testing.assert_allclose(level, 0.07)
    assert "floor" not in {one.get_label() for one in panel(figure, "aspirin, SchNet").lines}
    assert "what lies below is not called different" in notes(figure)
    assert "Floor" in [text.get_text() for text in figure.legends[0].get_texts()]
    assert "Two halves of the data differ by 0.07." in spec.describe(spec.select(curves))
    # Curves of an earlier version have none.
    without = FIGURES["distance_error"].figure(make_curves(rows))
    assert "called different" not in notes(without)
