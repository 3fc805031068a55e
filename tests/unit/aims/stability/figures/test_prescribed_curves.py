"""Decays that physics prescribes: where curves meet, bands, colours, exponents, missing parts."""

import numpy as np
import pytest
from figure_data import (
    DISTANCE,
    EXPONENTS,
    FIGURES,
    PHYSICS,
    make_curves,
    physics,
    reference_values,
    variants,
)
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reading_figures import (
    band_at,
    handle,
    labels,
    legend,
    line,
    notes,
    same_color,
    texts,
    title,
    titles,
    xy,
)
from xarray import Dataset

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["reference_curves"]
ROWS = variants(cutoff=(5.0,), depth=(1,))
RESPONSE = "response of the engine"
AT = int(np.argmin(np.abs(DISTANCE - 5)))
EVERY = [*PHYSICS, RESPONSE]


def value_of(name: str) -> np.ndarray:
    if name == RESPONSE:
        return reference_values()["response"][1]
    return physics()[PHYSICS.index(name)]


def only_within(curves: Dataset, name: str, reach: float, curve: int | None = None) -> Dataset:
    """Curves of which one ends at a distance (Å)."""
    for end in ("", "_low", "_high"):
        inside = curves["distance"] < reach
        if curve is None:
            curves[f"{name}{end}"] = curves[f"{name}{end}"].where(inside)
        else:
            curves[f"{name}{end}"][:, curve] = curves[f"{name}{end}"][:, curve].where(inside)
    return curves


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


@pytest.fixture(scope="module")
def axis(figure: Figure) -> Axes:
    return figure.axes[0]


@pytest.mark.parametrize("k", range(len(EVERY)))
def test_a_curve_and_its_band_are_over_the_same_value(axis: Axes, k: int) -> None:
    """A band over its own bound would shrink to nothing where curves meet."""
    own = value_of(EVERY[k]) / value_of(EVERY[k])[AT]
    np.testing.assert_allclose(xy(axis, EVERY[k])[1], own)
    for at in (AT, AT + 6):
        found = band_at(axis, k, DISTANCE[at])
        np.testing.assert_allclose(found, [0.7 * own[at], 1.4 * own[at]])
    assert same_color(axis.collections[k].get_facecolor()[0][:3], line(axis, EVERY[k]).get_color())


def test_colours_tell_all_curves_apart_and_the_engine_is_black(axis: Axes, figure: Figure) -> None:
    colors = [str(line(axis, name).get_color()) for name in EVERY]
    assert len(set(colors)) == len(EVERY)
    assert same_color(colors[-1], style.REFERENCE)
    for name, color in zip(legend(figure)["Curve"], colors, strict=True):
        assert same_color(handle(figure, name).get_color(), color)


def test_a_curve_that_nobody_has_heard_of_is_grey() -> None:
    curves = make_curves(ROWS)
    names = ["something new", *PHYSICS[1:]]
    axis = SPEC.figure(curves.assign_coords(curve=("curve", names))).axes[0]
    assert same_color(line(axis, "something new").get_color(), style.NOISE)


def test_legend_labels_and_note(figure: Figure, axis: Axes) -> None:
    assert legend(figure) == {
        "Curve": [*PHYSICS, "response\nof engine"],
        "Slopes": ["r⁻¹ charges", "r⁻³ dipoles", "r⁻⁶ dispersion"],
    }
    assert notes(figure).strip() == (
        "Each curve is 1 at 4.75 Å. Bands: bootstrap interval over structures."
    )
    assert title(figure) == "Decays that physics prescribes: ethanol"
    assert figure.get_supylabel() == "mean over pairs, relative"
    assert axis.get_xlabel() == "distance (Å)"
    assert titles(figure) == []


def test_axes_are_logarithmic_about_all_curves(axis: Axes) -> None:
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    every = np.array([value_of(name) / value_of(name)[AT] for name in EVERY])
    low, high = axis.get_ylim()
    assert high == pytest.approx(2.5 * np.nanmax(every))
    assert low == pytest.approx(max(np.nanmin(every), np.nanmax(every) * 1e-8) / 2.5)
    np.testing.assert_allclose(axis.get_xlim(), [0.88 * 1.25, 1.08 * 11.75])


def test_where_the_response_ends_early_curves_meet_nearer() -> None:
    curves = only_within(make_curves(ROWS), "reference_response", 3.0)
    data = SPEC.select(curves)
    assert data["meet"].item() == 2.75
    np.testing.assert_allclose(data["relative"].sel(distance=2.75), 1)


def test_a_curve_without_any_value_does_not_decide_where_others_meet() -> None:
    data = SPEC.select(only_within(make_curves(ROWS), "reference_curve", 0.0, curve=1))
    assert data["meet"].item() == 4.75
    assert np.isnan(data["relative"].isel(curve=1)).all()
    others = data["relative"].isel(curve=[0, 2, 3, 4]).sel(distance=4.75)
    np.testing.assert_allclose(others, 1)


def test_curves_that_share_no_distance_are_not_divided_by_nothing() -> None:
    curves = only_within(make_curves(ROWS), "reference_response", 3.0)
    outside = curves["distance"] > 4
    for end in ("", "_low", "_high"):
        curves[f"reference_curve{end}"] = curves[f"reference_curve{end}"].where(outside)
    assert not np.isinf(SPEC.select(curves)["relative"]).any()


def test_data_sets_meet_where_each_can() -> None:
    curves = make_curves(variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,)))
    for end in ("", "_low", "_high"):
        curves[f"reference_response{end}"].loc["aspirin"] = curves[f"reference_response{end}"].sel(
            reference="aspirin"
        ).where(curves["distance"] < 4)  # fmt: skip
    figure = SPEC.figure(curves)
    assert titles(figure) == ["ethanol", "aspirin"]
    assert "Each curve is 1 at 3.75 to 4.75 Å." in notes(figure)
    for axis, meet in zip(figure.axes, (4.75, 3.75), strict=True):
        x, y = xy(axis, "r⁻¹")
        assert (x[0], y[0]) == (meet, 1.0)
        curve_x, curve_y = xy(axis, PHYSICS[0])
        np.testing.assert_allclose(curve_y[curve_x == meet], 1)
    assert title(figure) == "Decays that physics prescribes"


def test_of_three_data_sets_the_fourth_place_stays_empty() -> None:
    names = ("ethanol", "aspirin", "a_molecule_with_a_very_long_name")
    figure = SPEC.figure(make_curves(variants(datasets=names, cutoff=(5.0,), depth=(1,))))
    assert titles(figure) == ["ethanol", "aspirin", "a_molecule_with_a_very_…"]
    assert [axis.axison for axis in figure.axes] == [True, True, True, False]
    assert labels(figure.axes[3]) == []


def test_alt_text_has_spans_of_exponents_over_data_sets_and_laws() -> None:
    curves = make_curves(variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,)))
    curves["reference_curve_exponent"].loc["aspirin"] = 2 * EXPONENTS
    weight = np.tile([0.99, 0.95, 0.5, 0.02], (2, 1))
    curves = curves.assign(reference_curve_power_law_weight=(("reference", "curve"), weight))
    text = SPEC.describe(SPEC.select(curves))
    assert "on ethanol, aspirin." in text
    assert "D3 dispersion -12 to -6, falls as a power law (weight of the power law 0.99);" in text
    assert "point charges -2 to -1, falls as neither law alone" in text
    assert "bond order -18 to -9, falls as an exponential (weight of the power law 0.02)." in text
    assert "response" not in text.split("Exponents")[1]


def test_exponents_of_an_earlier_version_come_without_laws() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    assert "bond order -9." in text
    assert "falls" not in text


def test_bounds_of_exponents_are_behind_the_figure() -> None:
    data = SPEC.select(make_curves(ROWS))
    for end, factor in (("", 1.0), ("_low", 0.7), ("_high", 1.4)):
        found = data[f"exponent{end}"].isel(reference=0).to_numpy()
        np.testing.assert_allclose(found[:-1], EXPONENTS / np.sqrt(factor))
        assert np.isnan(found[-1])
    assert data["meet"].attrs["units"] == "angstrom"


def test_a_study_whose_engine_knows_its_response_alone_says_that_there_is_nothing() -> None:
    curves = only_within(make_curves(ROWS), "reference_curve", 0.0)
    assert texts(SPEC.figure(curves).axes[0]) == ["No data set has reference curves."]
    assert SPEC.describe(SPEC.select(curves)) == "No data set has reference curves."
