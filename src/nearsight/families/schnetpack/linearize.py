"""From a SchNetPack network and a geometry to a chain; the network itself is left untouched."""

from dataclasses import dataclass

import ase
import numpy as np
import torch

from nearsight.errors import ConfigError, ModelError
from nearsight.families.centring import centred
from nearsight.families.painn.vectors import TREATMENTS
from nearsight.families.painn.walks import freeze_painn, layers_of_painn
from nearsight.families.schnet.walks import freeze_schnet, layers_of_schnet
from nearsight.families.schnetpack.dipole import freeze_dipole
from nearsight.families.schnetpack.support import (
    check_structure,
    check_vectors,
    find_head,
    find_representation,
    is_dipole,
)
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.edges import Edges, find_edges
from nearsight.lrp.layer import Layer
from nearsight.lrp.readout import Readout, freeze_readout
from nearsight.lrp.recording import Recording, own_hooks
from nearsight.lrp.rules import Gamma, Rule

GAMMA = Gamma(0.1)
LAYERS = {"schnet": layers_of_schnet, "painn": layers_of_painn}
DTYPES = {"float64": torch.float64, "float32": torch.float32}


def linearize(
    network: torch.nn.Module,
    structure: ase.Atoms,
    *,
    output: str = "energy",
    rule: Rule = GAMMA,
    vector: str = "detach",
    dtype: str | torch.dtype = "float64",
    device: str | torch.device = "cpu",
) -> Chain:
    """Freeze a network at a geometry (GNN-LRP; Schnake et al., IEEE TPAMI 44, 7581 (2022)).

    The work is done on copies of the weights and without gradients: the network keeps its
    precision, device, training flag and gradients. Its post-processing (offsets) is no part of
    the chain. The magnitude of a dipole is linearised as d . d/|d| with the fraction frozen, see
    :mod:`nearsight.families.schnetpack.dipole`.

    Args:
        network: SchNetPack ``NeuralNetworkPotential`` of SchNet or PaiNN, with an ``Atomwise``
            head (sum or average of one value per atom) or a ``DipoleMoment`` head that predicts
            the magnitude.
        structure: molecule without periodic boundaries, in the network's unit of length. A head
            that corrects charges takes their sum from ``structure.info["total_charge"]``, 0
            without it.
        output: key of the output to explain.
        rule: LRP rule of dense layers with an activation.
        vector: treatment of PaiNN's vectors, ``detach`` or ``flow``; SchNet has none.
        dtype: precision of the chain, ``float64`` or ``float32``.
        device: where the chain lives and is computed.

    Raises:
        UnsupportedModelError: the network has a part that is not covered.
        ModelError: the network does not know an element, gives no finite output, or a dipole
            without direction.
        DataError: periodic, empty or not finite structure, or two atoms at one place.
        ConfigError: no such treatment of vectors, or precision.
    """
    if vector not in TREATMENTS:
        raise ConfigError(f"vector = {vector!r}: must be one of {', '.join(TREATMENTS)}")
    check_structure(structure)
    family, representation = find_representation(network)
    head = find_head(network, output)
    check_vectors(family, head, vector)
    kind = _precision(dtype)
    with torch.no_grad():
        model = _Copy(family, *(_copy(module, kind, device) for module in (representation, head)))
        geometry = _geometry(model, structure, kind, device)
        embedding = _embed(model.representation, geometry.numbers)
        seen, features, value = _forward(model, output, geometry)
        blocks = _blocks(model, seen, geometry.edges, rule, vector)
        readout = _readout(model.head, features, geometry, rule)
    n_state = blocks[0].c.shape[1]
    return Chain(
        h=_pad(embedding, n_state),
        o=_pad(readout.o, n_state),
        blocks=tuple(blocks),
        readout_bias=readout.constants.bias.item(),
        atomic_number=geometry.numbers,
        position=geometry.position,
        rule=rule,
        vector=vector if family == "painn" else "none",
        cutoff=float(model.representation.cutoff_fn.cutoff),
        output=value,
        readout_leak=0.0 if readout.constants.leak is None else readout.constants.leak.item(),
    )


Features = tuple[torch.Tensor, torch.Tensor | None]


@dataclass(frozen=True)
class _Copy:
    """The parts of a network to compute with."""

    family: str
    representation: Layer
    head: Layer


@dataclass(frozen=True)
class _Geometry:
    """Charges (N,), positions (N, 3), edges within the cutoff and the sum of charges."""

    numbers: torch.Tensor
    position: torch.Tensor
    edges: Edges
    total_charge: float


def _precision(dtype: str | torch.dtype) -> torch.dtype:
    found = DTYPES.get(str(dtype).removeprefix("torch."))
    if found is None:
        raise ConfigError(f"dtype = {dtype}: must be one of {', '.join(DTYPES)}")
    return found


def _copy(module: Layer, dtype: torch.dtype, device: str | torch.device) -> Layer:
    """A copy to compute with, so that precision and gradient flags of the user's stay.

    Only modules and tensors are new; a deep copy would take longer than all the rest.
    """
    twin = object.__new__(type(module))

    def moved(tensor: torch.Tensor | None) -> torch.Tensor | None:
        if tensor is None or not tensor.is_floating_point():
            return tensor if tensor is None else tensor.to(device)
        return tensor.detach().to(device, dtype)

    # Set at once and directly: a module's own way of setting an attribute is slow.
    vars(twin).update(
        {**vars(module), **own_hooks(module)},
        training=False,
        _parameters={name: moved(value) for name, value in module._parameters.items()},
        _buffers={name: moved(value) for name, value in module._buffers.items()},
        _modules={
            name: None if child is None else _copy(child, dtype, device)
            for name, child in module._modules.items()
        },
    )
    return twin


def _geometry(
    model: _Copy, structure: ase.Atoms, dtype: torch.dtype, device: str | torch.device
) -> _Geometry:
    total_charge = float(structure.info.get("total_charge", 0.0))
    position = torch.as_tensor(structure.positions, dtype=torch.float64)
    # The dipole of charges that do not add up to zero depends on the origin.
    corrected = getattr(model.head, "correct_charges", None)
    moves = corrected is None or (corrected and not total_charge)
    if moves and dtype != torch.float64:
        position = centred(position)
    position = position.to(device, dtype)
    return _Geometry(
        numbers=torch.as_tensor(np.asarray(structure.numbers, dtype=np.int64), device=device),
        position=position,
        edges=find_edges(position, float(model.representation.cutoff_fn.cutoff)),
        total_charge=total_charge,
    )


def _embed(representation: Layer, numbers: torch.Tensor) -> torch.Tensor:
    embedding = representation.embedding
    table = getattr(embedding, "weight", getattr(embedding, "embedding", None))
    # Asked beforehand: on a GPU an index beyond the table takes the whole process with it.
    if table is not None and int(numbers.max()) >= len(table):
        raise ModelError(
            f"nuclear charge {int(numbers.max())} is beyond the network's embedding, which ends "
            f"at {len(table) - 1}"
        )
    return embedding(numbers)


def _blocks(model: _Copy, seen: Recording, edges: Edges, rule: Rule, vector: str) -> list[Block]:
    if model.family == "schnet":
        return freeze_schnet(model.representation, seen, edges, rule)
    return freeze_painn(model.representation, seen, edges, rule, vector)


def _readout(head: Layer, last: Features, geometry: _Geometry, rule: Rule) -> Readout:
    if is_dipole(head):
        charge = geometry.total_charge
        return freeze_dipole(head, last, geometry.position, rule, total_charge=charge)
    return freeze_readout(head, last[0], rule)


def _pad(values: torch.Tensor, n_state: int) -> torch.Tensor:
    """Embedding and most read-outs touch the scalars alone; the vectors' entries are zero."""
    return torch.nn.functional.pad(values, (0, n_state - values.shape[1]))


def _forward(model: _Copy, output: str, geometry: _Geometry) -> tuple[Recording, Features, float]:
    """SchNetPack's own forward pass: what its layers saw, its features, and its output.

    The output is the value that the chain must conserve.
    """
    from schnetpack import properties

    numbers, edges = geometry.numbers, geometry.edges
    inputs = {
        properties.Z: numbers,
        properties.R: geometry.position,
        properties.Rij: edges.vector,
        properties.idx_i: edges.i,
        properties.idx_j: edges.j,
        properties.idx_m: torch.zeros_like(numbers),
        properties.n_atoms: torch.tensor([len(numbers)], device=numbers.device),
        properties.total_charge: geometry.position.new_tensor([geometry.total_charge]),
    }
    with Recording(LAYERS[model.family](model.representation)) as seen:
        results = model.head(model.representation(inputs))
    value = results[output].item()
    if not np.isfinite(value):
        raise ModelError(f"the network gives {value} for {len(numbers)} atoms: nothing to explain")
    features = results["scalar_representation"], results.get("vector_representation")
    return seen, features, value
