"""With 384 variants on 4 molecules, made by code from a small study, figures can still be read."""

import numpy as np
import pytest
import xarray as xr
from figure_data import FIGURES, make_curves, make_table, variants
from large_study import DATASETS, N_VARIANTS, enlarged
from matplotlib.figure import Figure

from nearsight.aims.stability.association.descriptors import LISTED
from nearsight.figures.colour_bar import HEIGHT

TALLEST = 19.0
"""Inches, of small multiples by data set, family and depth; all that need no multiple are lower."""
PAGE = 11.7
ON_A_PAGE = ("descriptors_vs_survival", "deviation_vs_survival", "deviation_map", "survival_map",
             "survival", "drift", "agreement", "learning_curves")  # fmt: skip
WITH_BARS = ("descriptors_vs_survival", "deviation_vs_survival", "deviation_map", "survival_map",
             "body_order_range")  # fmt: skip
Drawn = dict[str, Figure]


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    rows = variants(cutoff=(3.0, 5.0, 8.0), depth=(1, 3))
    table = make_table(rows)
    table["duration"] = "model", np.full(len(rows), 1.6), {"units": "ps", "long_name": "duration"}
    sources = {"curves": enlarged(make_curves(rows)), "decay_vs_stability": enlarged(table)}
    assert sources["curves"].sizes["model"] == N_VARIANTS * len(DATASETS)
    names = dict.fromkeys((*ON_A_PAGE, *WITH_BARS))
    return {name: FIGURES[name].figure(sources[FIGURES[name].source]) for name in names}


@pytest.mark.parametrize("name", dict.fromkeys((*ON_A_PAGE, *WITH_BARS)))
def test_it_has_an_end(drawn: Drawn, name: str) -> None:
    width, height = drawn[name].get_size_inches()
    assert width == 7.0
    assert height < (PAGE if name in ON_A_PAGE else TALLEST)


@pytest.mark.parametrize("name", WITH_BARS)
def test_colour_bars_are_low(drawn: Drawn, name: str) -> None:
    figure = drawn[name]
    figure.draw_without_rendering()
    (bar,) = [axis for axis in figure.axes if axis.get_label() == "<colorbar>"]
    box = bar.get_position()
    width, height = figure.get_size_inches()
    assert box.height * height == pytest.approx(HEIGHT, abs=0.05)
    assert box.width * width > 2.0


def test_descriptors_are_those_listed_beforehand(drawn: Drawn) -> None:
    figure = drawn["descriptors_vs_survival"]
    panels = [axis for axis in figure.axes if axis.get_xlabel() and axis.collections]
    panels = [axis for axis in panels if axis.get_label() != "<colorbar>"]
    assert len(panels) == len(LISTED) * len(DATASETS)
    note = " ".join(figure.legends[-1].get_title().get_text().split())
    assert "only descriptors that were listed beforehand are drawn" in note


def test_no_smear_at_the_top(drawn: Drawn) -> None:
    """Points lie below the line of those that hold to the end; these are ticks above it."""
    for axis in drawn["descriptors_vs_survival"].axes:
        shown = {one.get_label(): one.get_offsets() for one in axis.collections}
        for label, offsets in shown.items():
            heights = np.asarray(offsets)[:, 1] if len(offsets) else np.zeros(0)
            if str(label).startswith("mean of"):
                assert (heights < 1.6).all()
            elif str(label).startswith("all survive"):
                assert np.allclose(heights, 1.6 * 1.07)


def test_the_large_study_is_the_small_one_disturbed() -> None:
    small = make_table(variants(cutoff=(3.0, 5.0, 8.0), depth=(1, 3)))
    large = enlarged(small)
    same = large.isel(model=np.flatnonzero((large["cutoff"] == 5.0) & (large["depth"] == 3)
                                           & (large["family"] == "painn")))  # fmt: skip
    row = small.isel(model=np.flatnonzero((small["cutoff"] == 5.0) & (small["depth"] == 3)
                                          & (small["family"] == "painn")))  # fmt: skip
    ratio = same["force_mae"].to_numpy() / float(row["force_mae"][0])
    assert 0.9 < np.exp(np.log(ratio).mean()) < 1.1
    assert len(np.unique(large["model"])) == large.sizes["model"]
    xr.testing.assert_identical(large, enlarged(small))
