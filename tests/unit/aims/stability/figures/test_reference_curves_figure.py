"""Decays of physics, each over its own value where they meet."""

import numpy as np
import pytest
from figure_data import DISTANCE, FIGURES, PHYSICS, make_curves, physics, reference_values, variants

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["reference_curves"]
AT = int(np.argmin(np.abs(DISTANCE - 5)))


def test_curves_are_relative_to_where_they_meet():
    (axis,) = SPEC.figure(make_curves(variants(depth=(1,)))).axes
    lines = {str(line.get_label()): line for line in axis.lines}
    for name, values in zip(PHYSICS, physics(), strict=True):
        np.testing.assert_allclose(lines[name].get_ydata(), values / values[AT])
        np.testing.assert_allclose(lines[name].get_xdata(), DISTANCE)
    response = reference_values()["response"][1]
    np.testing.assert_allclose(lines["response of the engine"].get_ydata(), response / response[AT])


def test_slopes_pass_through_the_point():
    (axis,) = SPEC.figure(make_curves(variants(depth=(1,)))).axes
    x, y = next(line.get_data() for line in axis.lines if line.get_label() == "r⁻⁶")
    assert (x[0], y[0]) == (DISTANCE[AT], 1.0)
    np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), -6)


def test_alt_text_has_the_exponents():
    text = SPEC.describe(SPEC.select(make_curves(variants(depth=(1,)))))
    assert "D3 dispersion -6; D4 dispersion -6.2; point charges -1" in text
    assert "4.75 Å" in text


def test_small_molecules_meet_nearer():
    curves = make_curves(variants(depth=(1,)))
    for end in ("", "_low", "_high"):
        for name in ("reference_curve", "reference_response"):
            curves[f"{name}{end}"] = curves[f"{name}{end}"].where(curves["distance"] < 4)
    data = SPEC.select(curves)
    assert data["meet"].item() == 3.75
    np.testing.assert_allclose(data["relative"].sel(distance=3.75), 1)


def test_a_panel_per_data_set_and_one_without_data():
    curves = make_curves(variants(datasets=("ethanol", "aspirin", "uracil"), depth=(1,)))
    for end in ("", "_low", "_high"):
        for name in ("reference_curve", "reference_response"):
            curves[f"{name}{end}"].loc["aspirin"] = np.nan
    axes = SPEC.figure(curves).axes
    assert [axis.get_title(loc="left") for axis in axes[:3]] == ["ethanol", "aspirin", "uracil"]
    assert [text.get_text() for text in axes[1].texts] == ["no data"]


def test_curves_of_an_earlier_version_without_physics():
    curves = make_curves(variants(depth=(1,)))
    gone = [name for name in curves if str(name).startswith("reference_curve")]
    old = curves.drop_vars([*gone, "curve"])
    assert SPEC.describe(SPEC.select(old)) == "No data set has reference curves."
    assert "No data set" in SPEC.figure(old).axes[0].texts[0].get_text()
