"""The file of curves: every curve at its model, bounds and quantiles about it, learning beside."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from law_tables import EDGES, SETTINGS, case, relevance, response

from nearsight.aims.stability.tables.case_statistics import analyse_all
from nearsight.aims.stability.tables.study_curves import collect_curves
from nearsight.config import make_variant
from nearsight.storage import check_described, read_dataset, write_dataset


def history(error: list[float], seconds: list[float]) -> xr.Dataset:
    columns = {"validation_force_mae": ("epoch", error), "seconds": ("epoch", seconds)}
    return xr.Dataset(columns)


CASES = [
    case(
        relevance=relevance(-4.0),
        response=response(-5.0),
        reference=response(-6.0),
        history=history([9.0, 5.0, 4.0], [1.0, 2.0, 3.0]),
        faithfulness=xr.Dataset(attrs={"own_choice": "gamma 0.1"}),
    ),
    case(
        3.0,
        response=response(-6.0, factor=20.0),
        reference=response(-6.0),
        history=history([8.0], [4.0]),
    ),
    case(dataset="aspirin", reference=response(-6.0, noise=1e-7)),
]


def collected(cases: list) -> xr.Dataset:
    edges, analyses = analyse_all(cases, SETTINGS)
    return collect_curves(cases, analyses, edges, SETTINGS)


@pytest.fixture(scope="module")
def curves() -> xr.Dataset:
    return collected(CASES)


def test_the_file_is_described_and_can_be_written(curves: xr.Dataset, tmp_path: Path) -> None:
    check_described(curves)
    write_dataset(curves, tmp_path / "curves.nc", title="test")
    again = read_dataset(tmp_path / "curves.nc")
    assert set(again.variables) == set(curves.variables)
    np.testing.assert_array_equal(again["response"], curves["response"])


def test_distances_are_centres_of_bins(curves: xr.Dataset) -> None:
    np.testing.assert_allclose(curves["distance"], EDGES[:-1] + 0.25)
    assert curves["distance"].attrs["units"] == "angstrom"


def test_curves_are_the_laws_at_their_models(curves: xr.Dataset) -> None:
    """The mean over a bin is near the law at its centre; a common factor is a factor."""
    far = curves.sel(distance=slice(3.0, 8.9))
    r = far["distance"].to_numpy()
    np.testing.assert_allclose(far["relevance"][0], r**-4.0, rtol=0.05)
    np.testing.assert_allclose(far["relevance_contains"][0], 2 * far["relevance"][0])
    np.testing.assert_allclose(far["response"][0], 10 * r**-5.0, rtol=0.08)
    np.testing.assert_allclose(far["response"][1], 20 * r**-6.0, rtol=0.1)
    np.testing.assert_allclose(far["reference_response"][0], 10 * r**-6.0, rtol=0.1)
    assert np.isnan(far["response"][2]).all()
    assert np.isnan(far["relevance"][1:]).all()


def test_counts_are_those_of_pairs(curves: xr.Dataset) -> None:
    assert curves["response_count"].sum("distance").to_numpy().tolist() == [240, 240, 0]
    assert curves["reference_response_count"].sum("distance").to_numpy().tolist() == [240, 240]
    np.testing.assert_array_equal(
        curves["response_count"][0],
        np.histogram(CASES[0].response["distance"], EDGES)[0],
    )


def test_quantiles_are_in_order_and_of_the_pairs_of_a_bin(curves: xr.Dataset) -> None:
    own = curves.isel(model=0)
    known = np.isfinite(own["response_median"])
    assert known.sum() == (own["response_count"] > 0).sum()
    for low, high in (("q10", "median"), ("median", "q90")):
        assert (own[f"response_{low}"] <= own[f"response_{high}"]).where(known, True).all()
    norm, r = CASES[0].response["norm"].to_numpy(), CASES[0].response["distance"].to_numpy()
    inside = norm[(r >= 4.0) & (r < 4.5)]
    assert own["response_q90"].sel(distance=4.25) == pytest.approx(np.quantile(inside, 0.9))
    assert own["response_q10"].attrs["long_name"].startswith("10 % quantile over pairs behind: ")


def test_bounds_hold_the_mean(curves: xr.Dataset) -> None:
    own = curves.isel(model=0)
    known = np.isfinite(own["response_low"])
    assert known.any()
    assert (own["response_low"] <= own["response"] * (1 + 1e-9)).where(known, True).all()
    assert (own["response"] <= own["response_high"] * (1 + 1e-9)).where(known, True).all()


def test_noise_is_that_of_each_reference(curves: xr.Dataset) -> None:
    filled = curves["reference_response_count"] > 0
    noise = curves["reference_noise"].where(filled).mean("distance")
    np.testing.assert_allclose(noise, [1e-9, 1e-7])


def test_body_orders_add_up_and_end_with_the_depth(curves: xr.Dataset) -> None:
    np.testing.assert_allclose(curves["body_order_share"][0], [0.5, 0.25, 0.25])
    assert np.isnan(curves["body_order_share"][1:]).all()
    assert curves["n_atoms"].to_numpy().tolist() == [1, 2, 3]
    deep = make_variant(family="painn", cutoff=9.0, depth=4)
    wider = collected([CASES[0], replace(CASES[1], variant=deep)])
    np.testing.assert_allclose(wider["body_order_share"][0], [0.5, 0.25, 0.25, np.nan, np.nan])


def test_learning_ends_with_each_models_own_last_epoch(curves: xr.Dataset) -> None:
    nan = np.nan
    np.testing.assert_array_equal(
        curves["validation_force_mae"], [[9, 5, 4], [8, nan, nan], [nan, nan, nan]]
    )
    np.testing.assert_array_equal(
        curves["training_seconds"], [[1, 3, 6], [4, nan, nan], [nan, nan, nan]]
    )
    np.testing.assert_array_equal(curves["epoch"], [1, 2, 3])


def test_seconds_are_known_where_forces_were_not_validated() -> None:
    seconds = history([1.0, 1.0], [2.0, 2.0]).drop_vars("validation_force_mae")
    one = collected([case(history=seconds)])
    assert np.isnan(one["validation_force_mae"]).all()
    np.testing.assert_array_equal(one["training_seconds"], [[2.0, 4.0]])


def test_the_own_rule_is_named_where_it_was_tested(curves: xr.Dataset) -> None:
    assert curves["own_choice"].to_numpy().tolist() == ["gamma 0.1", "", ""]


def test_further_curves_are_unknown_where_a_case_has_none(curves: xr.Dataset) -> None:
    own = curves["element_pair_response"].sel(element_pair="C-C")
    np.testing.assert_allclose(own, [1.0, 1.0, np.nan])
    np.testing.assert_allclose(curves["range_share"].sum(("n_atoms", "range")), [1, 0, 0])


def test_the_order_of_cases_is_that_of_the_models(curves: xr.Dataset) -> None:
    turned = collected(CASES[::-1])
    assert turned["model"].to_numpy().tolist() == [one.id for one in CASES[::-1]]
    for name in ("response", "relevance_high", "validation_force_mae", "response_fitted"):
        np.testing.assert_array_equal(turned[name][::-1], curves[name], err_msg=name)
    np.testing.assert_array_equal(turned["reference_noise"][::-1], curves["reference_noise"])


def test_a_study_of_nothing_is_a_file_too(tmp_path: Path) -> None:
    empty = collected([case()])
    check_described(empty)
    assert empty["status"].to_numpy().tolist() == ["failed"]
    assert np.isnan(empty["response"]).all()
    assert (empty["response_count"] == 0).all()
    write_dataset(empty, tmp_path / "curves.nc", title="test")
