"""What a SchNetPack network is made of, as plain values that stand beside its weights."""

from collections.abc import Callable
from typing import Annotated, Literal

import schnetpack as spk
import torch
from pydantic import Field
from torch.nn import functional

from nearsight.section import Section, Words, setting

FORMAT = 1
WIDEST = 16_384
"""Features, filters or functions; SchNetPack's largest examples have hundreds."""

Width = Annotated[int, Field(gt=0, le=WIDEST)]
Offset = Annotated[float, Field(ge=-1e12, le=1e12)]
Charge = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$", max_length=3)]

ActivationName = Literal["silu", "shifted_softplus", "tanh", "relu", "gelu", "elu", "identity"]
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "silu": functional.silu,
    "shifted_softplus": spk.nn.shifted_softplus,
    "tanh": torch.tanh,
    "relu": functional.relu,
    "gelu": functional.gelu,
    "elu": functional.elu,
    "identity": torch.nn.Identity(),
}
RadialBasis = Literal["GaussianRBF", "GaussianRBFCentered", "BesselRBF"]
CutoffFunction = Literal["CosineCutoff", "MollifierCutoff"]


class Representation(Section):
    """SchNet or PaiNN; values of one alone are left out for the other."""

    kind: Literal["SchNet", "PaiNN"] = setting(unit="", description="Architecture.")
    n_atom_basis: int = setting(unit="1", description="Features per atom.", gt=0, le=WIDEST)
    n_interactions: int = setting(unit="1", description="Interaction blocks.", gt=0, le=100)
    n_embedding: int = setting(100, unit="1", description="Rows of the embedding.", gt=0, le=WIDEST)
    radial_basis: RadialBasis = setting(unit="", description="Class of the radial basis.")
    n_radial: int = setting(unit="1", description="Radial functions.", gt=1, le=WIDEST)
    trainable_basis: bool = setting(False, unit="", description="Trained widths and centres.")
    cutoff_function: CutoffFunction = setting("CosineCutoff", unit="", description="Its class.")
    cutoff: float = setting(unit="length_unit", description="Cutoff.", gt=0, le=1000)
    activation: ActivationName = setting(unit="", description="Activation of the blocks.")
    shared_interactions: bool = setting(False, unit="", description="One block, repeated.")
    n_filters: int | None = setting(None, unit="1", description="SchNet: filters.", gt=0, le=WIDEST)
    shared_filters: bool = setting(False, unit="", description="PaiNN: same filters in all blocks.")
    epsilon: float = setting(
        1e-8, unit="1", description="PaiNN: below the root of |V|.", ge=0, le=1
    )


class AtomwiseHead(Section):
    """One value per atom, pooled."""

    kind: Literal["Atomwise"] = setting(unit="", description="Class of the head.")
    output: Words = setting(unit="", description="Key of the output.", min_length=1)
    n_hidden: list[Width] = setting(
        unit="1", description="Widths of the hidden layers.", max_length=20
    )
    activation: ActivationName = setting("silu", unit="", description="Of the hidden layers.")
    aggregation: Literal["sum", "avg"] = setting("sum", unit="", description="Pooling.")


class DipoleHead(Section):
    """The magnitude of the dipole moment from latent charges."""

    kind: Literal["DipoleMoment"] = setting(unit="", description="Class of the head.")
    output: Words = setting(unit="", description="Key of the output.", min_length=1)
    n_hidden: list[Width] = setting(
        unit="1", description="Widths of the hidden layers.", max_length=20
    )
    activation: ActivationName = setting("silu", unit="", description="Of the hidden layers.")
    correct_charges: bool = setting(True, unit="", description="Charges add up to the total.")
    local_dipoles: bool = setting(False, unit="", description="PaiNN: vectors are read too.")


class Offsets(Section):
    """What post-processing adds to the output."""

    mean: Offset = setting(0.0, unit="property_unit", description="Mean of the training labels.")
    per_atom: bool = setting(True, unit="", description="Mean and references count per atom.")
    atom_reference: dict[Charge, Offset] = setting(
        {}, unit="property_unit", description="Reference by nuclear charge.", max_length=120
    )


class Hyperparameters(Section):
    """All that is needed to build a network for given weights, and to label its output."""

    format: Literal[1] = setting(unit="1", description="Version of this layout.")
    representation: Representation
    head: Annotated[AtomwiseHead | DipoleHead, Field(discriminator="kind")]
    property_unit: Words = setting(unit="", description="Unit of the output.", min_length=1)
    length_unit: Literal["angstrom", "bohr", "nm"] = setting(
        "angstrom", unit="", description="Unit of the positions the network reads."
    )
    offsets: Offsets = Field(default_factory=Offsets)
    origin: str = setting("", unit="", description="Where the model came from.", max_length=10_000)


def build(hyperparameters: Hyperparameters) -> spk.model.NeuralNetworkPotential:
    """SchNetPack network in float64, so that weights of either precision are kept exactly.

    The weights are arbitrary; the global random state of PyTorch is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        network = spk.model.NeuralNetworkPotential(
            representation=_representation(hyperparameters.representation),
            input_modules=[spk.atomistic.PairwiseDistances()],
            output_modules=[_head(hyperparameters)],
        )
    return network.double().eval().requires_grad_(False)


def _representation(chosen: Representation) -> torch.nn.Module:
    own = (
        {"n_filters": chosen.n_filters}
        if chosen.kind == "SchNet"
        else {"shared_filters": chosen.shared_filters, "epsilon": chosen.epsilon}
    )
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
        **own,
    )


def _head(chosen: Hyperparameters) -> torch.nn.Module:
    head = chosen.head
    shape = {
        "n_in": chosen.representation.n_atom_basis,
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
