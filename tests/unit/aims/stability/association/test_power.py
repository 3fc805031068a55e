"""What a number of settings can show: monotone, its own inverse, known where it is exact."""

import math

import numpy as np
import pytest
from scipy.stats import norm

from nearsight.aims.stability.association.power import detectable_rho, settings_needed


def power_of(rho: float, n_settings: int, sides: int, level: float) -> float:
    """Probability that Fisher's z is beyond its quantile, on the side of the truth."""
    spread = math.sqrt((1 + rho**2 / 2) / (n_settings - 3))
    return float(norm.cdf(math.atanh(rho) / spread - norm.ppf(1 - level / sides)))


@pytest.mark.parametrize("sides", [1, 2])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("n_settings", [8, 23, 200])
def test_a_detectable_rho_has_the_power_it_promises(
    n_settings: int, power: float, sides: int
) -> None:
    rho = detectable_rho(n_settings, sides=sides, power=power, level=0.01)
    assert power_of(rho, n_settings, sides, 0.01) == pytest.approx(power, abs=1e-9)


def test_more_settings_show_less_and_less() -> None:
    found = [detectable_rho(n) for n in range(6, 60)]
    assert (np.diff(found) < 0).all()
    assert 0 < found[-1] < found[0] < 1


def test_more_power_and_a_stricter_level_need_more() -> None:
    for change in ({"power": 0.9}, {"level": 0.01}):
        assert detectable_rho(15, **change) > detectable_rho(15)
        assert settings_needed(0.5, **change) > settings_needed(0.5)
    assert detectable_rho(15, sides=1) < detectable_rho(15, sides=2)
    # A side of 5 % is two of 10 %.
    assert detectable_rho(15, sides=1) == pytest.approx(detectable_rho(15, level=0.1))


def test_weaker_truths_need_more_settings_whatever_their_sign() -> None:
    rhos = np.linspace(0.1, 0.95, 18)
    needed = [settings_needed(rho) for rho in rhos]
    assert (np.diff(needed) <= 0).all()
    assert needed[0] > 500 > 10 > needed[-1]
    assert [settings_needed(-rho) for rho in rhos] == needed


@pytest.mark.parametrize("rho", [0.2, 0.4, 0.6, 0.8])
def test_so_many_settings_and_not_one_fewer(rho: float) -> None:
    needed = settings_needed(rho)
    assert detectable_rho(needed) <= rho < detectable_rho(needed - 1)


def test_three_settings_show_nothing_and_four_hardly_anything() -> None:
    assert all(math.isnan(detectable_rho(n)) for n in (0, 1, 3))
    assert detectable_rho(4) > 0.99
    assert math.isnan(detectable_rho(4, power=1 - 1e-15, level=1e-15))


def test_a_test_of_little_more_power_than_its_level_detects_almost_nothing() -> None:
    """At the null itself a one-sided test is passed as often as its level says."""
    found = [detectable_rho(10, sides=1, power=0.05 + step, level=0.05) for step in (1e-2, 1e-4)]
    assert 1e-2 < found[0] < 0.05
    # The power rises linearly from there.
    assert found[1] == pytest.approx(found[0] / 100, rel=0.1)
