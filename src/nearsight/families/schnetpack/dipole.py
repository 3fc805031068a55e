"""The magnitude of a dipole moment as a frozen linear form of the last states.

With d = sum_i (r_i q_i + m_i), q_i the latent charges and m_i the local dipoles, and u = d/|d| held
fixed, |d| = u . d is linear in q and m; u is also the gradient of |d|. Correcting the charges by
(Q - sum q)/N moves the origin to the mean position: sum_i u . (r_i - mean r) q_i + Q u . mean r.
Heads: Schütt et al. (PaiNN), ICML 2021; Veit et al., J. Chem. Phys. 153, 024113 (2020).
"""

from dataclasses import dataclass

import torch

from nearsight.errors import ModelError, UnsupportedModelError
from nearsight.lrp.layer import Layer
from nearsight.lrp.readout import Readout, freeze_readout, weighted_by
from nearsight.lrp.rules import Constants, FrozenLayer, Rule, freeze, linear

# Below this many units in the last place of its terms, the direction of a dipole is noise.
NOISE = 1e4


def freeze_dipole(
    head: Layer,
    features: tuple[torch.Tensor, torch.Tensor | None],
    position: torch.Tensor,
    rule: Rule,
    *,
    total_charge: float = 0.0,
) -> Readout:
    """Freeze a DipoleMoment head that predicts the magnitude.

    Args:
        head: SchNetPack's DipoleMoment.
        features: last states of the atoms, scalars (N, F) and vectors (N, 3, F), the latter
            only needed for local dipoles.
        position: (N, 3) as the head reads them; without charge correction the origin matters.
        rule: LRP rule of every layer but the last.
        total_charge: Q; matters only where the head corrects charges.

    Raises:
        ModelError: the dipole vanishes, so that its direction is not defined.
        UnsupportedModelError: an activation does not vanish at zero.
    """
    scalar, vectors = features
    layers: list[_GatedLayer] = []
    if head.use_vector_representation:
        layers, charge, local = _gated_outputs(head, scalar, vectors, rule)
    else:
        charge, local = head.outnet(scalar)[:, 0], torch.zeros_like(position)
    centre = position.mean(0) if head.correct_charges else torch.zeros_like(position[0])
    offset = total_charge * centre if head.correct_charges else torch.zeros_like(centre)
    terms = (position - centre) * charge[:, None] + local
    direction = _direction(terms, offset)
    share = (position - centre) @ direction
    if head.use_vector_representation:
        readout = _gated_readout(layers, share, direction)
    else:
        readout = freeze_readout(head.outnet, scalar, share, rule)
    return Readout(readout.o, readout.constants + Constants((offset @ direction)[None]))


def _direction(terms: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    dipole = terms.sum(0) + offset
    size, scale = dipole.norm(), terms.norm(dim=-1).sum() + offset.norm()
    # Written so that NaN passes: the output itself is checked where the chain is made.
    if size <= NOISE * torch.finfo(terms.dtype).eps * scale:
        raise ModelError(
            f"the network's dipole vanishes ({size.item():.1e}): its magnitude has no direction "
            "to be shared among atoms"
        )
    return dipole / size


@dataclass(frozen=True)
class _GatedLayer:
    """A frozen GatedEquivariantBlock: scalars under the rule, its gate on vectors held fixed.

    Attributes:
        hidden: first layer of the scalar net, on [s, |V|].
        scalar: its second layer into the scalar outputs, with their activation if there is one.
        gate: (N, out) factor on W.
        slope: (N, 3, out) V / |V|, zero where V is.
        weight_v, weight_w: (out, in) channel mixing, V and W from the vectors.
    """

    hidden: FrozenLayer
    scalar: FrozenLayer
    gate: torch.Tensor
    slope: torch.Tensor
    weight_v: torch.Tensor
    weight_w: torch.Tensor


@dataclass(frozen=True)
class _Half:
    """Layer of a dense layer's outputs, as a dense layer of its own."""

    weight: torch.Tensor
    bias: torch.Tensor
    activation: Layer


def _gated_outputs(
    head: Layer, scalar: torch.Tensor, vectors: torch.Tensor | None, rule: Rule
) -> tuple[list[_GatedLayer], torch.Tensor, torch.Tensor]:
    """Frozen layers, charges (N,) and local dipoles (N, 3)."""
    if vectors is None:
        raise UnsupportedModelError("local dipoles need a representation with vectors")
    layers = []
    for block in head.outnet:
        layer, scalar, vectors = _freeze_gated(block, scalar, vectors, rule)
        layers.append(layer)
    return layers, scalar[:, 0], vectors[..., 0]


def _freeze_gated(
    block: Layer, scalar: torch.Tensor, vectors: torch.Tensor, rule: Rule
) -> tuple[_GatedLayer, torch.Tensor, torch.Tensor]:
    weight_v, weight_w = block.mix_vectors.weight.split(block.n_vout)
    v, w = vectors @ weight_v.T, vectors @ weight_w.T
    norm = v.norm(dim=1)
    first, second = block.scalar_net
    hidden = freeze(first, torch.cat([scalar, norm], -1), rule)
    weights, biases = (part.split([block.n_sout, block.n_vout]) for part in linear(second))
    gate = hidden.output @ weights[1].T + biases[1]
    layer = _GatedLayer(
        hidden=hidden,
        scalar=_scalar_half(block, weights[0], biases[0], hidden.output, rule),
        gate=gate,
        slope=v / torch.where(norm == 0, 1.0, norm)[:, None],
        weight_v=weight_v,
        weight_w=weight_w,
    )
    return layer, layer.scalar.output, gate[:, None] * w


def _scalar_half(
    block: Layer, weight: torch.Tensor, bias: torch.Tensor, x: torch.Tensor, rule: Rule
) -> FrozenLayer:
    # As SchNetPack asks: a block without activation of its scalars has None here.
    if block.sactivation:
        return freeze(_Half(weight, bias, block.sactivation), x, rule)
    output = x @ weight.T + bias
    shape = len(x), *weight.shape
    return FrozenLayer(weight.expand(shape), Constants(bias.expand(shape[:2])), output)


def _gated_readout(
    layers: list[_GatedLayer], share: torch.Tensor, direction: torch.Tensor
) -> Readout:
    """Transposed layers from the output to the states q, mu_x, mu_y, mu_z."""
    scalar, vectors = share[:, None], direction[None, :, None].expand(len(share), -1, 1)
    constants = Constants(share.new_zeros(1))
    for layer in reversed(layers):
        hidden = torch.einsum("no,noh->nh", scalar, layer.scalar.J)
        constants += layer.scalar.constants.through(weighted_by(scalar))
        constants += layer.hidden.constants.through(weighted_by(hidden))
        context = torch.einsum("nh,nhi->ni", hidden, layer.hidden.J)
        n_norms = layer.slope.shape[-1]
        scalar, norm = context[:, :-n_norms], context[:, -n_norms:]
        gated = (layer.gate[:, None] * vectors) @ layer.weight_w
        vectors = (layer.slope * norm[:, None]) @ layer.weight_v + gated
    return Readout(torch.cat([scalar, vectors.flatten(1)], -1), constants)
