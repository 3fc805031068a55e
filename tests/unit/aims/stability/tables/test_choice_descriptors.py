"""What a study would conclude under other rules: laws under each, and random weights."""

import numpy as np
import pytest
import xarray as xr
from law_tables import EDGES, MISSING, SETTINGS, response

from nearsight.aims.stability.tables.choice_descriptors import (
    DESCRIPTORS,
    choice_descriptors,
    randomised_agreement,
)
from nearsight.collect.decay.bins import bin_edges
from nearsight.config import Statistics
from nearsight.storage import check_described

RULES = ("gamma 0.1", "zero")


def choices(powers: tuple[float, float], random: np.ndarray | None = None) -> xr.Dataset:
    """Tests of three structures whose relevance falls as another power under each rule."""
    index = response(-1.0)[["structure", "distance"]]
    distance = index["distance"].to_numpy()
    sizes = np.array([distance**power for power in powers])
    bodies = np.array([[[1.0, 0.0, 0.0]] * 3, [[1.0, 1.0, 2.0]] * 3])
    other = np.random.default_rng(1).lognormal(0, 1, (2, 240)) if random is None else random
    return xr.Dataset(
        {
            **{name: index.variables[name] for name in ("structure", "distance")},
            "relevance": (("choice", "pair"), sizes),
            "relevance_randomised": (("randomisation", "pair"), other),
            "absolute_bodies": (("choice", "structure", "n_atoms"), bodies),
        },
        coords={"choice": ("choice", [*RULES], {"units": "", "long_name": "rule"})},
        attrs={"own_choice": "gamma 0.1"},
    )


def described(tests: xr.Dataset, other: xr.Dataset = MISSING, cutoff: float = 9.0) -> xr.DataArray:
    return choice_descriptors(tests, other, EDGES, cutoff, SETTINGS)["choice_descriptor"]


def test_known_powers_come_back_under_their_rule() -> None:
    found = described(choices((-3.0, -5.5)))
    assert found["descriptor"].to_numpy().tolist() == [*DESCRIPTORS]
    exponent = found.sel(descriptor="relevance_exponent")
    assert exponent.sel(choice="gamma 0.1") == pytest.approx(-3.0, abs=0.02)
    assert exponent.sel(choice="zero") == pytest.approx(-5.5, abs=0.02)


def test_body_orders_by_hand() -> None:
    """All on one atom is 1; in shares of 1, 1 and 2 it is 9/4."""
    found = described(choices((-3.0, -3.0))).sel(descriptor="effective_body_order")
    np.testing.assert_allclose(found, [1.0, 2.25])


def test_the_tail_is_what_is_beyond_the_far_field() -> None:
    tests = choices((-1.0, -4.0))
    size, distance = tests["relevance"].to_numpy(), tests["distance"].to_numpy()
    expected = size[:, distance >= SETTINGS.far_field].sum(axis=1) / size.sum(axis=1)
    found = described(tests).sel(descriptor="relevance_tail_share")
    np.testing.assert_allclose(found, expected)
    assert found[0] > 10 * found[1]


def test_the_window_ends_short_of_the_cutoff() -> None:
    """Too few bins up to 0.7 of 5 Å: no exponent, and the other numbers all the same."""
    found = described(choices((-3.0, -4.0)), cutoff=5.0)
    assert np.isnan(found.sel(descriptor="relevance_exponent")).all()
    assert np.isfinite(found.sel(descriptor="effective_body_order")).all()


def test_a_law_of_distance_alone_is_not_faithful() -> None:
    """What distance determines leaves no rank; without any response there is none to agree with."""
    for other in (response(-6.0), MISSING):
        found = described(choices((-3.0, -4.0)), other).sel(descriptor="faithfulness")
        assert np.isnan(found).all()


def test_equal_scatter_is_faithful_under_the_rule_that_has_it() -> None:
    scatter = np.exp(np.random.default_rng(2).normal(0, 1, 240))
    other = response(-6.0)
    other["norm"] = other["norm"] * scatter
    tests = choices((-3.0, -3.0))
    sizes = tests["relevance"].to_numpy().copy()
    sizes[0] = other["norm"].to_numpy() ** 2
    sizes[1] *= np.exp(np.random.default_rng(3).normal(0, 1, 240))
    found = described(with_sizes(tests, sizes), other)
    agreement = found.sel(descriptor="faithfulness")
    assert agreement[0] == pytest.approx(1.0)
    assert abs(float(agreement[1])) < 0.3


def test_without_tests_there_is_nothing() -> None:
    assert not choice_descriptors(MISSING, MISSING, EDGES, 9.0, SETTINGS).data_vars
    assert np.isnan(randomised_agreement(MISSING, SETTINGS)).all()


def test_all_is_described() -> None:
    check_described(choice_descriptors(choices((-3.0, -4.0)), MISSING, EDGES, 9.0, SETTINGS))


def scattered(seed: int = 7) -> np.ndarray:
    return response(-4.0)["norm"].to_numpy() * np.random.default_rng(seed).lognormal(0, 1, 240)


def with_own(own: np.ndarray, random: np.ndarray) -> xr.Dataset:
    tests = choices((-3.0, -3.0), random)
    sizes = np.stack([own, np.full(240, 1.0)])
    return with_sizes(tests, sizes)


def with_sizes(tests: xr.Dataset, sizes: np.ndarray) -> xr.Dataset:
    """The same tests with other relevance (choice, pair)."""
    tests = tests.copy()
    tests["relevance"] = ("choice", "pair"), sizes
    return tests


def test_weights_that_draw_the_same_pattern_agree_fully() -> None:
    own = scattered()
    value, low, high = randomised_agreement(with_own(own, -own[None]), SETTINGS)
    assert (value, low, high) == pytest.approx((1.0, 1.0, 1.0))  # signs do not matter


def test_the_opposite_pattern_disagrees_fully() -> None:
    own, distance = scattered(), response(-4.0)["distance"].to_numpy()
    opposite = distance**-8.0 / own
    value, low, _ = randomised_agreement(with_own(own, opposite[None]), SETTINGS)
    assert value < -0.8
    assert low >= -1.0


def test_it_is_the_mean_over_randomisations() -> None:
    own, other = scattered(), scattered(8)
    alone = [
        randomised_agreement(with_own(own, np.stack(random)), SETTINGS)[0]
        for random in ([own], [other], [own, other])
    ]
    assert alone[2] == pytest.approx((alone[0] + alone[1]) / 2)


def test_pairs_that_no_walk_reaches_do_not_count() -> None:
    own, random = scattered(), scattered(9)
    value = randomised_agreement(with_own(own, random[None]), SETTINGS)[0]
    far = own.copy()
    far[200:] = 0.0
    moved = random.copy()
    moved[200:] *= 1e6
    cut, same = (
        randomised_agreement(with_own(far, one[None]), SETTINGS)[0] for one in (random, moved)
    )
    assert cut == same != value


@pytest.mark.parametrize("own", ["gamma 0.25", ""])
def test_a_rule_that_was_not_tested_has_no_agreement(own: str) -> None:
    tests = choices((-3.0, -4.0)).assign_attrs(own_choice=own)
    assert np.isnan(randomised_agreement(tests, SETTINGS)).all()


def test_wider_bins_change_an_exponent_little() -> None:
    tests = choices((-3.0, -5.5))
    wide = exponents_in_bins(tests, 0.75)
    np.testing.assert_allclose(wide, described(tests)[:, 0], atol=0.05)


def exponents_in_bins(tests: xr.Dataset, width: float) -> np.ndarray:
    settings = Statistics(n_bootstrap=100, least_pairs=5, bin_width=width)
    edges = bin_edges(width, 9.0)
    found = choice_descriptors(tests, MISSING, edges, 9.0, settings)["choice_descriptor"]
    return found.sel(descriptor="relevance_exponent").to_numpy()
