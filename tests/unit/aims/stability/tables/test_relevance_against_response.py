"""Statistics of faithfulness, ablation, random weights and choices: known answers."""

import numpy as np
import pytest
import xarray as xr

from nearsight.aims.stability.tables.ablation_areas import ablation
from nearsight.aims.stability.tables.case_statistics import CaseStatistics
from nearsight.aims.stability.tables.choice_descriptors import (
    choice_descriptors,
    randomised_agreement,
)
from nearsight.aims.stability.tables.relevance_against_response import faithfulness
from nearsight.aims.stability.tables.study_curves import _further
from nearsight.collect.decay.bins import bin_edges
from nearsight.config import Statistics

SETTINGS = Statistics(n_bootstrap=200)
EDGES = bin_edges(1.0, 9.0)
N, STRUCTURES = 120, 6


def tables(shared: float, seed: int = 0) -> tuple[xr.Dataset, xr.Dataset]:
    """Relevance and response that share their decay and, beyond it, a part of their scatter."""
    rng = np.random.default_rng(seed)
    distance = rng.uniform(1, 9, N * STRUCTURES)
    common, own, other = rng.normal(0, 1, (3, N * STRUCTURES))
    part = np.sqrt(shared)
    x, y = (
        distance**-4 * np.exp(part * common + np.sqrt(1 - shared) * noise) for noise in (own, other)
    )
    index = {
        "structure": ("pair", np.repeat(np.arange(STRUCTURES), N)),
        "distance": ("pair", distance),
    }
    sign = rng.choice([-1, 1], len(x))
    relevance = xr.Dataset(
        {**index, "relevance": ("pair", sign * x), "relevance_contains": ("pair", sign * x)}
    )
    return relevance, xr.Dataset({**index, "norm": ("pair", y)})


def test_maps_that_share_only_distance_are_not_faithful() -> None:
    numbers, _ = faithfulness(*tables(shared=0.0), EDGES, SETTINGS)
    value, low, high = numbers["faithfulness"]
    assert low < 0 < high
    assert abs(value) < 0.1
    assert numbers["faithfulness_raw"][0] > 0.75
    assert numbers["faithfulness_distance_only"][0] > 0.75
    # Inside a bin of 1 Å distance still explains a little.
    assert abs(numbers["faithfulness_within_bins"][0]) < 0.2


def test_maps_that_share_more_are_faithful() -> None:
    """Of normal scatter, half of it shared: Spearman's 6/pi asin(1/4) = 0.48."""
    numbers, curves = faithfulness(*tables(shared=0.5), EDGES, SETTINGS)
    expected = 6 / np.pi * np.arcsin(0.25)
    for name in ("faithfulness", "faithfulness_contains", "faithfulness_within_bins"):
        assert numbers[name][0] == pytest.approx(expected, abs=0.1), name
    low, high = numbers["faithfulness"][1:]
    assert low < expected < high
    inside = curves["faithfulness_bin"][1:9]
    assert inside.mean() == pytest.approx(expected, abs=0.12)
    assert np.isfinite(curves["faithfulness_bin_distance"][1:9]).all()


def test_pairs_that_no_walk_reaches_do_not_count() -> None:
    relevance, response = tables(shared=0.5)
    reached = relevance["distance"] < 5
    cut = relevance.assign(relevance=relevance["relevance"].where(reached, 0.0))
    numbers, curves = faithfulness(cut, response, EDGES, SETTINGS)
    assert numbers["faithfulness"][0] == pytest.approx(6 / np.pi * np.arcsin(0.25), abs=0.12)
    assert np.isnan(curves["faithfulness_bin"][5:]).all()


def test_other_structures_are_not_joined() -> None:
    relevance, response = tables(shared=0.5)
    moved = response.assign(distance=response["distance"] + 0.1)
    numbers, curves = faithfulness(relevance, moved, EDGES, SETTINGS)
    assert np.isnan([*numbers.values()]).all()
    assert not curves.data_vars


def removed(powers: dict[str, float]) -> xr.Dataset:
    """Changes that grow as a power of the share removed, the same for three structures."""
    fraction = (np.arange(41) / 40) ** 2
    force = [np.tile(3.0 * fraction**power, (3, 1)) for power in powers.values()]
    return xr.Dataset(
        {"ablation_force": (("order", "structure", "fraction"), np.array(force))},
        coords={"order": list(powers), "fraction": ("fraction", fraction, {"units": "1"})},
    )


def test_areas_above_random() -> None:
    """The area under x^p is 1 / (p + 1); random is 1/2 here."""
    orders = {"relevance": 0.25, "response": 0.1, "distance": 1.0, "random": 1.0}
    numbers, curves = ablation(removed(orders), SETTINGS)
    for name, power in (("relevance", 0.25), ("response", 0.1), ("distance", 1.0)):
        expected = 1 / (power + 1) - 0.5
        assert numbers[f"ablation_area_{name}"] == pytest.approx((expected,) * 3, abs=0.02)
    np.testing.assert_allclose(curves["ablation"].isel(fraction=-1), 1.0)
    np.testing.assert_allclose(curves["ablation"].sel(order="random"), curves["fraction"])


def test_pushing_harder_than_the_whole_network_is_no_merit() -> None:
    tests = removed({"relevance": 0.5, "response": 0.5, "distance": 0.5, "random": 0.5})
    late = (tests["fraction"] > 0.3) & (tests["fraction"] < 1)
    wild = tests["ablation_force"].where(~late | (tests["order"] != "random"), 30.0)
    numbers, _ = ablation(tests.assign(ablation_force=wild), SETTINGS)
    assert -0.3 < numbers["ablation_area_relevance"][0] < 0


def test_no_ablation() -> None:
    numbers, curves = ablation(xr.Dataset(), SETTINGS)
    assert np.isnan([*numbers.values()]).all()
    assert not curves.data_vars


def choices(n_random: int = 2) -> xr.Dataset:
    relevance, _ = tables(shared=0.5)
    size = relevance["relevance"].to_numpy()
    rng = np.random.default_rng(5)
    distance = relevance["distance"].to_numpy()
    random = [distance**-4 * np.exp(rng.normal(0, 1, len(size))) for _ in range(n_random)]
    bodies = np.ones((2, STRUCTURES, 3)) * np.array([1.0, 2.0])[:, None, None] ** np.arange(3)
    return xr.Dataset(
        {
            "structure": relevance["structure"],
            "distance": relevance["distance"],
            "relevance": (("choice", "pair"), np.stack([size, np.abs(size) ** 1.5])),
            "relevance_randomised": (("randomisation", "pair"), np.stack(random)),
            "absolute_bodies": (("choice", "structure", "n_atoms"), bodies),
        },
        coords={"choice": ("choice", ["gamma 0.1", "zero"], {"units": "", "long_name": "rule"})},
        attrs={"own_choice": "gamma 0.1"},
    )


def test_random_weights_draw_another_pattern() -> None:
    value, low, high = randomised_agreement(choices(), SETTINGS)
    assert low < value < high
    # Up to 0.1 is what ranks leave of a common decay, see test_ranks.
    assert abs(value) < 0.12
    same = choices()
    same["relevance_randomised"] = ("randomisation", "pair"), same["relevance"].to_numpy()[:1]
    assert randomised_agreement(same, SETTINGS)[0] == pytest.approx(1.0)


def test_descriptors_under_each_choice() -> None:
    _, response = tables(shared=0.5)
    found = choice_descriptors(choices(), response, EDGES, 12.0, SETTINGS)["choice_descriptor"]
    exponents = found.sel(descriptor="relevance_exponent")
    # Sizes to the power of 1.5 fall 1.5 times as steeply.
    assert exponents[0] == pytest.approx(-4.0, abs=0.3)
    assert exponents[1] == pytest.approx(-6.0, abs=0.5)
    np.testing.assert_allclose(found.sel(descriptor="effective_body_order"), [2.0, 17 / 7])
    agreement = found.sel(descriptor="faithfulness")
    assert agreement[0] == pytest.approx(agreement[1])  # ranks do not see a power


def test_labels_of_cases_are_joined_whole() -> None:
    """SchNet's labels are shorter than PaiNN's: none is cut off."""
    curves = []
    for labels in (["zero", "gamma 0.1"], ["zero, detach", "gamma 0.1, flow"]):
        coords = {"choice": ("choice", labels, {"units": "", "long_name": "rule"})}
        values = ("choice", [1.0, 2.0], {"units": "1", "long_name": "x"})
        curves.append(xr.Dataset({"choice_descriptor": values}, coords))
    cases = xr.Dataset(coords={"model": ("model", ["a", "b"], {"units": "", "long_name": "case"})})
    joined = _further(cases, [CaseStatistics(curves=part) for part in curves])
    assert set(joined["choice"].to_numpy()) == {
        "zero", "gamma 0.1", "zero, detach", "gamma 0.1, flow"
    }  # fmt: skip
    found = joined["choice_descriptor"].sel(model="b", choice="gamma 0.1, flow")
    assert found == 2.0
    assert np.isnan(joined["choice_descriptor"].sel(model="a", choice="gamma 0.1, flow"))
