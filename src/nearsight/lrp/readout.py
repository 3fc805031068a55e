"""The read-out as a frozen linear form of the last states."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from nearsight.lrp.layer import Layer
from nearsight.lrp.rules import Constants, Rule, freeze, linear


@dataclass(frozen=True)
class Readout:
    """Output = sum_i o_i . h_i + constants.

    Attributes:
        o: (N, F) frozen gradient, pooling included; (N, 4F) where vectors are read too.
        constants: (1,) relevance of the read-out's biases, and what an epsilon rule absorbs.
    """

    o: torch.Tensor
    constants: Constants


def freeze_readout(net: Layer, state: torch.Tensor, share: torch.Tensor, rule: Rule) -> Readout:
    """Freeze sum_i share_i y_i of a dense net y with one output per atom, pooled by shares.

    Args:
        net: dense layers, the last without activation.
        state: (N, F) last states of the atoms.
        share: (N,) constant weight of each atom's output.
        rule: LRP rule of every layer but the last, which is linear.

    Raises:
        UnsupportedModelError: an activation does not vanish at zero.
    """
    *hidden, last = net
    layers = []
    for layer in hidden:
        layers.append(freeze(layer, state, rule))
        state = layers[-1].output
    weight, last_bias = linear(last)
    gradient = share[:, None] * weight
    constants = Constants((share.sum() * last_bias.sum())[None])
    for frozen in reversed(layers):
        constants += frozen.constants.through(weighted_by(gradient))
        gradient = (gradient[:, None] @ frozen.J)[:, 0]
    return Readout(gradient, constants)


def weighted_by(gradient: torch.Tensor) -> Callable[[torch.Tensor], torch.Tensor]:
    """The linear map from constants (N, out) to their relevance (1,) under a gradient (N, out)."""
    return lambda constant: (gradient * constant).sum()[None]
