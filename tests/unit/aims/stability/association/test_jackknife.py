"""Intervals from leaving out settings, against what is known of the jackknife in closed form."""

import numpy as np
import pytest
from scipy.stats import spearmanr, t

from nearsight.aims.stability.association.jackknife import (
    FEWEST,
    bounds,
    rho_interval,
    tied_share,
)
from nearsight.aims.stability.association.spearman import rho

NAN = np.nan


def pair(n_settings: int = 10, n_strata: int = 1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    x, e = np.random.default_rng(seed).normal(size=(2, n_strata, n_settings))
    return x, 0.6 * x + e


@pytest.mark.parametrize("confidence", [0.5, 0.95])
def test_of_a_mean_it_is_students_interval(confidence: float) -> None:
    """The jackknife error of a mean is its standard error, exactly."""
    values = np.random.default_rng(1).normal(3.0, 2.0, size=12)
    less = (values.sum() - values) / 11
    error = values.std(ddof=1) / np.sqrt(12)
    expected = t.interval(confidence, 11, loc=values.mean(), scale=error)
    found = bounds(float(values.mean()), less, 1, confidence)
    np.testing.assert_allclose(found, expected)


def test_parameters_cost_degrees_of_freedom_down_to_one() -> None:
    less = np.array([0.0, 1.0, 2.0, 1.0])
    width = [np.ptp(bounds(1.0, less, k, 0.95)) for k in (1, 2, 3, 4, 9)]
    assert width[0] < width[1] < width[2] == width[3] == width[4]
    assert width[0] / width[2] == pytest.approx(t.ppf(0.975, 3) / t.ppf(0.975, 1))
    assert bounds(1.0, np.ones(5), 1, 0.95) == (1.0, 1.0)


def test_interval_is_that_of_a_loop_on_fishers_scale() -> None:
    x, y = pair(9, 2, seed=2)

    def of(keep: np.ndarray) -> float:
        each = [spearmanr(a[keep], b[keep]).statistic for a, b in zip(x, y, strict=True)]
        return float(np.arctanh(np.mean(each)))

    every = np.arange(9)
    less = np.array([of(every[every != k]) for k in every])
    error = np.sqrt(8 / 9 * ((less - less.mean()) ** 2).sum())
    width = t.ppf(0.95, 8) * error
    expected = np.tanh([of(every) - width, of(every) + width])
    np.testing.assert_allclose(rho_interval(rho, x, y, confidence=0.9), expected)


def test_it_holds_its_estimate_and_turns_round_with_the_sign() -> None:
    for seed in range(20):
        x, y = pair(8, seed=seed)
        low, high = rho_interval(rho, x, y, confidence=0.95)
        assert -1 <= low < rho(x, y) < high <= 1
        np.testing.assert_allclose(rho_interval(rho, -x, y, confidence=0.95), (-high, -low))
        narrow = rho_interval(rho, x, y, confidence=0.5)
        assert low < narrow[0] < narrow[1] < high


def test_order_of_settings_and_monotone_maps_do_not_matter() -> None:
    x, y = pair(11, 2, seed=3)
    error = np.random.default_rng(4).normal(size=(2, 11))
    found = rho_interval(rho, x, y, error, confidence=0.95)
    moved = np.random.default_rng(0).permutation(11)
    again = rho_interval(rho, *(v[:, moved] for v in (x, y, error)), confidence=0.95)
    np.testing.assert_allclose(again, found)
    bent = rho_interval(rho, np.exp(x), y**3, error, confidence=0.95)
    np.testing.assert_allclose(bent, found)


def test_three_settings_have_no_interval_and_four_may() -> None:
    y = np.array([[2.0, 1.0, 3.0, 4.0, 0.0]])
    x = np.arange(5.0)[None]
    assert np.isnan(rho_interval(rho, x[:, :3], y[:, :3], confidence=0.95)).all()
    found = rho_interval(rho, x[:, :FEWEST], y[:, :FEWEST], confidence=0.95)
    assert np.isfinite(found).all()


def test_one_setting_out_of_order_has_an_interval_though_it_is_perfect_without_it() -> None:
    """Without either of two neighbours the order is perfect, which Fisher's scale cannot hold."""
    x = np.arange(9.0)[None]
    y = x.copy()
    y[0, [4, 5]] = y[0, [5, 4]]
    low, high = rho_interval(rho, x, y, confidence=0.95)
    assert 0.5 < low < rho(x, y) < high < 1


def test_no_interval_where_a_setting_is_all_that_varies() -> None:
    """Without it the correlation is not there; and nothing is made up."""
    x = np.arange(8.0)[None]
    y = np.zeros((1, 8))
    y[0, 3] = 1.0
    assert np.isnan(rho_interval(rho, x, y, confidence=0.95)).all()


@pytest.mark.parametrize(("n_tied", "there"), [(2, True), (3, True), (4, False), (9, False)])
def test_more_than_a_third_tied_is_too_many(n_tied: int, there: bool) -> None:
    x, y = pair(9, seed=5)
    y[0, :n_tied] = y[0, 0]
    assert np.isfinite(rho_interval(rho, x, y, confidence=0.95)).all() == there


def test_tied_share_by_hand() -> None:
    x = np.array([[1.0, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, NAN]])
    y = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 5.0, 6.0, NAN]])
    assert tied_share(x[:1], y[:1]) == tied_share(y[:1], x[:1]) == 0.5
    # Two of seven in either.
    assert tied_share(x, y) == pytest.approx(2 / 7)
    # A stratum in which all survive has no correlation, and does not count.
    y[1] = np.where(np.isfinite(x[1]), 1.0, NAN)
    assert tied_share(x, y) == 0.5
    assert tied_share(x[1:], y[1:]) == 1.0
