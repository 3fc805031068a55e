"""LRP rules: a dense layer with an activation, frozen as an affine map at its forward value.

For y = a(z), z = W x + b, every rule gives y_k = sum_l J_kl x_l + bias_k + leak_k exactly, with

    zero      J_kl = a(z_k) / z_k  W_kl
    epsilon   J_kl = a(z_k) / (z_k + e sign z_k)  W_kl
              leak_k = a(z_k) e sign z_k / (z_k + e sign z_k)
    gamma     J_kl = a(z_k) / Z_k  (1 + g [W_kl x_l and z_k agree in sign]) W_kl
              Z_k  = sum of the terms so enlarged, the bias among them

Zero, epsilon and gamma rule: Montavon et al., Layer-Wise Relevance Propagation: An Overview (2019),
section 10.2. The signs make the gamma rule valid for activations that also give negative values.
"""

from dataclasses import dataclass
from typing import Protocol

import torch

from nearsight.errors import ConfigError
from nearsight.explain.activations import quotient
from nearsight.explain.parts import Part


@dataclass(frozen=True)
class Terms:
    """How a rule weighs the terms of a pre-activation z.

    Attributes:
        scale: (N, out) factor on a(z)/z.
        weight: (N, out, in) factor on W, or 1.
        bias: (N, out) factor on b, or 1.
        leak: (N, out) part of z that no term receives.
    """

    scale: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor
    leak: torch.Tensor


class Rule(Protocol):
    """An LRP rule for dense layers with an activation."""

    @property
    def name(self) -> str:
        """Name as in the configuration."""

    @property
    def strength(self) -> float:
        """Its one parameter; 0 for a rule without."""

    def terms(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, z: torch.Tensor
    ) -> Terms:
        """Weigh the terms of z = weight x + bias for inputs x (N, in)."""


@dataclass(frozen=True)
class Zero:
    """LRP-0: relevance in proportion to the terms."""

    name = "zero"
    strength = 0.0

    def terms(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, z: torch.Tensor
    ) -> Terms:
        """See :class:`Rule`."""
        one = torch.ones_like(z)
        return Terms(one, one[..., None], one, torch.zeros_like(z))


@dataclass(frozen=True)
class Epsilon:
    """LRP-epsilon: weak outputs pass on less than they have; the rest leaks."""

    e: float
    name = "epsilon"

    def __post_init__(self) -> None:
        if not self.e > 0:
            raise ConfigError(f"epsilon = {self.e}: must be above 0 (use Zero for LRP-0)")

    @property
    def strength(self) -> float:
        """Epsilon."""
        return self.e

    def terms(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, z: torch.Tensor
    ) -> Terms:
        """See :class:`Rule`."""
        one = torch.ones_like(z)
        scale = z.abs() / (z.abs() + self.e)
        return Terms(scale, one[..., None], one, z * self.e / (z.abs() + self.e))


@dataclass(frozen=True)
class Gamma:
    """LRP-gamma: terms that agree in sign with their sum count 1 + gamma times."""

    g: float = 0.1
    name = "gamma"

    def __post_init__(self) -> None:
        if not self.g >= 0:
            raise ConfigError(f"gamma = {self.g}: must be 0 or above")

    @property
    def strength(self) -> float:
        """Gamma."""
        return self.g

    def terms(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, z: torch.Tensor
    ) -> Terms:
        """See :class:`Rule`."""
        sign = z.sign()
        product = weight * x[:, None, :]
        grown, one = 1 + z.new_tensor(self.g), z.new_ones(())
        on_weight = torch.where(product * sign[..., None] > 0, grown, one)
        on_bias = torch.where(bias * sign > 0, grown, one)
        enlarged = (on_weight * product).sum(-1) + on_bias * bias
        # At z = 0 no term agrees, so nothing was enlarged and the factor is that of LRP-0.
        scale = torch.where(z == 0, torch.ones_like(z), z / torch.where(z == 0, 1.0, enlarged))
        return Terms(scale, on_weight, on_bias, torch.zeros_like(z))


@dataclass(frozen=True)
class FrozenLayer:
    """A dense layer as an affine map per atom: output = J x + bias + leak.

    Attributes:
        J: (N, out, in).
        bias: (N, out).
        leak: (N, out), zero unless the rule is epsilon.
        output: (N, out) forward value.
    """

    J: torch.Tensor
    bias: torch.Tensor
    leak: torch.Tensor
    output: torch.Tensor


def freeze(layer: Part, x: torch.Tensor, rule: Rule) -> FrozenLayer:
    """Freeze a dense layer with an activation at inputs x (N, in) under a rule.

    Raises:
        UnsupportedModelError: the activation does not vanish at zero.
    """
    weight, bias = linear(layer)
    z = x @ weight.T + bias
    terms = rule.terms(x, weight, bias, z)
    gate = quotient(layer.activation, z)
    scale = gate * terms.scale
    return FrozenLayer(
        J=scale[..., None] * terms.weight * weight,
        bias=scale * terms.bias * bias,
        leak=gate * terms.leak,
        output=layer.activation(z),
    )


def linear(layer: Part) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (out, in) and bias (out,) of a dense layer; zeros where it has no bias."""
    weight = layer.weight
    return weight, weight.new_zeros(len(weight)) if layer.bias is None else layer.bias
