"""LRP rules: a dense layer with an activation, frozen as an affine map at its forward value.

For y = a(z), z = W x + b, every rule gives y_k = sum_l J_kl x_l + bias_k + leak_k exactly, with

    zero      J_kl = a(z_k) / z_k  W_kl
    epsilon   J_kl = a(z_k) / (z_k + e sign z_k)  W_kl
              leak_k = a(z_k) e sign z_k / (z_k + e sign z_k)
    gamma     J_kl = a(z_k) / Z_k  (1 + g [W_kl x_l and z_k agree in sign]) W_kl
              Z_k  = sum of the terms so enlarged, the bias among them

Zero, epsilon and gamma rule: Montavon et al., Layer-Wise Relevance Propagation: An Overview (2019),
section 10.2. The signs make the gamma rule valid for inputs and activations that are negative too;
so it stands in the public code of Bonneau et al. (2025), which treats the bias in another way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from nearsight.errors import ConfigError
from nearsight.lrp.activations import quotient
from nearsight.lrp.layer import Layer


@dataclass(frozen=True)
class Terms:
    """How a rule weighs the terms of a pre-activation z.

    Attributes:
        scale: (N, out) factor on a(z)/z.
        weight: (N, out, in), or (out, in) where it is the same for all: W as the rule enlarges it.
        bias: (N, out), or (out,): b as the rule enlarges it.
        leak: (N, out) part of z that no term receives; ``None`` for none.
    """

    scale: torch.Tensor
    weight: torch.Tensor
    bias: torch.Tensor
    leak: torch.Tensor | None = None


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
        """Weigh the terms of z = weight x + bias.

        Args:
            x: (N, in) inputs.
            weight: (out, in).
            bias: (out,).
            z: (N, out) pre-activations.
        """


@dataclass(frozen=True)
class Zero:
    """LRP-0: relevance in proportion to the terms."""

    name = "zero"
    strength = 0.0

    def terms(
        self, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, z: torch.Tensor
    ) -> Terms:
        """All terms as they are; see :class:`Rule`.

        Args:
            x: (N, in) inputs.
            weight: (out, in).
            bias: (out,).
            z: (N, out) pre-activations.
        """
        return Terms(torch.ones_like(z), weight, bias)


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
        """Terms as they are, all of them scaled down where z is small; see :class:`Rule`.

        Args:
            x: (N, in) inputs.
            weight: (out, in).
            bias: (out,).
            z: (N, out) pre-activations.
        """
        size = z.abs()
        return Terms(size / (size + self.e), weight, bias, z * self.e / (size + self.e))


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
        """Terms that agree in sign with z enlarged; see :class:`Rule`.

        Args:
            x: (N, in) inputs.
            weight: (out, in).
            bias: (out,).
            z: (N, out) pre-activations.
        """
        agreeing_bias = torch.where(bias * z.sign() > 0, bias, 0.0)
        enlarged = z + self.g * (_agreeing_sum(x, weight, z) + agreeing_bias)
        # At z = 0 no term agrees, so nothing was enlarged and the factor is that of LRP-0.
        scale = torch.where(z == 0, 1.0, z / torch.where(z == 0, 1.0, enlarged))
        grown = self._grow_where_agreeing(x, weight, z)
        return Terms(scale, grown, bias + self.g * agreeing_bias)

    def _grow_where_agreeing(
        self, x: torch.Tensor, weight: torch.Tensor, z: torch.Tensor
    ) -> torch.Tensor:
        """(N, out, in) weights, those of terms that agree in sign with z enlarged.

        By half the growth for all, and half of it by the product of the three signs.
        """
        half = (self.g / 2) * weight.abs().T
        grown = half * x.sign()[..., None]
        grown.mul_(z.sign()[:, None]).add_((1 + self.g / 2) * weight.T)
        no_sign, no_sum = x == 0, z == 0
        if no_sign.any() or no_sum.any():
            grown = torch.where(no_sign[..., None] | no_sum[:, None], weight.T, grown)
        return grown.mT


def _agreeing_sum(x: torch.Tensor, weight: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """(N, out) sum of the terms of weight x that have the sign of z."""
    # Half of all terms together and half of their sizes together.
    return (x @ weight.T + z.sign() * (x.abs() @ weight.abs().T)) / 2 * (z != 0)


@dataclass(frozen=True)
class Constants:
    """What does not depend on the input of a frozen layer.

    Attributes:
        bias: (N, out) relevance of biases.
        leak: (N, out) what an epsilon rule absorbs; ``None`` for the rules that do not leak.
    """

    bias: torch.Tensor
    leak: torch.Tensor | None = None

    def through(self, linear_map: Callable[[torch.Tensor], torch.Tensor]) -> "Constants":
        """Both, carried on by a linear map from (N, out) to (N, other)."""
        leak = None if self.leak is None else linear_map(self.leak)
        return Constants(linear_map(self.bias), leak)

    def __add__(self, other: "Constants") -> "Constants":
        leaks = [leak for leak in (self.leak, other.leak) if leak is not None]
        return Constants(self.bias + other.bias, sum(leaks[1:], leaks[0]) if leaks else None)

    def total(self) -> torch.Tensor:
        """(N, out) both together."""
        return self.bias if self.leak is None else self.bias + self.leak


@dataclass(frozen=True)
class FrozenLayer:
    """A dense layer as an affine map per atom: output = J x + bias + leak.

    Attributes:
        J: (N, out, in).
        constants: bias and leak, (N, out) each.
        output: (N, out) forward value.
    """

    J: torch.Tensor
    constants: Constants
    output: torch.Tensor


def freeze(layer: Layer, x: torch.Tensor, rule: Rule) -> FrozenLayer:
    """Freeze a dense layer with an activation.

    Args:
        layer: its ``weight`` is (out, in), its ``bias`` (out,) or none.
        x: (N, in) inputs.
        rule: how relevance is shared among them.

    Raises:
        UnsupportedModelError: the activation does not vanish at zero.
    """
    weight, bias = linear(layer)
    z = x @ weight.T + bias
    terms = rule.terms(x, weight, bias, z)
    gate = quotient(layer.activation, z)
    scale = gate * terms.scale
    own = terms.weight.ndim == 3  # made for this layer and these inputs: changed in place
    return FrozenLayer(
        J=terms.weight.mul_(scale[..., None]) if own else scale[..., None] * terms.weight,
        constants=Constants(scale * terms.bias, None if terms.leak is None else gate * terms.leak),
        output=gate * z,
    )


def linear(layer: Layer) -> tuple[torch.Tensor, torch.Tensor]:
    """Weight (out, in) and bias (out,) of a dense layer; zeros where it has no bias."""
    weight = layer.weight
    return weight, weight.new_zeros(len(weight)) if layer.bias is None else layer.bias
