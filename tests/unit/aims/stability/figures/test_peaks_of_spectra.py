"""Vibrational densities of states: lines, bands, places of the highest peaks."""

import numpy as np
import pytest
from figure_data import FIGURES, WAVENUMBER, make_curves, spectrum_of, variants
from matplotlib.figure import Figure
from reading_figures import (
    band_at,
    failed,
    labels,
    legend,
    line,
    notes,
    panel,
    same_color,
    texts,
    title,
    without_reference,
    xy,
)

from nearsight.figures import style

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["spectrum"]
ROWS = variants(cutoff=(3.0, 8.0), depth=(2, 3))
PEAK = int(np.argmax(spectrum_of(0)))


@pytest.fixture(scope="module")
def figure() -> Figure:
    return SPEC.figure(make_curves(ROWS))


def with_peaks(at: dict[int, float]) -> object:
    """Curves whose models named by place have their highest peak at a wavenumber."""
    curves = make_curves(ROWS)
    for k, wavenumber in at.items():
        curves["spectrum"][k] = np.exp(-(((WAVENUMBER - wavenumber) / 50) ** 2))
    return curves


@pytest.mark.parametrize("cutoff", [3.0, 8.0])
@pytest.mark.parametrize("family", ["SchNet", "PaiNN"])
def test_lines_are_the_spectra_coloured_by_cutoff(
    figure: Figure, family: str, cutoff: float
) -> None:
    for depth in (2, 3):
        one = line(panel(figure, family), f"{cutoff:g} Å, T = {depth}")
        np.testing.assert_allclose(one.get_xdata(), WAVENUMBER)
        np.testing.assert_allclose(one.get_ydata(), spectrum_of(10 * cutoff))
        assert same_color(one.get_color(), style.cutoff_color(cutoff))
        assert (one.get_linestyle() == "-") == (depth == 3)


def test_bands_are_the_intervals(figure: Figure) -> None:
    axis = panel(figure, "SchNet")
    x, value = WAVENUMBER[PEAK], spectrum_of(0)[PEAK]
    np.testing.assert_allclose(band_at(axis, 0, x), [0.7 * value, 1.4 * value])
    own = [row for row in ROWS if row["family"] == "schnet"]
    for k, row in enumerate(own, start=1):
        here = spectrum_of(10 * row["cutoff"])[PEAK]
        np.testing.assert_allclose(band_at(axis, k, x), [0.8 * here, 1.25 * here])


def test_axes_begin_at_zero_and_end_beyond_stretches_of_hydroxyl(figure: Figure) -> None:
    for axis in figure.axes:
        assert axis.get_xlim() == (0, 4000)
        assert axis.get_ylim()[0] == 0
        assert axis.get_ylim()[1] >= spectrum_of(30).max()
        assert axis.get_xlabel() == "wavenumber (cm⁻¹)"
    assert figure.get_supylabel() == "density of states (cm)"
    assert title(figure) == "Vibrational density of states: ethanol"


def test_legend_and_note(figure: Figure) -> None:
    assert legend(figure) == {
        "Reference": ["engine", "its interval"],
        "Cutoff": ["3 Å", "8 Å"],
        "Depth": ["T = 2", "T = 3"],
    }
    assert notes(figure).strip() == "Bands: bootstrap interval over replicas."


def test_alt_text_has_the_lowest_and_the_highest_of_the_peaks() -> None:
    curves = with_peaks(dict.fromkeys(range(len(ROWS)), 3003.0) | {2: 1650.0, 5: 3300.0})
    text = SPEC.describe(SPEC.select(curves))
    assert "8 curves" in text
    assert "The highest peak is at 1650 to 3300 cm⁻¹." in text
    assert f"reference engine is at {WAVENUMBER[PEAK]:.0f} cm⁻¹." in text


def test_peaks_at_one_place_are_one_number() -> None:
    curves = with_peaks(dict.fromkeys(range(len(ROWS)), 1650.0))
    assert "The highest peak is at 1650 cm⁻¹." in SPEC.describe(SPEC.select(curves))


def test_a_gap_in_a_spectrum_hides_no_peak() -> None:
    curves = with_peaks(dict.fromkeys(range(len(ROWS)), 1650.0))
    curves["spectrum"][0, :5] = np.nan
    assert "The highest peak is at 1650 cm⁻¹." in SPEC.describe(SPEC.select(curves))


def test_of_two_references_one_may_lack_its_spectrum() -> None:
    rows = variants(datasets=("ethanol", "aspirin"), cutoff=(5.0,), depth=(1,))
    curves = make_curves(rows)
    for end in ("", "_low", "_high"):
        curves[f"reference_spectrum{end}"].loc["ethanol"] = np.nan
    figure = SPEC.figure(curves)
    assert "reference" in labels(panel(figure, "aspirin, SchNet"))
    assert "reference" not in labels(panel(figure, "ethanol, SchNet"))
    assert legend(figure)["Reference"] == ["engine", "its interval"]
    text = SPEC.describe(SPEC.select(curves))
    assert f"reference engine is at {WAVENUMBER[PEAK]:.0f} cm⁻¹." in text


def test_without_an_engine_that_is_said() -> None:
    curves = without_reference(make_curves(ROWS))
    assert "Reference" not in legend(SPEC.figure(curves))
    assert "There is no reference." in SPEC.describe(SPEC.select(curves))


def test_means_over_seeds_are_of_the_densities_themselves() -> None:
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,), seed=(0, 1))
    curves = make_curves(rows)
    curves["spectrum"][1] = 3 * curves["spectrum"][1]
    axis = panel(SPEC.figure(curves), "SchNet")
    np.testing.assert_allclose(xy(axis, "5 Å, T = 1")[1], 2 * spectrum_of(50))
    value = spectrum_of(50)[PEAK]
    np.testing.assert_allclose(band_at(axis, 1, WAVENUMBER[PEAK]), [value, 3 * value])


def test_no_spectrum_at_all_is_said_with_the_reason() -> None:
    curves = failed(ROWS)
    said = "No variant has a spectrum. Left out: 8 failed."
    assert texts(SPEC.figure(curves).axes[0]) == [said]
    assert SPEC.describe(SPEC.select(curves)) == said
