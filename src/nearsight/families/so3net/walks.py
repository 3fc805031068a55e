"""SO3net's blocks as blocks of a chain: relevance flows through scalars alone.

With x_s the features of an atom (s = 0 the scalars, s > 0 those with angular momentum), a block is

    y_i = sum_j C W(r_ij) Y(r_ij) x_j          convolution, C the Clebsch-Gordan coefficients
    d   = y + C y (W_1 y)                      product of an atom's features with themselves
    x   = x + W_3 [sigmoid(g(W_2 d)_0) W_2 d]  gate

Features with angular momentum are constants, as are the second factor of the product and the gate;
what they bring to the scalars is the relevance of no walk and stands in ``vector``. The research
code of Bonneau et al. explains coarse-grained networks of this kind by their scalars too.
"""

import torch
from schnetpack.representation import SO3net

from nearsight.families.schnetpack.walks import SchNetPackWalks
from nearsight.lrp.chain import Block
from nearsight.lrp.edges import Edges
from nearsight.lrp.filters import Filters, gather
from nearsight.lrp.layer import Layer
from nearsight.lrp.maps import per_atom
from nearsight.lrp.recording import Recording
from nearsight.lrp.rules import Rule


def layers_of_so3net(representation: Layer) -> list[Layer]:
    """Layers whose inputs and outputs an SO3net is frozen from."""
    return [*representation.so3convs, *representation.mixings1, *representation.gatings]


def freeze_so3net(
    representation: Layer, seen: Recording, edges: Edges, rule: Rule, vector: str
) -> list[Block]:
    """Freeze every block of an SO3net.

    Args:
        representation: SchNetPack's SO3net.
        seen: its forward pass.
        edges: within its cutoff.
        rule: LRP rule; of no effect, since no dense layer of a block has an activation.
        vector: of no effect, there is one way alone.
    """
    radial = representation.radial_basis(edges.distance)
    damping = representation.cutoff_fn(edges.distance)[:, None]
    sphere = representation.sphharm(edges.direction)[:, :1]
    steps = zip(
        representation.so3convs, representation.mixings1, representation.mixings2,
        representation.gatings, representation.mixings3, strict=True,
    )  # fmt: skip
    blocks = []
    for convolution, *rest in steps:
        scalar = convolution.filternet(radial)[:, : representation.n_atom_basis]
        filters = edges.filters(scalar * damping * sphere * _scalar_coupling(convolution))
        blocks.append(_freeze_block(representation.so3product, seen, convolution, filters, *rest))
    return blocks


def _freeze_block(
    product: Layer,
    seen: Recording,
    convolution: Layer,
    filters: Filters,
    mixing1: Layer,
    mixing2: Layer,
    gating: Layer,
    mixing3: Layer,
) -> Block:
    """One block, from its layers and scalar filters (N, N, F)."""
    gathered, factor = seen.output(convolution), seen.output(mixing1)
    own = _scalar_coupling(product) * factor[:, 0]
    squared = product(gathered, factor)[:, 0] - own * gathered[:, 0]
    gate = torch.sigmoid(gating.scaling(seen.given(gating)[:, 0])[:, : own.shape[1]])
    after = mixing3.weight @ (gate[..., None] * mixing2.weight)
    received = after * (1 + own)[:, None, :]
    given = seen.given(convolution)[:, 0]
    turned = gathered[:, 0] - gather(filters, given)
    constant = per_atom(received, turned) + per_atom(after, squared)
    identity = torch.eye(own.shape[1], dtype=own.dtype, device=own.device)
    return Block(
        P=None,
        M=received,
        K=identity.expand(len(own), -1, -1),
        f=filters,
        c=constant,
        vector=constant,
    )


def _scalar_coupling(layer: Layer) -> torch.Tensor:
    """The coefficient by which two scalars make a scalar."""
    scalars = (layer.idx_in_1 == 0) & (layer.idx_in_2 == 0) & (layer.idx_out == 0)
    return layer.clebsch_gordan[scalars].sum()


WALKS = SchNetPackWalks(
    kind=SO3net, layers=layers_of_so3net, freeze=freeze_so3net, blocks="so3convs"
)
"""SO3net's: its scalars."""
