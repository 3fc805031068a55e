"""Panels of heat: bands, looks, limits, legends, and the numbers in words."""

import numpy as np
import pytest
from artists import band, legend, line, lines, note, panel, titles, words, x_of, y_of
from figure_data import (
    BLOCK_TIME,
    FIGURES,
    energy_of,
    make_curves,
    running_of,
    temperature_of,
    variants,
)
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nearsight.aims.stability.figures.heating import PALE, PALE_MEANS
from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["heating"]
ROWS = variants(cutoff=(3.0, 8.0))
BOUNDS = ("", "_low", "_high")
NAN = float("nan")


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def test_bands_are_the_intervals_where_half_of_the_replicas_run(figure: Figure) -> None:
    rows = [row for row in ROWS if row["family"] == "schnet"]
    for axis, value_of in zip(figure.axes[::2], (temperature_of, energy_of), strict=True):
        _, *bands = axis.collections
        for one, row in zip(bands, rows, strict=True):
            many = running_of(row) >= 4
            edges = np.sort([0.8 * value_of(row), 1.25 * value_of(row)], axis=0)
            for found, expected in zip(band(one, BLOCK_TIME), edges, strict=True):
                np.testing.assert_allclose(found, np.where(many, expected, NAN), atol=1e-9)


def test_colour_is_the_cutoff_and_line_style_the_depth(figure: Figure) -> None:
    axis = figure.axes[0]
    styles = {}
    for row in ROWS[:4]:
        one = line(axis, f"{row['cutoff']:g} Å, T = {row['depth']}")
        assert to_hex(one.get_color()) == to_hex(style.cutoff_color(row["cutoff"]))
        assert one.get_alpha() == PALE
        styles.setdefault(row["depth"], set()).add(one.get_linestyle())
    assert styles == {1: {"--"}, 3: {"-"}}
    assert all(one.get_alpha() is None for one in lines(axis, "_most"))


def test_titles_stand_above_and_units_at_the_left(figure: Figure) -> None:
    assert titles(figure) == ["SchNet", "PaiNN"]
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert labels == ["temperature (K)", "", "potential\nenergy (eV)", ""]
    assert [axis.get_xlabel() for axis in figure.axes] == ["", "", "time (ps)", "time (ps)"]
    assert figure.get_suptitle() == "Temperature and potential energy over time: ethanol"


def test_panels_of_a_row_have_one_height_and_rows_their_own(figure: Figure) -> None:
    hot, also_hot, energy, also_energy = (axis.get_ylim() for axis in figure.axes)
    assert hot == also_hot
    assert energy == also_energy
    assert hot != energy
    assert hot[1] > max(1.25 * temperature_of(row)[2] for row in ROWS)
    assert {axis.get_xlim() for axis in figure.axes} == {(0, BLOCK_TIME[-1])}


def test_one_block_has_an_axis_of_a_picosecond() -> None:
    figure = SPEC.figure(make_curves(variants(depth=(1,))).isel(block_time=[1]))
    start = BLOCK_TIME[1]
    assert figure.axes[0].get_xlim() == pytest.approx((start, start + 1))


def test_the_legend_has_reference_cutoffs_and_depths(figure: Figure) -> None:
    assert legend(figure) == [
        "Reference", "engine", "its interval", "Cutoff", "3 Å", "8 Å", "Depth", "T = 1", "T = 3",
    ]  # fmt: skip


def test_the_note_says_what_is_pale(figure: Figure) -> None:
    assert note(figure) == (
        f"Means over the replicas that still run. {PALE_MEANS} "
        "Bands: Student's interval over replicas."
    )


def test_alt_text_has_start_end_energy_and_who_is_left() -> None:
    text = SPEC.describe(SPEC.select(make_curves(ROWS)))
    last = [3 if row["cutoff"] < 4 else 2 for row in ROWS]
    ends = [temperature_of(row)[k] for row, k in zip(ROWS, last, strict=True)]
    energies = [energy_of(row)[k] for row, k in zip(ROWS, last, strict=True)]
    assert "over 1.5 ps, 8 curves each: SchNet and PaiNN" in text
    assert f"From 500 K at the start they go to {min(ends):.3g} to {max(ends):.3g} K" in text
    assert f"changes by {min(energies):.3g} to {max(energies):.3g} eV" in text
    assert "In 4 of 8 fewer than half of the replicas run to the end." in text
    mean = np.mean(500 + 2 * BLOCK_TIME)
    assert f"The reference engine's runs are at {mean:.3g} K on average." in text


@pytest.mark.parametrize("how", ["unknown", "absent"])
def test_without_a_reference_there_is_neither_line_nor_entry(how: str) -> None:
    curves = make_curves(variants(depth=(1,)))
    names = [f"reference_block_{what}{end}" for end in BOUNDS
             for what in ("temperature", "potential_energy_change")]  # fmt: skip
    for name in names:
        curves[name][:] = NAN
    curves = curves.drop_vars(names) if how == "absent" else curves
    figure = SPEC.figure(curves)
    assert not any(lines(axis, "reference") for axis in figure.axes)
    assert "Reference" not in legend(figure)
    assert "There is no reference." in SPEC.describe(SPEC.select(curves))


def test_the_reference_is_that_of_the_data_set() -> None:
    curves = make_curves(variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,)))
    for end in BOUNDS:
        curves[f"reference_block_temperature{end}"].loc["aspirin"] = NAN
    figure = SPEC.figure(curves)
    assert lines(panel(figure, "ethanol, SchNet"), "reference")
    assert not lines(panel(figure, "aspirin, SchNet"), "reference")
    below = figure.axes[figure.axes.index(panel(figure, "aspirin, SchNet")) + 2]
    np.testing.assert_allclose(y_of(line(below, "reference")), -0.01 * BLOCK_TIME)
    np.testing.assert_allclose(x_of(line(below, "reference")), BLOCK_TIME)


def test_where_most_replicas_end_at_once_no_last_temperature_is_known() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,)))
    curves["n_running"][:] = 1.0
    axis = SPEC.figure(curves).axes[0]
    assert np.isnan(y_of(line(axis, "_most"))).all()
    text = SPEC.describe(SPEC.select(curves))
    assert "they go to unknown where" in text
    assert "In 1 of 1 fewer than half" in text


def test_exactly_half_is_not_pale() -> None:
    curves = make_curves(variants(family=("schnet",), cutoff=(5.0,), depth=(1,)))
    curves["n_running"][:] = curves["n_replicas"] / 2
    assert np.isfinite(y_of(line(SPEC.figure(curves).axes[0], "_most"))).all()


def test_a_family_that_a_data_set_lacks_is_told_in_both_panels() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    rows = [row for row in rows if (row["dataset"], row["family"]) != ("aspirin", "painn")]
    figure = SPEC.figure(make_curves(rows))
    empty = panel(figure, "aspirin, PaiNN")
    assert words(empty) == ["no data"]
    assert not lines(empty, "_most")
    assert sum(words(axis) == ["no data"] for axis in figure.axes) == 2
