"""Each trained model is one point at its deviation and stability."""

from collections.abc import Sequence

import numpy as np
import pytest
from figure_data import deviation_of, make_table, survival_of, survival_time_of, variants
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection

from nearsight.figures import FIGURES

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["deviation_vs_survival"]


def points(axis: Axes) -> dict[str, PathCollection]:
    return {one.get_label(): one for one in axis.collections if isinstance(one, PathCollection)}


def of(rows: list[dict[str, object]], architecture: str):
    return [row for row in rows if row["architecture"] == architecture]


def sorted_rows(values: Sequence[Sequence[float]]) -> np.ndarray:
    table = np.array(values, dtype=float)
    return table[np.lexsort(table.T[::-1])]


def test_points_and_colours_are_the_table():
    rows = variants(seed=(0, 1))
    axis = SPEC.figure(make_table(rows)).axes[0]
    for architecture, drawn in points(axis).items():
        found = np.column_stack([drawn.get_offsets(), drawn.get_array()])
        expected = [
            (deviation_of(row), survival_time_of(row), 100 + 5 * row["cutoff"])
            for row in of(rows, architecture)
        ]
        np.testing.assert_allclose(sorted_rows(found), sorted_rows(expected))


def test_error_bars_are_the_intervals():
    rows = variants(architecture=("schnet",), cutoff=(5.0,), depth=(1,))
    axis = SPEC.figure(make_table(rows)).axes[0]
    bars = [one.get_segments()[0] for one in axis.collections if isinstance(one, LineCollection)]
    x, y = deviation_of(rows[0]), survival_time_of(rows[0])
    np.testing.assert_allclose(bars[0], [[0.9 * x, y], [1.2 * x, y]])
    np.testing.assert_allclose(bars[1], [[x, 0.9 * y], [x, 1.2 * y]])


def test_left_out_variants_are_counted_and_absent_ones_are_not():
    rows = variants(depth=(1, 3))
    rows[0].update(status="diverged")
    for k in (5, 7):
        rows[k].update(status="failed")
    table = make_table([row for row in rows if row is not rows[11]])
    figure = SPEC.figure(table)
    assert sum(len(one.get_offsets()) for one in points(figure.axes[0]).values()) == len(rows) - 4
    note = " ".join(legend.get_title().get_text() for legend in figure.legends)
    assert "Left out: 1 diverged, 2 failed." in note


def test_share_of_survivors_where_the_time_is_missing():
    rows = variants()
    table = make_table(rows)
    table["restricted_mean_survival_time"][:] = np.nan
    figure = SPEC.figure(table)
    drawn = points(figure.axes[0])["schnet"].get_offsets()
    expected = [(deviation_of(row), survival_of(row)[-1]) for row in of(rows, "schnet")]
    np.testing.assert_allclose(sorted_rows(drawn), sorted_rows(expected))
    assert figure.get_supylabel() == "share of replicas surviving"


def test_a_panel_per_data_set():
    names = ("aspirin", "ethanol", "uracil")
    figure = SPEC.figure(make_table(variants(datasets=names)))
    titles = [axis.get_title(loc="left") for axis in figure.axes if points(axis)]
    assert titles == list(names)


def test_unknown_force_error_is_drawn_all_the_same():
    rows = variants(cutoff=(5.0,))
    table = make_table(rows)
    table["force_mae"][:] = np.nan
    axis = SPEC.figure(table).axes[0]
    assert sum(len(one.get_offsets()) for one in points(axis).values()) == len(rows)


def test_nothing_to_draw_is_said():
    table = make_table(variants())
    table["response_deviation"][:] = np.nan
    figure = SPEC.figure(table)
    assert "12 without data" in figure.axes[0].texts[0].get_text()
    assert SPEC.describe(SPEC.select(table)).startswith("No variant")


def test_columns_that_all_variants_lack_are_missing_from_the_table():
    names = ["restricted_mean_survival_time", "survival"]
    absent = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    only_share = make_table(variants()).drop_vars(absent[:3])
    assert SPEC.select(only_share).sizes["point"] == 12
    none = make_table(variants()).drop_vars(absent)
    assert SPEC.describe(SPEC.select(none)).endswith("Left out: 12 without data.")


def test_single_model_with_equal_bounds():
    rows = variants(architecture=("painn",), cutoff=(5.0,), depth=(3,))
    table = make_table(rows)
    for end in ("_low", "_high"):
        table[f"response_deviation{end}"][:] = np.nan
    SPEC.figure(table)
    text = SPEC.describe(SPEC.select(table))
    assert f"{deviation_of(rows[0]):.3g} decades" in text
    assert f"{survival_time_of(rows[0]):.3g} ps" in text
    assert "125 meV/Å" in text
