"""Learning curves: error against time of training, and which axes they stand on."""

import numpy as np
import pytest
from figure_data import FIGURES, SECONDS_PER_EPOCH, errors_of, make_curves, variants
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
    xy,
)
from xarray import Dataset

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["learning_curves"]
ERROR = "validation_force_mae"
ROWS = variants(cutoff=(3.0, 8.0))
EPOCHS = np.arange(1, 13)


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def one_model(errors: list[float], seconds: list[float] | None = None) -> Dataset:
    curves = make_curves(
        variants(family=("schnet",), cutoff=(5.0,), depth=(1,)), n_epochs=len(errors)
    )
    curves[ERROR][0] = errors
    if seconds is not None:
        curves["training_seconds"][0] = seconds
    return curves


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_every_model_is_a_line_over_its_own_seconds(figure: Figure, row: dict[str, object]) -> None:
    axis = panel(figure, {"schnet": "SchNet", "painn": "PaiNN"}[row["family"]])
    label = f"{row['cutoff']:g} Å, T = {row['depth']}"
    x, y = xy(axis, label)
    np.testing.assert_allclose(x, SECONDS_PER_EPOCH * row["depth"] * EPOCHS)
    np.testing.assert_allclose(y, errors_of(row, 12))
    assert same_color(line(axis, label).get_color(), style.cutoff_color(row["cutoff"]))
    assert (line(axis, label).get_linestyle() == "-") == (row["depth"] == 3)


def test_labels_title_legend_and_axes(figure: Figure) -> None:
    assert title(figure) == "Learning curves: ethanol"
    assert figure.get_supylabel() == "validation MAE of forces (meV/Å)"
    assert legend(figure) == {"Cutoff": ["3 Å", "8 Å"], "Depth": ["T = 1", "T = 3"]}
    values = np.array([errors_of(row, 12) for row in ROWS])
    for axis in figure.axes:
        assert axis.get_xlabel() == "wall time of training (s)"
        assert axis.get_xscale() == "log"
        np.testing.assert_allclose(axis.get_xlim(), [2 / 1.15, 72 * 1.15])
        # Errors fall by less than a factor of four, seconds span one of 36.
        margin = 0.05 * np.ptp(values)
        assert axis.get_yscale() == "linear"
        np.testing.assert_allclose(axis.get_ylim(), [values.min() - margin, values.max() + margin])


@pytest.mark.parametrize(("factor", "scale"), [(3.9, "linear"), (4.1, "log"), (50.0, "log")])
def test_an_axis_is_logarithmic_from_a_factor_of_four(factor: float, scale: str) -> None:
    axis = SPEC.figure(one_model([100.0 * factor, 100.0])).axes[0]
    assert axis.get_yscale() == scale
    low, high = axis.get_ylim()
    if scale == "log":
        np.testing.assert_allclose([low, high], [100 / 1.15, 115 * factor])
    else:
        margin = 0.05 * 100 * (factor - 1)
        np.testing.assert_allclose([low, high], [100 - margin, 100 * factor + margin])


@pytest.mark.parametrize(
    ("factor", "expected"), [(20.0, {"100", "200", "500", "1000"}), (200.0, {"100", "1000"})]
)
def test_numbers_on_logarithmic_axes_are_plain_and_few(factor: float, expected: set[str]) -> None:
    axis = SPEC.figure(one_model([60.0 * factor, 60.0])).axes[0]
    axis.figure.draw_without_rendering()
    low, high = axis.get_ylim()
    ticks = zip(axis.get_yticks(), axis.get_yticklabels(), strict=True)
    shown = {label.get_text() for at, label in ticks if low < at < high}
    assert expected <= shown
    assert ("200" in shown) == (factor < 100)
    assert not any(label.get_text() for label in axis.get_yticklabels(minor=True))


def test_errors_that_never_change_have_an_axis_around_them() -> None:
    low, high = SPEC.figure(one_model([80.0, 80.0, 80.0])).axes[0].get_ylim()
    np.testing.assert_allclose([low, high], [76, 84])


def test_epochs_without_error_or_time_are_left_out() -> None:
    curves = one_model([200.0, np.nan, 150.0, 0.0, 120.0], [1.0, 2.0, 3.0, 4.0, 0.0])
    x, y = xy(SPEC.figure(curves).axes[0], "5 Å, T = 1")
    assert x.tolist() == [1.0, 3.0]
    np.testing.assert_allclose(y, [200, 150])


def test_means_over_seeds_are_of_logarithms_and_bands_their_range() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 1))
    curves = make_curves(rows)
    curves[ERROR][0], curves[ERROR][1] = 100 / EPOCHS, 400 / EPOCHS
    curves["training_seconds"][1] = 3 * curves["training_seconds"][0]
    figure = SPEC.figure(curves)
    axis = panel(figure, "PaiNN")
    x, y = xy(axis, "5 Å, T = 1")
    np.testing.assert_allclose(y, 200 / EPOCHS)
    np.testing.assert_allclose(x, 2 * SECONDS_PER_EPOCH * EPOCHS)
    np.testing.assert_allclose(band_at(axis, 0, x[0]), [100, 400])
    assert "Mean over 2 seeds; bands: range over seeds." in notes(figure)


def test_a_mean_ends_where_the_first_seed_ends() -> None:
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,), seed=(0, 1))
    curves = make_curves(rows)
    curves[ERROR][1, 7:] = np.nan
    x, _ = xy(SPEC.figure(curves).axes[0], "5 Å, T = 1")
    assert len(x) == 7


def test_one_seed_has_no_band_to_be_named(figure: Figure) -> None:
    assert "ands" not in notes(figure)


def test_alt_text_has_first_best_and_time() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    values = np.array([errors_of(row, 12) for row in ROWS])
    assert "8 curves: SchNet and PaiNN (cutoff 3 to 8 Å, depth 1 to 3) on ethanol" in text
    assert f"starts at {values[:, 0].min():.3g} to {values[:, 0].max():.3g} meV/Å" in text
    best = values.min(axis=1)
    assert f"reaches {best.min():.3g} to {best.max():.3g} meV/Å within 72 s" in text


def test_the_best_error_need_not_be_the_last_nor_the_first_the_first_epoch() -> None:
    curves = one_model([np.nan, 90.0, 30.0, 60.0])
    text = SPEC.describe(SPEC.select(curves))
    assert "starts at 90 meV/Å and reaches 30 meV/Å within 8 s" in text


def test_models_without_a_history_are_counted() -> None:
    curves = make_curves(ROWS)
    curves[ERROR][:2] = np.nan
    figure = SPEC.figure(curves)
    assert "Left out: 2 without data." in notes(figure)
    assert len(labels(panel(figure, "SchNet"))) == 2
    assert "6 curves" in SPEC.describe(SPEC.select(curves))


@pytest.mark.parametrize("how", ["failed", "zero"])
def test_nothing_to_draw_is_said(how: str) -> None:
    curves = failed(ROWS) if how == "failed" else make_curves(ROWS)
    curves[ERROR][:] = 0.0 if how == "zero" else np.nan
    (text,) = texts(SPEC.figure(curves).axes[0])
    assert text.startswith("No variant has a history of training.")
    if how == "failed":
        assert SPEC.describe(SPEC.select(curves)) == text
        assert text.endswith("Left out: 8 failed.")
