"""Agreement of relevance and response over variants, with its controls."""

import numpy as np
import pytest
from figure_data import FIGURES, descriptors_of, make_table, variants

from nearsight.aims.stability.figures.agreement import COLORS

pytestmark = pytest.mark.filterwarnings("error")
SPEC = FIGURES["agreement"]


def test_lines_are_the_columns_of_the_deepest_networks():
    rows = variants(family=("schnet",), depth=(1, 3))
    (axis,) = SPEC.figure(make_table(rows)).axes
    lines = {str(line.get_label()): line for line in axis.lines}
    deepest = [row for row in rows if row["depth"] == 3]
    for name in COLORS:
        expected = [descriptors_of(row)[name] for row in deepest]
        np.testing.assert_allclose(lines[name].get_ydata(), expected)
        away = np.asarray(lines[name].get_xdata()) - [row["cutoff"] for row in deepest]
        assert np.abs(away).max() < 0.5


def test_families_stand_as_in_figures_of_curves():
    rows = variants(family=("new", "painn", "schnet"), cutoff=(5.0,), depth=(1,))
    axes = SPEC.figure(make_table(rows)).axes
    assert [axis.get_title(loc="left") for axis in axes] == ["SchNet", "PaiNN", "new"]


def test_bars_are_the_intervals():
    rows = variants(family=("painn",), cutoff=(5.0,), depth=(1,))
    (axis,) = SPEC.figure(make_table(rows)).axes
    value = descriptors_of(rows[0])["faithfulness"]
    at = list(COLORS).index("faithfulness")
    (bar,) = axis.collections[at].get_segments()
    np.testing.assert_allclose(bar[:, 1], [0.9 * value, 1.2 * value])


def test_seeds_are_averaged_as_in_curves():
    rows = variants(family=("schnet",), cutoff=(5.0,), depth=(1,), seed=(0, 4))
    data = SPEC.select(make_table(rows)).isel(group=0)
    one = data.sel(kind="randomised_agreement")
    both = [descriptors_of(row)["randomised_agreement"] for row in rows]
    assert int(data["n_seeds"]) == 2
    np.testing.assert_allclose(one["agreement"], np.mean(both))
    np.testing.assert_allclose([one["agreement_low"], one["agreement_high"]], sorted(both))


def test_left_out_variants_are_counted_and_absent_ones_are_not():
    rows = variants(depth=(1,))
    rows[0].update(status="diverged")
    rows[1].update(status="failed")
    text = SPEC.describe(SPEC.select(make_table(rows[:-1])))
    assert text.endswith("Left out: 1 diverged, 1 failed.")


def test_a_table_of_an_earlier_version():
    table = make_table(variants())
    old = table.drop_vars([name for name in table if str(name).startswith(("faith", "random"))])
    assert SPEC.describe(SPEC.select(old)).startswith("No variant has agreement")
    assert "12 without data" in SPEC.figure(old).axes[0].texts[0].get_text()


def test_kinds_that_are_missing_are_not_in_the_legend():
    table = make_table(variants())
    table["randomised_agreement"][:] = np.nan
    texts = [text.get_text() for text in SPEC.figure(table).legends[0].get_texts()]
    assert "Random weights" not in texts
    assert "At equal distance" in texts


def test_groups_keep_the_axes_of_the_study_and_their_units():
    rows = variants(cutoff=(3.0, 8.0), depth=(1,))
    data = SPEC.select(make_table(rows))
    assert data.sizes["group"] == len(rows)
    assert data["cutoff"].to_numpy().tolist() == [row["cutoff"] for row in rows]
    assert data["cutoff"].attrs["units"] == "angstrom"
