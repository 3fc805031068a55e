"""Quotients a(z)/z of activations, finite and accurate also at z = 0."""

import math
from collections.abc import Callable

import torch
from torch.nn import functional

from nearsight.errors import UnsupportedModelError

Activation = Callable[[torch.Tensor], torch.Tensor]
# Below this, a(z)/z is replaced by a'(z/2), whose relative error is of order z².
SMALL = 1e-6
FAR = 20.0
"""Beyond, PyTorch takes z for log(1 + exp z)."""


def quotient(activation: Activation, z: torch.Tensor) -> torch.Tensor:
    """a(z)/z, with its limit a'(0) at z = 0.

    SiLU gives sigmoid(z); the shifted softplus log1p(expm1(z)/2)/z with limit 1/2; any other
    activation its own value over z, and its derivative near zero.

    Args:
        activation: a function of single numbers.
        z: (...,) pre-activations.

    Returns:
        (...,) as ``z``.

    Raises:
        UnsupportedModelError: a(0) is not 0, so that part of a(z) belongs to no input.
    """
    if activation is functional.silu or isinstance(activation, torch.nn.SiLU):
        return torch.sigmoid(z)
    if _is_shifted_softplus(activation):
        return _shifted_softplus_quotient(z)
    return _generic_quotient(activation, z)


def _is_shifted_softplus(activation: Activation) -> bool:
    # By name: importing the library that defines it would cost seconds.
    return getattr(activation, "__name__", "") == "shifted_softplus"


def _shifted_softplus_quotient(z: torch.Tensor) -> torch.Tensor:
    # Accurate also near 0, where the activation itself, a difference, is not.
    value = torch.log1p(torch.expm1(z.clamp(max=FAR)) / 2)
    value = torch.where(z > FAR, z - math.log(2), value)
    return torch.where(z == 0, 0.5, value / torch.where(z == 0, 1.0, z))


def _generic_quotient(activation: Activation, z: torch.Tensor) -> torch.Tensor:
    if activation(z.new_zeros(1)).abs().item() > SMALL:
        name = getattr(activation, "__name__", type(activation).__name__)
        raise UnsupportedModelError(
            f"activation {name} is not 0 at 0, so relevance cannot be shared among its inputs; "
            "supported are activations that vanish at 0, such as SiLU, shifted softplus and tanh"
        )
    small = z.abs() < SMALL
    slope = torch.func.jvp(activation, (z / 2,), (torch.ones_like(z),))[1]
    far = torch.where(small, 1.0, z)
    return torch.where(small, slope, activation(far) / far)
