import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from schnetpack.nn.activations import ShiftedSoftplus, shifted_softplus
from torch.nn import functional

from nearsight.errors import UnsupportedModelError
from nearsight.lrp.activations import Activation, quotient

ACTIVATIONS = [functional.silu, torch.nn.SiLU(), shifted_softplus, ShiftedSoftplus(), torch.tanh]
SLOPES = [0.5, 0.5, 0.5, 0.5, 1.0]


@pytest.mark.parametrize(("activation", "slope"), zip(ACTIVATIONS, SLOPES, strict=True))
def test_limit_at_zero_is_the_slope(activation: Activation, slope: float):
    z = torch.tensor([0.0, -0.0, 1e-300, -1e-12, 1e-9], dtype=torch.float64)
    torch.testing.assert_close(
        quotient(activation, z), torch.full_like(z, slope), rtol=0, atol=1e-8
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
@given(z=st.floats(-50, 50, allow_subnormal=False))
def test_quotient_times_argument_is_the_activation(activation: Activation, z: float):
    z = torch.tensor([z], dtype=torch.float64)
    torch.testing.assert_close(quotient(activation, z) * z, activation(z), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_large_arguments_do_not_overflow(activation: Activation):
    z = torch.tensor([1e4, -1e4], dtype=torch.float64)
    torch.testing.assert_close(quotient(activation, z) * z, activation(z))


def test_small_arguments_of_the_shifted_softplus_keep_their_digits():
    # Series: 1/2 + z/8 - z³/192; the plain quotient has lost half of its digits here.
    z = torch.tensor([1e-8, 1e-5, 1e-3], dtype=torch.float64)
    expected = 0.5 + z / 8 - z**3 / 192
    torch.testing.assert_close(quotient(shifted_softplus, z), expected, rtol=1e-15, atol=0)


def test_an_activation_that_does_not_vanish_is_refused():
    with pytest.raises(UnsupportedModelError, match=r"sigmoid.*SiLU"):
        quotient(torch.sigmoid, torch.zeros(1))


def test_relu_at_its_kink_is_finite():
    values = quotient(torch.relu, torch.tensor([-1.0, 0.0, 2.0]))
    assert values.tolist() == [0.0, 0.0, 1.0]
    assert not math.isnan(values.sum())
