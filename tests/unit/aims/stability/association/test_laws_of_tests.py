"""What p-values, powers and corrections obey whatever the study holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nearsight.aims.stability.association.holm import holm
from nearsight.aims.stability.association.orders import orders, orders_without_effect
from nearsight.aims.stability.association.permutation import least_p, null_of_rho
from nearsight.aims.stability.association.power import detectable_rho, settings_needed

NUMBERS = arrays(float, 9, elements=st.integers(-50, 50).map(float))
NAN = float("nan")


@given(NUMBERS)
def test_p_values_of_both_sides_cover_all_orders(y: np.ndarray) -> None:
    x, y = np.arange(5.0)[None], y[None, :5]
    null = null_of_rho(orders(5, 100, seed=0), x, y)
    if np.ptp(y) == 0:
        assert np.isnan(null.p_value("either"))
        return
    down, up = null.p_value("negative"), null.p_value("positive")
    ties = (np.abs(null.drawn - null.observed) < 1e-9).mean()
    assert down + up == pytest.approx(1 + ties)
    assert null.p_value("either") >= min(down, up)


def test_tied_settings_move_without_effect_and_raise_the_least_p() -> None:
    tied = np.array([[1.0, 1.0, 2.0, 3.0]])
    assert orders_without_effect(tied) == 2
    assert orders_without_effect(np.ones((1, 4))) == 24
    order = orders(4, 100, seed=0)
    assert least_p(order, np.arange(4.0)[None], tied) == pytest.approx(2 / 24)
    assert least_p(order, np.arange(4.0)[None], np.arange(4.0)[None]) == pytest.approx(1 / 24)


def test_power_grows_with_settings_and_effect() -> None:
    needed = [settings_needed(value) for value in (0.3, 0.6, 0.9)]
    assert needed[1] == 23
    assert needed == sorted(needed, reverse=True)
    seen = [detectable_rho(n) for n in (8, 12, 23, 50)]
    assert seen == sorted(seen, reverse=True)
    assert detectable_rho(settings_needed(0.6)) <= 0.6
    assert detectable_rho(12, sides=1) < detectable_rho(12)
    assert np.isnan(detectable_rho(3))


def test_correction_never_lowers_and_keeps_the_order() -> None:
    p = np.array([0.01, NAN, 0.04, 0.03])
    corrected = holm(p)
    np.testing.assert_allclose(corrected, [0.03, NAN, 0.06, 0.06])
    assert (holm(np.array([0.5, 0.9])) <= 1).all()
