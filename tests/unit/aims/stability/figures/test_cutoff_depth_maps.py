"""Maps of deviation and survival over cutoff and depth: fields, numbers, colours, words."""

import numpy as np
import pytest
from figure_data import FIGURES, make_table, signed_of, survival_time_of, variants
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reading_figures import notes, titles

from nearsight.aims.stability.figures.maps import DEVIATION_MAP, MOST_NUMBERS, NONE_FIELD
from nearsight.collect.models import WHY

DEVIATION, SURVIVAL = FIGURES["deviation_map"], FIGURES["survival_map"]
ROWS = variants(datasets=("ethanol", "aspirin"), depth=(1, 2, 3))


def panels(figure: Figure) -> list[Axes]:
    return [axis for axis in figure.axes if axis.get_title(loc="left")]


def fields(axis: Axes) -> np.ndarray:
    """(depth, cutoff) values of the fields of a panel."""
    (mesh,) = axis.collections
    shape = len(axis.get_yticks()), len(axis.get_xticks())
    return np.ma.filled(mesh.get_array(), np.nan).reshape(shape)


@pytest.fixture(scope="module")
def figure() -> Figure:
    return DEVIATION.figure(make_table(ROWS))


def test_a_panel_for_each_data_set_and_family(figure: Figure) -> None:
    assert titles(figure) == [
        "ethanol, SchNet", "ethanol, PaiNN", "aspirin, SchNet", "aspirin, PaiNN",
    ]  # fmt: skip


def test_every_field_is_its_setting(figure: Figure) -> None:
    expected = [
        [signed_of({"cutoff": cutoff, "depth": depth, "seed": 0}) for cutoff in (3.0, 5.0, 8.0)]
        for depth in (1, 2, 3)
    ]
    for axis in panels(figure):
        np.testing.assert_allclose(fields(axis), expected)
        assert sorted(text.get_text() for text in axis.texts) == sorted(
            f"{value:.2f}" for row in expected for value in row
        )


def test_axes_name_cutoffs_and_depths(figure: Figure) -> None:
    lowest = panels(figure)[2]
    assert [label.get_text() for label in lowest.get_xticklabels()] == ["3", "5", "8"]
    assert [label.get_text() for label in lowest.get_yticklabels()] == ["1", "2", "3"]
    assert lowest.get_xlabel() == "cutoff (Å)"
    assert figure.get_supylabel() == "depth T"


def test_zero_is_the_middle_of_the_colours_of_deviation(figure: Figure) -> None:
    (mesh,) = panels(figure)[0].collections
    assert mesh.norm.vmin == -mesh.norm.vmax
    assert mesh.norm(0.0) == pytest.approx(0.5)


def test_survival_goes_from_its_smallest_to_its_largest() -> None:
    figure = SURVIVAL.figure(make_table(ROWS))
    (mesh,) = panels(figure)[0].collections
    values = [survival_time_of(row) for row in ROWS]
    assert (mesh.norm.vmin, mesh.norm.vmax) == pytest.approx((min(values), max(values)))


def test_seeds_are_averaged_and_said() -> None:
    rows = variants(family=("schnet",), seed=(0, 1, 2), depth=(1,))
    figure = DEVIATION.figure(make_table(rows))
    middle = [signed_of({"cutoff": c, "depth": 1, "seed": 1}) for c in (3.0, 5.0, 8.0)]
    np.testing.assert_allclose(fields(panels(figure)[0])[0], middle)
    assert "Mean over 3 seeds." in notes(figure)


def test_what_was_not_trained_is_grey_and_without_a_number() -> None:
    rows = [row for row in ROWS if not (row["cutoff"] == 5.0 and row["depth"] == 2)]
    axis = panels(DEVIATION.figure(make_table(rows)))[0]
    assert np.isnan(fields(axis)[1, 1])
    assert np.isfinite(fields(axis)).sum() == 8
    assert len(axis.texts) == 8
    assert axis.get_facecolor()[0] == pytest.approx(float(NONE_FIELD))


def test_many_cutoffs_have_fields_without_numbers() -> None:
    rows = variants(cutoff=tuple(2.0 + k for k in range(MOST_NUMBERS + 1)), family=("schnet",))
    axis = panels(DEVIATION.figure(make_table(rows)))[0]
    assert not axis.texts
    assert fields(axis).shape == (2, MOST_NUMBERS + 1)


def test_a_family_without_cutoff_stands_behind_the_longest() -> None:
    table = make_table(variants(family=("schnet", "new"), cutoff=(3.0, 8.0), depth=(1,)))
    new = (table["family"] == "new").to_numpy()
    table = table.isel(model=np.flatnonzero(~new | (table["cutoff"] == 8.0).to_numpy()))
    new = (table["family"] == "new").to_numpy()
    table = table.assign_coords(cutoff=("model", np.where(new, np.nan, table["cutoff"])))
    axes = panels(DEVIATION.figure(table))
    labels = [label.get_text() for label in axes[0].get_xticklabels()]
    assert labels == ["3", "8", "none\nknown"]
    assert np.isfinite(fields(axes[1])).tolist() == [[False, False, True]]


def test_the_alt_text_says_where_the_ends_are() -> None:
    said = DEVIATION.describe(DEVIATION.select(make_table(ROWS)))
    low = signed_of({"cutoff": 3.0, "depth": 3, "seed": 0})
    assert f"ethanol, SchNet: lowest {low:.3g} at 3 Å, T = 3, highest" in said
    assert "36 settings" in said


def test_a_table_without_the_number_says_so_and_why() -> None:
    table = make_table(ROWS).drop_vars("response_deviation_signed")
    said = DEVIATION.describe(DEVIATION.select(table))
    assert said.startswith("No variant has this: deviation of the response")
    assert "36 without data" in said
    table = make_table(ROWS)
    table["response_deviation_signed"][:4] = np.nan
    table["response_deviation_signed"].attrs[WHY] = "response_reason"
    reasons = ["no reference at so many electrons"] * 4 + [""] * 32
    table["response_reason"] = "model", np.array(reasons), {"units": "", "long_name": "why"}
    text = notes(DEVIATION.figure(table))
    assert "Left out: 4 without data (no reference at so many electrons)." in " ".join(text.split())


def test_one_value_alone_has_a_scale() -> None:
    scale = DEVIATION_MAP.scale(np.zeros(1))
    assert scale.vmin < 0 < scale.vmax
    one = make_table(variants(family=("schnet",), cutoff=(5.0,), depth=(1,)))
    assert "SchNet: " in SURVIVAL.describe(SURVIVAL.select(one))
    SURVIVAL.figure(one).draw_without_rendering()
