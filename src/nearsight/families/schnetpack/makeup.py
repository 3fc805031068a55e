"""What a SchNetPack network is made of, as plain values that stand beside its weights."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import Field, SerializeAsAny, field_validator

from nearsight.section import Section, Words, setting

FORMAT: Literal[1] = 1
WIDEST = 16_384
"""Features, filters or functions; SchNetPack's largest examples have hundreds."""

Width = Annotated[int, Field(gt=0, le=WIDEST)]
Offset = Annotated[float, Field(ge=-1e12, le=1e12)]
Charge = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,2}$", max_length=3)]

ActivationName = Literal["silu", "shifted_softplus", "tanh", "relu", "gelu", "elu", "identity"]
RadialBasis = Literal["GaussianRBF", "GaussianRBFCentered", "BesselRBF"]
CutoffFunction = Literal["CosineCutoff", "MollifierCutoff"]
BASES: dict[str, RadialBasis] = {"gaussian": "GaussianRBF", "bessel": "BesselRBF"}
"""Classes of radial bases by the names that variants have."""


class Representation(Section):
    """A representation; each family has its own kind, and may add values.

    Values that some kinds lack stay at their defaults there.
    """

    usual_activation: ClassVar[ActivationName] = "silu"
    """What SchNetPack takes where nothing is said."""

    kind: str = setting(unit="", description="Class of the representation.", max_length=100)
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
    n_filters: int | None = setting(None, unit="1", description="Filters.", gt=0, le=WIDEST)
    shared_filters: bool = setting(False, unit="", description="Same filters in all blocks.")
    epsilon: float = setting(1e-8, unit="1", description="Below the root of |V|.", ge=0, le=1)

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in kinds():
            raise ValueError(f"must be one of {', '.join(kinds())}")
        return kind

    def own(self) -> dict[str, Any]:
        """Arguments of the class beside those that all kinds have."""
        return {}

    @property
    def values_per_pair(self) -> int:
        """Numbers that one block holds for each pair of atoms: the measure of memory."""
        return max(self.n_filters or 0, self.n_atom_basis)

    @classmethod
    def own_of_variant(cls, variant: Any) -> dict[str, Any]:
        """Values of a variant beside those that all kinds have."""
        return {}

    @classmethod
    def own_of_network(cls, net: Any) -> dict[str, Any]:
        """The same read off a representation, with ``blocks`` and one ``activation``."""
        raise NotImplementedError

    @classmethod
    def of_variant(cls, variant: Any) -> Self:
        """The representation that a variant is trained with."""
        return cls.model_validate(
            {
                "kind": kind_of(cls),
                "n_atom_basis": variant.features,
                "n_interactions": variant.depth,
                "radial_basis": BASES[variant.radial_basis],
                "n_radial": variant.n_radial,
                "cutoff": variant.cutoff,
                "activation": cls.usual_activation,
                **cls.own_of_variant(variant),
            }
        )


def kind_of(section: type[Representation]) -> str:
    """The class of SchNetPack that a section describes."""
    return str(get_args(section.model_fields["kind"].annotation)[0])


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
    local_dipoles: bool = setting(False, unit="", description="Vectors are read too.")


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
    representation: SerializeAsAny[Representation]
    head: Annotated[AtomwiseHead | DipoleHead, Field(discriminator="kind")]
    property_unit: Words = setting(unit="", description="Unit of the output.", min_length=1)
    length_unit: Literal["angstrom", "bohr", "nm"] = setting(
        "angstrom", unit="", description="Unit of the positions the network reads."
    )
    offsets: Offsets = Field(default_factory=Offsets)
    origin: str = setting("", unit="", description="Where the model came from.", max_length=10_000)

    @field_validator("representation", mode="before")
    @classmethod
    def _of_its_kind(cls, values: Any) -> Any:
        kind = values.get("kind") if isinstance(values, Mapping) else None
        section = kinds().get(kind) if isinstance(kind, str) else None
        return values if section is None else section.model_validate(values)


def kinds() -> dict[str, type[Representation]]:
    """Sections of the families that have a make-up, by their class in SchNetPack."""
    # Asked for late: the registry loads the families, which load this.
    from nearsight.families.registry import every_family

    found = [family.makeup for family in every_family() if family.makeup is not None]
    return {kind_of(section): section for section in found}
