"""A read-out frozen as a linear form: the forward value, for any dense net and any pooling."""

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from nearsight.explain import Epsilon, Gamma, Rule, Zero
from nearsight.lrp.readout import Readout, freeze_readout, weighted_by

N, F = 4, 6
RULES = [Zero(), Gamma(0.3), Epsilon(0.1)]


class Dense(torch.nn.Linear):
    """All that is asked of a layer: a weight, perhaps a bias, and an activation."""

    def __init__(
        self, n_in: int, n_out: int, activation: Callable[..., torch.Tensor], *, bias: bool = True
    ) -> None:
        super().__init__(n_in, n_out, bias=bias, dtype=torch.float64)
        self.activation = activation

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        return self.activation(super().forward(given))


def net(
    n_layers: int, activation: Callable[..., torch.Tensor] = functional.silu, *, bias: bool = True
) -> torch.nn.Sequential:
    torch.manual_seed(n_layers)
    layers = [Dense(F, F, activation, bias=bias) for _ in range(n_layers - 1)]
    return torch.nn.Sequential(*layers, Dense(F, 1, torch.nn.Identity(), bias=bias)).requires_grad_(
        False
    )


@pytest.fixture
def state() -> torch.Tensor:
    return torch.randn(N, F, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def share() -> torch.Tensor:
    """Weights that differ from atom to atom, one of them negative."""
    return torch.tensor([0.5, 1.0, -2.0, 0.25], dtype=torch.float64)


def value(frozen: Readout, state: torch.Tensor) -> float:
    return float((frozen.o * state).sum() + frozen.constants.total())


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_frozen_readout_has_the_forward_value(
    layers: int, rule: Rule, state: torch.Tensor, share: torch.Tensor
) -> None:
    head = net(layers)
    expected = float(share @ head(state)[:, 0])
    frozen = freeze_readout(head, state, share, rule)
    assert value(frozen, state) == pytest.approx(expected, rel=1e-12)
    leak = frozen.constants.leak
    assert (leak is not None and leak.item() != 0) == (rule.name == "epsilon" and layers > 1)


def test_atoms_are_on_their_own(state: torch.Tensor, share: torch.Tensor) -> None:
    """The form at an atom depends on that atom alone, and is proportional to its share."""
    head, rule = net(3), Gamma(0.3)
    whole = freeze_readout(head, state, share, rule)
    for k in range(N):
        alone = freeze_readout(head, state[k : k + 1], torch.ones(1).double(), rule)
        torch.testing.assert_close(whole.o[k], share[k] * alone.o[0])
    moved = state.clone()
    moved[0] += 1.0
    other = freeze_readout(head, moved, share, rule)
    torch.testing.assert_close(other.o[1:], whole.o[1:])
    assert not torch.allclose(other.o[0], whole.o[0])


def test_shares_that_vanish_have_no_part(state: torch.Tensor) -> None:
    frozen = freeze_readout(net(3), state, torch.zeros(N).double(), Zero())
    assert not frozen.o.any()
    assert frozen.constants.total().item() == 0


def test_zero_rule_on_rectifiers_is_gradient_times_input(
    state: torch.Tensor, share: torch.Tensor
) -> None:
    """a(z) / z of a rectifier is its slope, so LRP-0 freezes the tangent."""
    head = net(3, torch.relu)
    given = state.clone().requires_grad_()
    (slope,) = torch.autograd.grad(share @ head(given)[:, 0], given)
    frozen = freeze_readout(head, state, share, Zero())
    torch.testing.assert_close(frozen.o, slope)


def test_without_biases_there_is_no_constant(state: torch.Tensor, share: torch.Tensor) -> None:
    frozen = freeze_readout(net(2, bias=False), state, share, Gamma(0.3))
    assert frozen.constants.total().item() == 0
    biased = freeze_readout(net(2), state, share, Gamma(0.3))
    assert biased.constants.total().item() != 0


def test_one_linear_layer_by_hand(state: torch.Tensor, share: torch.Tensor) -> None:
    head = net(1)
    frozen = freeze_readout(head, state, share, Epsilon(0.1))
    torch.testing.assert_close(frozen.o, share[:, None] * head[0].weight)
    assert frozen.constants.total().item() == pytest.approx(float(share.sum() * head[0].bias))


def test_constants_are_weighted_by_the_gradient() -> None:
    gradient = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    constant = torch.tensor([[3.0, 0.5], [9.0, 2.0]])
    assert weighted_by(gradient)(constant).tolist() == [3.0 + 1.0 - 2.0]
