"""From a SchNetPack network and a geometry to a chain; the network itself is left untouched."""

import copy

import ase
import numpy as np
import torch

from nearsight.errors import ConfigError, ModelError
from nearsight.explain.chain import Chain
from nearsight.explain.geometry import Edges, find_edges
from nearsight.explain.painn import freeze_painn
from nearsight.explain.parts import Part
from nearsight.explain.readout import freeze_readout
from nearsight.explain.rules import Gamma, Rule
from nearsight.explain.schnet import freeze_schnet
from nearsight.explain.support import check_structure, find_head, find_representation
from nearsight.explain.vectors import TREATMENTS

GAMMA = Gamma(0.1)


def linearize(
    network: torch.nn.Module,
    structure: ase.Atoms,
    *,
    output: str = "energy",
    rule: Rule = GAMMA,
    vector: str = "detach",
    dtype: torch.dtype = torch.float64,
) -> Chain:
    """Freeze a network at a geometry (GNN-LRP; Schnake et al., IEEE TPAMI 44, 7581 (2022)).

    The work is done on copies of the weights, on the CPU and without gradients. The network's
    post-processing (offsets) is no part of the chain.

    Args:
        network: SchNetPack ``NeuralNetworkPotential`` of SchNet or PaiNN with an Atomwise head.
        structure: molecule without periodic boundaries.
        output: key of the output to explain.
        rule: LRP rule of dense layers with an activation.
        vector: treatment of PaiNN's vectors, ``detach`` or ``flow``; SchNet has none.
        dtype: precision of the chain.

    Raises:
        UnsupportedModelError: the network has a part that is not covered.
        ModelError: the network does not know an element, or gives no finite output.
        DataError: periodic, empty or not finite structure, or two atoms at one place.
        ConfigError: no such treatment of vectors.
    """
    if vector not in TREATMENTS:
        raise ConfigError(f"vector = {vector!r}: must be one of {', '.join(TREATMENTS)}")
    check_structure(structure)
    family, representation = find_representation(network)
    head = find_head(network, output)
    with torch.no_grad():
        representation, head = _copy(representation, dtype), _copy(head, dtype)
        numbers = torch.as_tensor(np.asarray(structure.numbers, dtype=np.int64))
        position = torch.as_tensor(structure.positions).to(dtype)
        cutoff = float(representation.cutoff_fn.cutoff)
        edges = find_edges(position, cutoff)
        embedding = _embed(representation, numbers)
        if family == "schnet":
            blocks, last = freeze_schnet(representation, embedding, edges, rule)
        else:
            blocks, last = freeze_painn(representation, embedding, edges, rule, vector)
        readout = freeze_readout(head, last, rule)
        value = _network_output(representation, head, numbers, edges)
    n_state = blocks[0].c.shape[1]
    return Chain(
        h=_pad(embedding, n_state),
        o=_pad(readout.o, n_state),
        blocks=tuple(blocks),
        readout_bias=readout.bias,
        atomic_number=numbers,
        position=position,
        rule=rule,
        vector=vector if family == "painn" else "none",
        cutoff=cutoff,
        output=value,
        readout_leak=readout.leak,
    )


def _copy(module: Part, dtype: torch.dtype) -> Part:
    """A copy to compute with, so that precision and gradient flags of the user's stay."""
    return copy.deepcopy(module).to(device="cpu", dtype=dtype).requires_grad_(False)


def _embed(representation: Part, numbers: torch.Tensor) -> torch.Tensor:
    try:
        return representation.embedding(numbers)
    except IndexError:
        raise ModelError(
            f"nuclear charge {int(numbers.max())} is beyond the network's embedding"
        ) from None


def _pad(values: torch.Tensor, n_state: int) -> torch.Tensor:
    """Embedding and read-out touch the scalar features alone; the vectors' entries are zero."""
    return torch.nn.functional.pad(values, (0, n_state - values.shape[1]))


def _network_output(representation: Part, head: Part, numbers: torch.Tensor, edges: Edges) -> float:
    """What SchNetPack's own forward pass gives, as the value that the chain must conserve."""
    from schnetpack import properties

    inputs = {
        properties.Z: numbers,
        properties.Rij: edges.vector,
        properties.idx_i: edges.i,
        properties.idx_j: edges.j,
        properties.idx_m: torch.zeros_like(numbers),
        properties.n_atoms: torch.tensor([len(numbers)]),
    }
    value = head(representation(inputs))[head.output_key].item()
    if not np.isfinite(value):
        raise ModelError(f"the network gives {value} for {len(numbers)} atoms: nothing to explain")
    return value
