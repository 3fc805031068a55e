"""Exact intervals of shares, and Student's of means, against their definitions."""

import numpy as np
import pytest
from scipy.stats import binom, t

from nearsight.md.analysis.binomial import UNKNOWN, clopper_pearson
from nearsight.md.analysis.student import FEWEST, mean_band


@pytest.mark.parametrize(("k", "n"), [(0, 5), (1, 5), (3, 7), (5, 5), (12, 40)])
def test_bounds_are_where_a_tail_has_half_of_what_is_left(k: int, n: int) -> None:
    low, high = clopper_pearson(k, n, 0.95)
    assert 0 <= low <= k / n <= high <= 1
    if k:
        assert binom.sf(k - 1, n, low) == pytest.approx(0.025, rel=1e-6)
    else:
        assert low == 0
    if k < n:
        assert binom.cdf(k, n, high) == pytest.approx(0.025, rel=1e-6)
    else:
        assert high == 1


@pytest.mark.parametrize("n", [3, 10])
def test_what_happens_and_what_does_not_mirror_each_other(n: int) -> None:
    for k in range(n + 1):
        low, high = clopper_pearson(k, n, 0.9)
        other_low, other_high = clopper_pearson(n - k, n, 0.9)
        assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-12)


def test_of_nothing_everything_is_possible() -> None:
    assert clopper_pearson(0, 0, 0.95) == (0.0, 1.0)
    assert np.isnan(UNKNOWN).all()


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_shares_are_covered_at_least_as_often_as_promised(share: float) -> None:
    n = 12
    inside = [low <= share <= high for low, high in
              (clopper_pearson(k, n, 0.9) for k in range(n + 1))]  # fmt: skip
    assert binom.pmf(np.arange(n + 1)[inside], n, share).sum() >= 0.9


def test_a_mean_has_the_interval_of_student() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    mean, low, high = mean_band(values, 0.95)
    expected = t.interval(0.95, 3, loc=values.mean(), scale=values.std(ddof=1) / 2)
    assert mean == values.mean()
    assert (low, high) == pytest.approx(expected, rel=1e-12)


def test_columns_are_on_their_own() -> None:
    values = np.random.default_rng(0).normal(size=(5, 3, 2))
    values[1:, 0, 0] = np.nan
    values[:, 1, 1] = np.nan
    values[2, 2, 0] = np.nan
    band = mean_band(values, 0.9)
    assert band.shape == (3, 3, 2)
    for place in np.ndindex(3, 2):
        column = values[(slice(None), *place)]
        alone = mean_band(column[np.isfinite(column)], 0.9)
        np.testing.assert_allclose(band[(slice(None), *place)], alone, rtol=1e-12)
    assert FEWEST == 2
    assert np.isfinite(band[0, 0, 0])
    assert np.isnan(band[1:, 0, 0]).all()
    assert np.isnan(band[:, 1, 1]).all()


def test_equal_values_have_no_width() -> None:
    assert mean_band(np.full(4, 3.0), 0.99).tolist() == [3.0, 3.0, 3.0]
