"""A network of SchNetPack from its make-up, its hydra config, and its make-up read off it again."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import schnetpack as spk
import torch
from schnetpack import properties
from torch.nn import functional

from nearsight.errors import UnsupportedModelError
from nearsight.families.schnetpack.makeup import (
    AtomwiseHead,
    DipoleHead,
    Representation,
    kinds,
)

ENERGY_KEY = properties.energy
FORCE_KEY = properties.forces
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "silu": functional.silu,
    "shifted_softplus": spk.nn.shifted_softplus,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "gelu": functional.gelu,
    "elu": functional.elu,
    "identity": torch.nn.Identity(),
}
POOLINGS = {"sum": "sum", "average": "avg"}


@dataclass(frozen=True)
class Makeup:
    """What a network is made of.

    Attributes:
        representation, head: their classes and sizes.
        forces: whether its output comes with forces.
    """

    representation: Representation
    head: AtomwiseHead | DipoleHead
    forces: bool = False


def makeup_of(section: type[Representation], variant: Any) -> Makeup:
    """The make-up of a variant.

    The radial basis has ``variant.n_radial`` functions, so that its resolution does not change
    with the cutoff (``GaussianRBF`` takes its width from the spacing).
    """
    shape = {"output": variant.target, "n_hidden": [_usual_width(variant.features)]}
    head: AtomwiseHead | DipoleHead
    if variant.pooling == "dipole":
        head = DipoleHead.model_validate({"kind": "DipoleMoment", **shape})
    else:
        pooling = {"kind": "Atomwise", "aggregation": POOLINGS[variant.pooling]}
        head = AtomwiseHead.model_validate({**pooling, **shape})
    return Makeup(section.of_variant(variant), head, forces=variant.target == "energy")


def build_variant(section: type[Representation], variant: Any) -> spk.model.NeuralNetworkPotential:
    """SchNetPack network of a variant, weights drawn from its seed.

    The global random state of PyTorch is left as it was.

    Returns:
        Network that maps SchNetPack inputs (Å) to the variant's target under the target's name;
        energies (eV) come with forces (eV/Å).
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(variant.seed)
        return _assemble(makeup_of(section, variant))


def build_empty(makeup: Makeup) -> spk.model.NeuralNetworkPotential:
    """The network in float64, so that weights of either precision are kept exactly.

    The weights are arbitrary; the global random state of PyTorch is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        network = _assemble(makeup)
    return network.double().eval().requires_grad_(False)


def draw(makeup: Makeup, seed: int) -> spk.model.NeuralNetworkPotential:
    """A network of random weights from a seed, in float64.

    The global random state of PyTorch is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build_empty(makeup)


def hydra_config(makeup: Makeup) -> dict[str, Any]:
    """SchNetPack's own description of a variant's network, to be instantiated by hydra.

    What is SchNetPack's default is left out.
    """
    heads = [_head_config(makeup)]
    if makeup.forces:
        heads.append({"_target_": "schnetpack.atomistic.Forces"})
    chosen = makeup.representation
    usual = {"n_filters": chosen.n_atom_basis, "shared_filters": False, "epsilon": 1e-8}
    own = {name: value for name, value in chosen.own().items() if value != usual.get(name)}
    return {
        "_target_": "schnetpack.model.NeuralNetworkPotential",
        "representation": {
            "_target_": f"schnetpack.representation.{chosen.kind}",
            "n_atom_basis": chosen.n_atom_basis,
            "n_interactions": chosen.n_interactions,
            **own,
            "radial_basis": {
                "_target_": f"schnetpack.nn.{chosen.radial_basis}",
                "n_rbf": chosen.n_radial,
                "cutoff": chosen.cutoff,
            },
            "cutoff_fn": {
                "_target_": f"schnetpack.nn.{chosen.cutoff_function}",
                "cutoff": chosen.cutoff,
            },
        },
        "input_modules": [{"_target_": "schnetpack.atomistic.PairwiseDistances"}],
        "output_modules": heads,
    }


def read_makeup(net: Any, head: Any) -> Makeup:
    """The make-up read off a representation and a head.

    Raises:
        UnsupportedModelError: names the part that no make-up describes.
    """
    return Makeup(_read_representation(net), _read_head(head))


def cutoff_of(network: Any) -> float:
    """The cutoff in Å that a network was built with."""
    return float(getattr(network.representation, "cutoff", math.nan))


def last_element_of(network: Any) -> int | None:
    """The largest nuclear charge that has a row in a network's embedding."""
    table = embedding_table(network.representation)
    return None if table is None else len(table) - 1


def embedding_table(net: Any) -> torch.Tensor | None:
    """(element, feature) embeddings; SchNetPack's NuclearEmbedding keeps its own when evaluated."""
    embedding = net.embedding
    table: torch.Tensor | None = getattr(embedding, "weight", getattr(embedding, "embedding", None))
    return table


def _usual_width(n_in: int) -> int:
    """Width of SchNetPack's only hidden layer of a head, where nothing is said."""
    return max(1, n_in // 2)


def _assemble(makeup: Makeup) -> spk.model.NeuralNetworkPotential:
    # In this order: the same draws give the same weights.
    representation, heads = _representation(makeup.representation), [_head(makeup)]
    if makeup.forces:
        heads.append(spk.atomistic.Forces(energy_key=ENERGY_KEY, force_key=FORCE_KEY))
    return spk.model.NeuralNetworkPotential(
        representation=representation,
        input_modules=[spk.atomistic.PairwiseDistances()],
        output_modules=heads,
    )


def _representation(chosen: Representation) -> torch.nn.Module:
    trainable = {} if chosen.radial_basis == "BesselRBF" else {"trainable": chosen.trainable_basis}
    return getattr(spk.representation, chosen.kind)(
        n_atom_basis=chosen.n_atom_basis,
        n_interactions=chosen.n_interactions,
        radial_basis=getattr(spk.nn, chosen.radial_basis)(
            n_rbf=chosen.n_radial, cutoff=chosen.cutoff, **trainable
        ),
        cutoff_fn=getattr(spk.nn, chosen.cutoff_function)(chosen.cutoff),
        activation=ACTIVATIONS[chosen.activation],
        shared_interactions=chosen.shared_interactions,
        nuclear_embedding=torch.nn.Embedding(chosen.n_embedding, chosen.n_atom_basis),
        **chosen.own(),
    )


def _head(makeup: Makeup) -> torch.nn.Module:
    head = makeup.head
    shape = {
        "n_in": makeup.representation.n_atom_basis,
        "n_hidden": head.n_hidden,
        "n_layers": len(head.n_hidden) + 1,
        "activation": ACTIVATIONS[head.activation],
    }
    if isinstance(head, AtomwiseHead):
        return spk.atomistic.Atomwise(
            output_key=head.output, aggregation_mode=head.aggregation, **shape
        )
    return spk.atomistic.DipoleMoment(
        dipole_key=head.output,
        predict_magnitude=True,
        correct_charges=head.correct_charges,
        use_vector_representation=head.local_dipoles,
        **shape,
    )


def _head_config(makeup: Makeup) -> dict[str, Any]:
    head, n_in = makeup.head, makeup.representation.n_atom_basis
    if isinstance(head, AtomwiseHead):
        return {
            "_target_": "schnetpack.atomistic.Atomwise",
            "n_in": n_in,
            "output_key": head.output,
            "aggregation_mode": head.aggregation,
        }
    return {
        "_target_": "schnetpack.atomistic.DipoleMoment",
        "n_in": n_in,
        "dipole_key": head.output,
        "predict_magnitude": True,
    }


def _read_representation(net: Any) -> Representation:
    kind, known = type(net).__name__, kinds()
    if kind not in known:
        raise UnsupportedModelError(
            f"representation {kind} is not covered: it must be {' or '.join(known)}"
        )
    if len(net.electronic_embeddings):
        raise UnsupportedModelError("electronic embeddings are not covered: they mix all atoms")
    own: Mapping[str, Any] = known[kind].own_of_network(net)
    blocks, activation, basis = own["blocks"], own["activation"], net.radial_basis
    rest = {name: own[name] for name in own if name not in ("blocks", "activation")}
    return known[kind].model_validate(
        {
            "kind": kind,
            "n_atom_basis": net.n_atom_basis,
            "n_interactions": len(blocks),
            "n_embedding": len(embedding_table(net)),  # type: ignore[arg-type]
            "radial_basis": type(basis).__name__,
            "n_radial": basis.n_rbf,
            "trainable_basis": any(True for _ in basis.parameters()),
            "cutoff_function": type(net.cutoff_fn).__name__,
            "cutoff": float(net.cutoff_fn.cutoff),
            "activation": _activation_name(activation),
            "shared_interactions": len(blocks) > 1 and blocks[1] is blocks[0],
            **rest,
        }
    )


def _read_head(head: Any) -> AtomwiseHead | DipoleHead:
    if isinstance(head, spk.atomistic.Atomwise):
        if head.n_out != 1 or head.aggregation_mode not in POOLINGS.values():
            raise UnsupportedModelError("Atomwise must give one value, pooled by sum or avg")
        return AtomwiseHead(
            kind="Atomwise",
            output=head.output_key,
            n_hidden=[layer.out_features for layer in head.outnet[:-1]],
            activation=_head_activation(head.outnet[0], alone=len(head.outnet) == 1),
            aggregation=head.aggregation_mode,
        )
    if not isinstance(head, spk.atomistic.DipoleMoment) or not head.predict_magnitude:
        raise UnsupportedModelError("DipoleMoment must predict the magnitude (predict_magnitude)")
    gated = head.use_vector_representation
    first = head.outnet[0].scalar_net[0] if gated else head.outnet[0]
    return DipoleHead(
        kind="DipoleMoment",
        output=head.dipole_key,
        n_hidden=[b.n_sout if gated else b.out_features for b in head.outnet[:-1]],
        activation=_head_activation(first, alone=len(head.outnet) == 1 and not gated),
        correct_charges=head.correct_charges,
        local_dipoles=gated,
    )


def _head_activation(first: Any, *, alone: bool) -> Any:
    # A head of one dense layer has no activation anywhere.
    return "silu" if alone else _activation_name(first.activation)


def _activation_name(activation: Any) -> str:
    """Name of an activation, given as a function or a module."""
    name = getattr(activation, "__name__", None)
    if name is None:
        kind = type(activation).__name__
        name = {"SiLU": "silu", "Tanh": "tanh", "ReLU": "relu", "GELU": "gelu", "ELU": "elu",
                "Identity": "identity", "NoneType": "identity"}.get(kind, kind)  # fmt: skip
    if name not in ACTIVATIONS:
        raise UnsupportedModelError(
            f"activation {name} is not covered: known are {', '.join(sorted(ACTIVATIONS))}"
        )
    return str(name)
