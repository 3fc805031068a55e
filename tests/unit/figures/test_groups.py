"""Averages over seeds, and the choice of what is shown."""

import numpy as np
import pytest
from figure_data import DISTANCE, decay, errors_of, exponent, make_curves, survival_of, variants

from nearsight.figures.groups import group_seeds
from nearsight.figures.shown import drawn, left_out, mark_shown, note, spread_out

pytestmark = pytest.mark.filterwarnings("error")


def test_one_seed_keeps_value_and_interval():
    rows = variants(cutoff=(8.0,), depth=(1,), family=("schnet",))
    data = group_seeds(make_curves(rows), "relevance", geometric=True)
    expected = decay(rows[0], exponent(rows[0]), 8.0)
    np.testing.assert_allclose(data["relevance"].to_numpy()[0], expected)
    np.testing.assert_allclose(data["relevance_low"].to_numpy()[0], 0.8 * expected)
    np.testing.assert_allclose(data["relevance_high"].to_numpy()[0], 1.25 * expected)


def test_seeds_become_geometric_mean_and_range():
    rows = variants(cutoff=(8.0,), depth=(1,), family=("schnet",), seed=(0, 1, 3))
    data = group_seeds(make_curves(rows), "relevance", geometric=True)
    one = decay(rows[0], exponent(rows[0]), 8.0)
    assert data["n_seeds"].item() == 3
    np.testing.assert_allclose(data["relevance"].to_numpy()[0], one * (1 * 2 * 4) ** (1 / 3))
    np.testing.assert_allclose(data["relevance_low"].to_numpy()[0], one)
    np.testing.assert_allclose(data["relevance_high"].to_numpy()[0], 4 * one)


def test_seeds_become_arithmetic_mean():
    rows = variants(cutoff=(5.0,), depth=(3,), family=("painn",), seed=(0, 4))
    data = group_seeds(make_curves(rows), "survival")
    expected = (survival_of(rows[0]) + survival_of(rows[1])) / 2
    np.testing.assert_allclose(data["survival"].to_numpy()[0], expected)
    np.testing.assert_allclose(data["survival_low"].to_numpy()[0], survival_of(rows[1]))


def test_average_ends_where_the_first_seed_ends():
    rows = variants(cutoff=(5.0,), depth=(3,), family=("painn",), seed=(0, 1))
    curves = make_curves(rows)
    curves["validation_force_mae"][1, 7:] = np.nan
    data = group_seeds(curves, "validation_force_mae", geometric=True)
    values = data["validation_force_mae"].to_numpy()[0]
    assert np.isnan(values[7:]).all()
    expected = np.sqrt(errors_of(rows[0], 12) * errors_of(rows[1], 12))[:7]
    np.testing.assert_allclose(values[:7], expected)


def test_every_axis_but_the_seed_separates_groups():
    rows = variants(
        datasets=("a", "b"),
        features=(32, 64),
        n_train=(100, 400),
        radial_basis=("gaussian", "bessel"),
    )
    data = group_seeds(make_curves(rows), "response")
    assert data.sizes["group"] == len(rows)
    assert (data["n_seeds"] == 1).all()


def test_left_out_variants_are_counted():
    rows = variants()
    rows[0].update(status="diverged")
    rows[1].update(status="failed")
    rows[2].update(status="failed")
    curves = make_curves(rows)
    curves["relevance"][5] = np.nan
    data = group_seeds(curves, "relevance")
    assert data.sizes["group"] == len(rows) - 4
    assert left_out(data) == "Left out: 1 diverged, 2 failed, 1 without data."
    assert data.attrs["n_variants"] == len(rows) - 4


def test_nothing_left_out_says_nothing():
    assert left_out(group_seeds(make_curves(variants()), "relevance")) == ""


@pytest.mark.parametrize(
    ("most", "expected"), [(1, [6]), (2, [1, 6]), (3, [1, 3, 6]), (6, [1, 2, 3, 4, 5, 6])]
)
def test_spread_out_keeps_both_ends(most: int, expected: list[int]):
    found = spread_out(np.arange(1, 7), most).tolist()
    assert len(found) == len(expected)
    assert (found[0], found[-1]) == (expected[0], expected[-1])


def test_shown_is_one_slice_of_the_study():
    rows = variants(
        depth=(1, 2, 3, 4, 5, 6),
        features=(32, 64),
        n_train=(100, 400),
        radial_basis=("gaussian", "bessel"),
    )
    data = mark_shown(group_seeds(make_curves(rows), "survival"), max_depths=2)
    kept = drawn(data)
    assert set(kept["depth"].to_numpy()) == {1, 6}
    assert set(kept["features"].to_numpy()) == {64}
    assert set(kept["n_train"].to_numpy()) == {400}
    assert set(kept["radial_basis"].to_numpy()) == {"gaussian"}
    text = note(data, "interval")
    assert "T = 1, 6 of 1, 2, 3, 4, 5, 6" in text
    assert "F = 64 of 32, 64" in text
    assert "basis = gaussian of bessel, gaussian" in text


def test_of_many_cutoffs_an_even_choice_is_shown_and_said():
    rows = variants(cutoff=(3.0, 4.0, 5.0, 6.5, 8.0, 10.0))
    data = mark_shown(group_seeds(make_curves(rows), "survival"), max_depths=2, max_cutoffs=3)
    assert set(drawn(data)["cutoff"].to_numpy()) == {3.0, 5.0, 10.0}
    assert "Shown: cutoff (Å) = 3, 5, 10 of 3, 4, 5, 6.5, 8, 10." in note(data, "interval")


def test_note_tells_what_the_bands_are():
    one = mark_shown(group_seeds(make_curves(variants()), "survival"), max_depths=3)
    assert note(one, "interval over replicas") == "Bands: interval over replicas."
    rows = variants(seed=(0, 1))
    several = mark_shown(group_seeds(make_curves(rows), "survival"), max_depths=3)
    assert note(several, "interval") == "Mean over 2 seeds; bands: range over seeds."
    rows[0].update(status="diverged")
    mixed = mark_shown(group_seeds(make_curves(rows), "survival"), max_depths=3)
    assert "1 to 2 seeds" in note(mixed, "interval")
    assert "interval where there is one seed" in note(mixed, "interval")


def test_empty_study_has_no_groups():
    curves = make_curves(variants())
    curves["relevance"][:] = np.nan
    data = mark_shown(group_seeds(curves, "relevance", beside=["relevance_count"]), max_depths=3)
    assert data["relevance"].shape == (0, len(DISTANCE))
    assert data["shown"].shape == (0,)
