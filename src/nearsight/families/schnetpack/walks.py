"""How a network of SchNetPack becomes a chain: what its families share, each with its own blocks.

The work is done on copies of the weights and without gradients; the network itself is left
untouched. Its post-processing (offsets) is no part of the chain.
"""

from collections.abc import Callable
from dataclasses import dataclass

import ase
import numpy as np
import torch

from nearsight.errors import ModelError
from nearsight.families.centring import centred
from nearsight.families.schnetpack.dipole import freeze_dipole
from nearsight.families.schnetpack.network import last_element_of
from nearsight.families.schnetpack.pairs_once import PairsOnce, pairs_of
from nearsight.families.schnetpack.support import (
    check_network,
    computes,
    find_head,
    is_dipole,
    require_carriers,
)
from nearsight.lrp.chain import Block, Chain
from nearsight.lrp.edges import Edges, find_edges
from nearsight.lrp.layer import Layer
from nearsight.lrp.readout import Readout, freeze_readout
from nearsight.lrp.recording import Recording, own_hooks
from nearsight.lrp.rules import Rule

Freeze = Callable[[Layer, Recording, Edges, Rule, str], list[Block]]
"""From a representation, its forward pass, edges, rule and treatment of vectors to its blocks."""


@dataclass(frozen=True)
class SchNetPackWalks:
    """Walks of one family.

    Attributes:
        kind: class of its representation.
        layers: those of a representation that its blocks are frozen from.
        freeze: every block of a representation.
        filters: layers of a representation that see nothing of two atoms but their distance: each
            as what holds it, and its name there.
        blocks: attribute of a representation that holds its interaction blocks.
        treatments: of vectors; empty where there are none.
        carriers: the treatments under which vectors carry relevance.
    """

    kind: type[torch.nn.Module]
    layers: Callable[[Layer], list[Layer]]
    freeze: Freeze
    filters: Callable[[Layer], list[tuple[Layer, str]]] = lambda representation: []
    blocks: str = "interactions"
    treatments: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()

    def recognises(self, network: torch.nn.Module) -> bool:
        """Whether a network's representation computes what the family's does."""
        return computes(getattr(network, "representation", None), self.kind)

    def linearize(
        self,
        network: Layer,
        structure: ase.Atoms,
        *,
        output: str,
        rule: Rule,
        vector: str,
        dtype: torch.dtype,
        device: str | torch.device,
    ) -> Chain:
        """Freeze a network of the family at a geometry, see :func:`nearsight.explain.linearize`.

        Args:
            network: SchNetPack's ``NeuralNetworkPotential``.
            structure: molecule without periodic boundaries, in the network's unit of length.
            output: key of the output to explain.
            rule: LRP rule of dense layers with an activation.
            vector: treatment of vectors; of no effect where there are none.
            dtype: precision of the chain.
            device: where the chain lives and is computed.

        Raises:
            UnsupportedModelError: the network has a part that is not covered.
            ModelError: the network does not know an element, gives no finite output, or a dipole
                without direction.
        """
        check_network(network, len(getattr(network.representation, self.blocks)))
        head = find_head(network, output)
        require_carriers(head, vector, self.carriers, self.kind.__name__)
        with torch.no_grad():
            parts = (_copy(module, dtype, device) for module in (network.representation, head))
            model = _Copy(*parts)
            geometry = _geometry(model, structure, dtype, device)
            _require_elements(network, geometry.numbers)
            embedding = model.representation.embedding(geometry.numbers)
            one, pair = pairs_of(geometry.edges)
            for holder, name in self.filters(model.representation):
                setattr(holder, name, PairsOnce(getattr(holder, name), one, pair))
            layers = self.layers(model.representation)
            seen, features, value = _forward(model, layers, output, geometry)
            blocks = self.freeze(model.representation, seen, geometry.edges, rule, vector)
            readout = _readout(model.head, features, geometry, rule)
        n_state = blocks[0].c.shape[1]
        leak = readout.constants.leak
        return Chain(
            h=_pad(embedding, n_state),
            o=_pad(readout.o, n_state),
            blocks=tuple(blocks),
            readout_bias=readout.constants.bias.item(),
            atomic_number=geometry.numbers,
            position=geometry.position,
            rule=rule,
            vector=vector if self.treatments else "none",
            cutoff=float(model.representation.cutoff_fn.cutoff),
            output=value,
            readout_leak=0.0 if leak is None else leak.item(),
        )


Features = tuple[torch.Tensor, torch.Tensor | None]


@dataclass(frozen=True)
class _Copy:
    """The parts of a network to compute with."""

    representation: Layer
    head: Layer


@dataclass(frozen=True)
class _Geometry:
    """Charges (N,), positions (N, 3), edges within the cutoff and the sum of charges."""

    numbers: torch.Tensor
    position: torch.Tensor
    edges: Edges
    total_charge: float


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


def _require_elements(network: Layer, numbers: torch.Tensor) -> None:
    # Asked beforehand: on a GPU an index beyond the table takes the whole process with it.
    last, heaviest = last_element_of(network), int(numbers.max())
    if last is not None and heaviest > last:
        raise ModelError(
            f"nuclear charge {heaviest} is beyond the network's embedding, which ends at {last}"
        )


def _readout(head: Layer, last: Features, geometry: _Geometry, rule: Rule) -> Readout:
    if is_dipole(head):
        charge = geometry.total_charge
        return freeze_dipole(head, last, geometry.position, rule, total_charge=charge)
    scalar = last[0]
    share = 1 / len(scalar) if head.aggregation_mode == "avg" else 1.0
    return freeze_readout(head.outnet, scalar, scalar.new_full((len(scalar),), share), rule)


def _pad(values: torch.Tensor, n_state: int) -> torch.Tensor:
    """Embedding and most read-outs touch the scalars alone; the vectors' entries are zero."""
    return torch.nn.functional.pad(values, (0, n_state - values.shape[1]))


def _forward(
    model: _Copy, layers: list[Layer], output: str, geometry: _Geometry
) -> tuple[Recording, Features, float]:
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
    with Recording(layers) as seen:
        results = model.head(model.representation(inputs))
    value = results[output].item()
    if not np.isfinite(value):
        raise ModelError(f"the network gives {value} for {len(numbers)} atoms: nothing to explain")
    features = results["scalar_representation"], results.get("vector_representation")
    return seen, features, value
