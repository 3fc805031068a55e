"""Areas between ablation curves: of known curves, by hand."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from scipy.stats import t

from nearsight.aims.stability.tables.ablation_areas import NAMED, ablation
from nearsight.config import Statistics
from nearsight.labels import variable
from nearsight.storage import check_described, write_dataset

SETTINGS = Statistics()
HALF = np.array([0.0, 0.5, 1.0])


def removed(force: dict[str, list[list[float]]], fraction: np.ndarray = HALF) -> xr.Dataset:
    """Changes of forces by order, each (structure, fraction)."""
    labels = variable("fraction", fraction, "1", "share of messages without")
    return xr.Dataset(
        {"ablation_force": (("order", "structure", "fraction"), np.array([*force.values()]))},
        coords={"order": list(force), "fraction": labels},
    )


def with_orders(**force: list[list[float]]) -> xr.Dataset:
    """The same with straight lines for every order that is not given."""
    line = [[0.0, 1.0, 2.0]] * len(next(iter(force.values())))
    return removed({name: force.get(name, line) for name in (*NAMED, "random")})


def test_orders_that_remove_alike_have_no_area() -> None:
    """Whatever the curve: without a difference there is nothing to know, to the last digit."""
    wild = np.random.default_rng(0).uniform(0.1, 3, (4, 3)).tolist()
    numbers, _ = ablation(removed(dict.fromkeys((*NAMED, "random"), wild)), SETTINGS)
    assert set(numbers) == {f"ablation_area_{name}" for name in NAMED}
    assert all(value == (0.0, 0.0, 0.0) for value in numbers.values())


def test_a_triangle_by_hand() -> None:
    """A curve at 1 from the middle on encloses 3/4, a straight line 1/2."""
    numbers, _ = ablation(with_orders(relevance=[[0.0, 2.0, 2.0]] * 3), SETTINGS)
    assert numbers["ablation_area_relevance"][0] == pytest.approx(0.25)
    assert numbers["ablation_area_distance"][0] == 0.0


def test_the_interval_is_students_over_structures() -> None:
    halfway = np.array([1.0, 1.4, 2.0])
    curves = [[0.0, one, 2.0] for one in halfway]
    value, low, high = ablation(with_orders(response=curves), SETTINGS)[0]["ablation_area_response"]
    gain = halfway / 4 - 0.25  # a trapezoid of width 1/2 on either side
    width = t.ppf(0.975, 2) * gain.std(ddof=1) / np.sqrt(3)
    assert value == pytest.approx(gain.mean())
    assert (low, high) == pytest.approx((gain.mean() - width, gain.mean() + width))


def test_a_narrower_level_has_a_narrower_interval() -> None:
    tests = with_orders(relevance=[[0.0, 1.2, 2.0], [0.0, 1.9, 2.0]])
    found = [
        ablation(tests, Statistics(confidence=level))[0]["ablation_area_relevance"]
        for level in (0.8, 0.95)
    ]
    assert found[0][0] == found[1][0]
    assert found[1][1] < found[0][1] < found[0][2] < found[1][2]


def test_a_structure_counts_by_its_own_change() -> None:
    """Forces a hundred times as large in one structure are no louder voice."""
    quiet, loud = [0.0, 0.8, 1.0], [0.0, 20.0, 100.0]
    value = ablation(with_orders(relevance=[quiet, loud]), SETTINGS)[0]
    areas = [(0.8 / 4 + 1.8 / 4), (0.2 / 4 + 1.2 / 4)]
    assert value["ablation_area_relevance"][0] == pytest.approx(np.mean(areas) - 0.5)


def test_the_best_that_an_order_can_have() -> None:
    """All at once is 1 minus half of the first step; nothing beats 1 minus random."""
    fine = np.linspace(0, 1, 101)
    line = [(2 * fine).tolist()]
    step = [np.minimum(1e6 * fine, 2.0).tolist()]
    orders = {"relevance": step, "response": line, "distance": line, "random": line}
    value = ablation(removed(orders, fine), SETTINGS)[0]["ablation_area_relevance"][0]
    assert value == pytest.approx(0.495)
    assert value <= 1 - 0.5


def test_curves_are_not_cut_off_and_have_bounds() -> None:
    tests = with_orders(relevance=[[0.0, 6.0, 2.0], [0.0, 2.0, 2.0]])
    numbers, curves = ablation(tests, SETTINGS)
    # The areas are cut off at 1, as if both had been there.
    assert numbers["ablation_area_relevance"] == pytest.approx((0.25, 0.25, 0.25))
    shown = curves["ablation"].sel(order="relevance")
    np.testing.assert_allclose(shown, [0.0, 2.0, 1.0])
    assert (curves["ablation_low"] >= 0).all()  # a mean of 2 from 1 and 3 has a lower bound below
    width = t.ppf(0.975, 1) * 1.0
    high = curves["ablation_high"].sel(order="relevance", fraction=0.5)
    assert high == pytest.approx(2.0 + width)
    np.testing.assert_allclose(curves["ablation_high"].sel(order="random"), [0, 0.5, 1])


def test_one_structure_has_an_area_and_no_interval() -> None:
    value, low, high = ablation(with_orders(relevance=[[0.0, 2.0, 2.0]]), SETTINGS)[0][
        "ablation_area_relevance"
    ]
    assert value == pytest.approx(0.25)
    assert np.isnan([low, high]).all()


def test_a_structure_that_is_not_known_is_left_out() -> None:
    tests = with_orders(relevance=[[0.0, 2.0, 2.0], [np.nan] * 3, [0.0, 2.0, 2.0]])
    value, low, high = ablation(tests, SETTINGS)[0]["ablation_area_relevance"]
    assert (value, low, high) == pytest.approx((0.25, 0.25, 0.25))


def test_dimensions_may_stand_in_any_order(tmp_path: Path) -> None:
    tests = with_orders(relevance=[[0.0, 1.5, 2.0], [0.0, 1.7, 2.0]])
    turned = tests.transpose("fraction", "structure", "order")
    numbers, curves = ablation(tests, SETTINGS)
    assert ablation(turned, SETTINGS)[0] == numbers
    xr.testing.assert_identical(ablation(turned, SETTINGS)[1], curves)
    check_described(curves)
    write_dataset(curves, tmp_path / "curves.nc", title="test")
