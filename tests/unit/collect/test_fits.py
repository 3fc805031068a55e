"""Fits of decay: exact on exact curves, honest when there is too little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearsight.collect.fits import MIN_BINS, fit_decay

DISTANCE = np.arange(2.75, 8.0, 0.5)


@given(st.floats(-12, -0.5), st.floats(-8, 4))
def test_power_law_is_recovered(exponent: float, log_height: float) -> None:
    fit = fit_decay(DISTANCE, np.exp(log_height) * DISTANCE**exponent)
    assert fit.exponent == pytest.approx(exponent, abs=1e-8)
    assert fit.power_law_weight > 0.99


@given(st.floats(0.2, 5))
def test_exponential_is_recovered(length: float) -> None:
    fit = fit_decay(DISTANCE, 3 * np.exp(-DISTANCE / length))
    assert fit.length == pytest.approx(length, rel=1e-8)
    assert fit.power_law_weight < 0.01


def test_rising_curve_has_no_decay_length() -> None:
    fit = fit_decay(DISTANCE, DISTANCE)
    assert fit.exponent == pytest.approx(1.0)
    assert np.isnan(fit.length)


def test_too_few_bins_is_a_reason_and_not_a_number() -> None:
    values = np.full(len(DISTANCE), np.nan)
    values[: MIN_BINS - 1] = 1.0
    fit = fit_decay(DISTANCE, values)
    assert np.isnan(fit.exponent)
    assert "3 bins" in fit.reason


def test_weight_follows_the_akaike_formula() -> None:
    rng = np.random.default_rng(0)
    values = DISTANCE**-4 * np.exp(0.3 * rng.normal(size=len(DISTANCE)))
    fit = fit_decay(DISTANCE, values)

    def aicc(x: np.ndarray) -> float:
        rss = np.polyfit(x, np.log(values), 1, full=True)[1][0]
        n, k = len(x), 3
        return n * np.log(rss / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)

    power, exponential = aicc(np.log(DISTANCE)), aicc(DISTANCE)
    expected = 1 / (1 + np.exp((power - exponential) / 2))
    assert fit.power_law_weight == pytest.approx(expected)
