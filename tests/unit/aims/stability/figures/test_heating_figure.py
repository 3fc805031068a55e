"""The figure of heat: what runs is drawn, what few replicas tell is pale, nothing is invented."""

import numpy as np
import pytest
from figure_data import (
    BLOCK_TIME,
    FIGURES,
    energy_of,
    make_curves,
    reference_values,
    running_of,
    temperature_of,
    variants,
)
from matplotlib.axes import Axes

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["heating"]


def lines(axis: Axes, label: str) -> list[np.ndarray]:
    return [np.asarray(one.get_ydata()) for one in axis.lines if one.get_label() == label]


def test_temperature_stands_above_energy_with_the_reference_in_both():
    rows = variants(depth=(1,))
    figure = SPEC.figure(make_curves(rows))
    above, _, below, _ = figure.axes
    row = next(r for r in rows if r["family"] == "schnet" and r["cutoff"] == 5.0)
    np.testing.assert_allclose(lines(above, "5 Å, T = 1")[0], temperature_of(row))
    np.testing.assert_allclose(lines(below, "5 Å, T = 1")[0], energy_of(row))
    np.testing.assert_allclose(lines(above, "5 Å, T = 1")[0][0], 500)
    for axis, name in ((above, "block_temperature"), (below, "block_potential_energy_change")):
        np.testing.assert_allclose(lines(axis, "reference")[0], reference_values()[name][1])
    assert above.get_ylim() == figure.axes[1].get_ylim()


def test_what_few_replicas_tell_is_pale():
    rows = variants(family=("schnet",), cutoff=(3.0, 8.0), depth=(1,))
    axis = SPEC.figure(make_curves(rows)).axes[0]
    for most, row in zip(lines(axis, "_most"), rows, strict=True):
        many = running_of(row) >= 4
        np.testing.assert_array_equal(np.isfinite(most), many)
        np.testing.assert_allclose(most[many], temperature_of(row)[many])


def test_seeds_are_averaged_and_the_words_say_what_is_left():
    rows = variants(family=("painn",), cutoff=(8.0,), depth=(1,), seed=(0, 4))
    behind = SPEC.select(make_curves(rows))
    np.testing.assert_allclose(
        behind["block_temperature"][0], np.mean([temperature_of(row) for row in rows], axis=0)
    )
    np.testing.assert_allclose(behind["block_temperature_high"][0], temperature_of(rows[1]))
    text = SPEC.describe(behind)
    # The last block but one is the last at which half of the replicas run.
    assert f"go to {500 + BLOCK_TIME[2] * 87:.3g} K" in text
    assert "In 1 of 1 fewer than half" in text


def test_curves_of_an_earlier_version_have_no_heat():
    curves = make_curves(variants())
    old = curves.drop_dims("block_time").drop_vars("n_replicas")
    behind = SPEC.select(old)
    assert SPEC.describe(behind).startswith("No variant has dynamics with temperatures")
    SPEC.draw(behind)


def test_energies_stand_with_the_networks_that_they_are_of():
    """Another network lacks its energies than lacks its temperatures: nothing changes places."""
    rows = variants(family=("schnet",), cutoff=(3.0, 5.0, 8.0), depth=(1,))
    curves = make_curves(rows)
    for name, k in (("block_temperature", 0), ("block_potential_energy_change", 2)):
        for end in ("", "_low", "_high"):
            curves[f"{name}{end}"][k] = np.nan
    data = SPEC.select(curves)
    assert data["cutoff"].to_numpy().tolist() == [5.0, 8.0]
    np.testing.assert_allclose(data["block_temperature"][0], temperature_of(rows[1]))
    np.testing.assert_allclose(data["block_potential_energy_change"][0], energy_of(rows[1]))
    assert np.isnan(data["block_potential_energy_change"][1]).all()
