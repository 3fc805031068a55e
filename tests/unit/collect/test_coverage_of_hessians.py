"""Intervals hold what they promise on structures drawn from 180 real Hessians and relevances.

The set is of alanine dipeptide, GFN2-xTB and six trained networks (`coverage_set.py` made it).
"""

import numpy as np
import pytest
from coverage_draws import by_descriptor, coverage, coverage_set, describe, drawn

from nearsight.config import Statistics

TRIALS = 100


@pytest.fixture(scope="module")
def held() -> dict[str, np.ndarray]:
    return coverage(10, TRIALS, 200, seed=1)


@pytest.mark.slow
def test_intervals_hold_the_value_of_all_structures(held: dict[str, np.ndarray]) -> None:
    """Of 95 %: 0.93 to 0.97 is meant.

    The networks see the same draws, so that a descriptor's rate is known to the binomial error of
    the number of draws at worst: 0.025 at 0.93 and 0.017 at 0.97; two of them are allowed.
    """
    rates = {name: rows[:, 0].mean() for name, rows in by_descriptor(held).items()}
    assert len(rates) > 25
    assert {name: rate for name, rate in rates.items() if not 0.88 <= rate <= 1.0} == {}
    assert 0.93 <= np.mean(list(rates.values())) <= 0.97
    # That of one pair in the last bin, and of windows held fixed, was 0.65.
    assert held["painn~rc5.0~T1: exponent"][:, 0].mean() >= 0.88


def test_a_set_of_structures_is_described_as_the_product_does() -> None:
    """Descriptors of the whole set: those of the demo, about."""
    found = describe(drawn(np.arange(coverage_set().sizes["structure"])), Statistics())
    assert found["reference: exponent"][0] == pytest.approx(-4.5, abs=0.3)
    assert found["schnet~rc8.0~T1: response_deviation_signed"][0] > 0.3
    assert found["painn~rc3.0~T3: response_deviation_signed"][0] < 0
    # A network that ends at 6 Å has no exponent in a window that goes on.
    assert np.isnan(found["schnet~rc3.0~T1: exponent"][0])
    assert np.isfinite(found["schnet~rc3.0~T1: response_deviation_signed"]).all()
