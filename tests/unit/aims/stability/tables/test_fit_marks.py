"""Marks of fits in the curves: where they were made, what they support, slopes bin by bin."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from law_tables import EDGES, MISSING, SETTINGS, case, relevance, response

from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.fit_marks import decay_curves
from nearsight.storage import check_described

CASES = [
    case(9.0, relevance=relevance(-4.0), response=response(-5.0), reference=response(-6.0)),
    case(5.0, response=response(-6.0), reference=response(-6.0)),
    case(5.0, "aspirin", relevance=relevance(-4.0)),
]
CENTRE = (EDGES[1:] + EDGES[:-1]) / 2


@pytest.fixture(scope="module")
def marks() -> xr.Dataset:
    edges, analyses = analyse_all(CASES, SETTINGS)
    np.testing.assert_array_equal(edges, EDGES)
    return xr.Dataset(decay_curves(CASES, analyses, edges, SETTINGS))


def test_all_is_described_and_along_models_or_references(marks: xr.Dataset) -> None:
    check_described(marks)
    assert marks.sizes == {"model": 3, "reference": 2, "distance": len(EDGES) - 1}
    assert {name for name in marks if marks[name].dims[0] == "reference"} == {
        "reference_fitted", "reference_power_law_weight", "reference_slope",
        "reference_slope_low", "reference_slope_high",
    }  # fmt: skip


def test_response_is_fitted_where_the_reference_is(marks: xr.Dataset) -> None:
    window = (CENTRE > 2.5) & (CENTRE < 9.0)
    np.testing.assert_array_equal(marks["reference_fitted"][0], window)
    np.testing.assert_array_equal(marks["response_fitted"][0], window)
    np.testing.assert_array_equal(marks["response_fitted"][1], window)
    assert not marks["response_fitted"][2].any()
    assert not marks["reference_fitted"][1].any()


def test_relevance_is_fitted_up_to_a_share_of_its_own_cutoff(marks: xr.Dataset) -> None:
    fitted = marks["relevance_fitted"].to_numpy().astype(bool)
    np.testing.assert_array_equal(fitted[0], (CENTRE > 2.5) & (CENTRE < 6.0))
    assert not fitted[1:].any()  # none there, and too few bins up to 3.5 Å


def test_the_relevance_that_is_marked_is_the_exclusive_one(marks: xr.Dataset) -> None:
    """A model without inclusive relevance has the same marks."""
    cases = [replace(CASES[0], relevance=CASES[0].relevance.drop_vars("relevance_contains"))]
    edges, analyses = analyse_all(cases, SETTINGS)
    found = decay_curves(cases, analyses, edges, SETTINGS)
    np.testing.assert_array_equal(found["relevance_fitted"][0], marks["relevance_fitted"][0])


def test_pooled_are_the_bins_within_the_margin_of_a_cutoff(marks: xr.Dataset) -> None:
    pooled = [CENTRE[row.astype(bool)].tolist() for row in marks["response_pooled"].to_numpy()]
    assert pooled == [[8.75, 9.25], [4.75, 5.25], [4.75, 5.25]]


def test_slopes_are_powers_and_unknown_where_nothing_is(marks: xr.Dataset) -> None:
    own = marks["response_slope"].to_numpy()
    np.testing.assert_allclose(own[0][np.isfinite(own[0])], -5.0, atol=0.05)
    np.testing.assert_allclose(own[1][np.isfinite(own[1])], -6.0, atol=0.05)
    assert np.isfinite(own).any(axis=1).tolist() == [True, True, False]
    engine = marks["reference_slope"].to_numpy()
    np.testing.assert_allclose(engine[0][np.isfinite(engine[0])], -6.0, atol=0.05)
    assert np.isnan(engine[1]).all()


def test_bounds_of_slopes_hold_them(marks: xr.Dataset) -> None:
    known = np.isfinite(marks["response_slope"])
    assert known.any()
    assert (marks["response_slope_low"] <= marks["response_slope"]).where(known, True).all()
    assert (marks["response_slope"] <= marks["response_slope_high"]).where(known, True).all()


def test_weights_of_a_power_law_are_near_one(marks: xr.Dataset) -> None:
    for name in ("response_power_law_weight", "relevance_power_law_weight"):
        assert marks[name][0] > 0.99
    assert np.isnan(marks["relevance_power_law_weight"][1:]).all()
    assert np.isnan(marks["reference_power_law_weight"][1])


def test_a_jump_that_is_not_known_is_nan(marks: xr.Dataset) -> None:
    """These files are of before jumps were looked for: neither value nor bounds."""
    for end in ("", "_low", "_high"):
        assert np.isnan(marks[f"cutoff_jump{end}"]).all()


def test_a_jump_by_hand() -> None:
    """Blocks lose twice the reference's mean there, in every structure."""
    table, engine = response(-5.0), response(-6.0)
    near = engine["norm"][(engine["distance"] >= 4.5) & (engine["distance"] < 5.5)]
    lost = np.full(6, 2 * float(near.mean()))
    table = table.assign(
        jump_norm=("jump", lost), jump_structure=("jump", np.array([0, 0, 1, 1, 2, 2]))
    )
    cases = [case(5.0, response=table, reference=engine)]
    edges, analyses = analyse_all(cases, SETTINGS)
    found = decay_curves(cases, analyses, edges, SETTINGS)
    assert found["cutoff_jump"][0] == pytest.approx(2.0)
    assert found["cutoff_jump_low"][0] < 2.0 < found["cutoff_jump_high"][0]


def test_a_study_without_anything_has_no_marks() -> None:
    cases = [case(response=MISSING)]
    edges, analyses = analyse_all(cases, SETTINGS)
    found = xr.Dataset(decay_curves(cases, analyses, edges, SETTINGS))
    for name in ("response_fitted", "relevance_fitted", "reference_fitted"):
        assert not found[name].any()
    assert np.isnan(found["response_slope"]).all()


def test_the_order_of_data_sets_is_that_of_the_cases() -> None:
    turned = CASES[::-1]
    edges, analyses = analyse_all(turned, SETTINGS)
    found = decay_curves(turned, analyses, edges, SETTINGS)
    assert np.isnan(found["reference_power_law_weight"].values).tolist() == [True, False]
