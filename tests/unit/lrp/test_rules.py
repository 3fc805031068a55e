import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from schnetpack.nn import Dense
from torch.nn import functional

from nearsight.errors import ConfigError
from nearsight.explain import Epsilon, Gamma, Rule, Zero
from nearsight.lrp.rules import FrozenLayer, freeze

RULES = [Zero(), Gamma(0.0), Gamma(0.1), Gamma(5.0), Epsilon(0.3)]


def dense(weight: list[list[float]], bias: list[float] | None):
    weight = torch.tensor(weight, dtype=torch.float64)
    layer = Dense(*weight.shape[::-1], bias=bias is not None, activation=functional.silu).double()
    layer.weight.data = weight
    if bias is not None:
        layer.bias.data = torch.tensor(bias, dtype=torch.float64)
    return layer.requires_grad_(False)


def rebuilt(frozen: FrozenLayer, x: torch.Tensor):
    return torch.einsum("noi,ni->no", frozen.J, x) + frozen.constants.total()


@pytest.mark.parametrize("rule", RULES)
@given(seed=st.integers(0, 1000), bias=st.booleans())
def test_frozen_layer_has_the_forward_value(rule: Rule, seed: int, bias: list[float] | None):
    random = torch.Generator().manual_seed(seed)
    draw = torch.randn(6, 4, generator=random, dtype=torch.float64)
    layer = dense(draw[:3].tolist(), draw[3, :3].tolist() if bias else None)
    x = draw[4:]
    torch.testing.assert_close(rebuilt(freeze(layer, x, rule), x), layer(x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_zero_input_is_finite(rule: Rule):
    layer, x = dense([[1.0, -2.0]], None), torch.zeros(1, 2, dtype=torch.float64)
    frozen = freeze(layer, x, rule)
    assert torch.isfinite(frozen.J).all()
    assert (rebuilt(frozen, x) == 0).all()


def test_only_epsilon_leaks():
    layer, x = dense([[1.0, -2.0]], [0.5]), torch.ones(1, 2, dtype=torch.float64)
    assert all(freeze(layer, x, rule).constants.leak is None for rule in (Zero(), Gamma(1.0)))
    # z = -1/2: e / (|z| + e) of the output leaks.
    leak = freeze(layer, x, Epsilon(0.5)).constants.leak.item()
    assert leak == pytest.approx(0.5 * functional.silu(torch.tensor(-0.5)).item())


def test_gamma_by_hand():
    """Terms 3, -1 and bias 1 make z = 3; enlarged by gamma = 1 they are 6, -1 and 2."""
    layer, x = dense([[3.0, -1.0]], [1.0]), torch.ones(1, 2, dtype=torch.float64)
    frozen = freeze(layer, x, Gamma(1.0))
    y = functional.silu(torch.tensor(3.0, dtype=torch.float64))
    torch.testing.assert_close(frozen.J[0, 0], y / 7 * torch.tensor([6.0, -1.0]).double())
    torch.testing.assert_close(frozen.constants.bias[0, 0], y / 7 * 2)


def test_gamma_enlarges_what_agrees_with_a_negative_output():
    """Terms 1, -3 make z = -2; the negative one agrees and becomes -6 of -5."""
    layer, x = dense([[1.0, -3.0]], None), torch.ones(1, 2, dtype=torch.float64)
    frozen = freeze(layer, x, Gamma(1.0))
    y = functional.silu(torch.tensor(-2.0, dtype=torch.float64))
    torch.testing.assert_close(frozen.J[0, 0], y / -5 * torch.tensor([1.0, -6.0]).double())


def test_terms_that_cancel_exactly_pass_nothing_on_but_stay_finite():
    layer, x = dense([[1.0, -1.0]], None), torch.ones(1, 2, dtype=torch.float64)
    frozen = freeze(layer, x, Gamma(0.1))
    assert torch.isfinite(frozen.J).all()
    assert rebuilt(frozen, x).item() == 0


def test_gamma_zero_is_the_zero_rule():
    layer, x = dense([[1.0, -3.0]], [0.2]), torch.rand(4, 2, dtype=torch.float64)
    torch.testing.assert_close(freeze(layer, x, Gamma(0.0)).J, freeze(layer, x, Zero()).J)


@pytest.mark.parametrize(("rule", "value"), [(Gamma, -0.1), (Epsilon, 0.0), (Gamma, float("nan"))])
def test_parameters_out_of_bounds_are_refused(rule: Rule, value: float):
    with pytest.raises(ConfigError, match=str(value)):
        rule(value)
