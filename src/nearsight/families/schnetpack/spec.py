"""Hyperparameters that all networks of SchNetPack share."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from nearsight.families.variant import Variant
from nearsight.section import setting

RadialBasis = Literal["gaussian", "bessel"]
Cutoff = Annotated[float, Field(gt=0.5, le=30)]
Depth = Annotated[int, Field(ge=1, le=12)]
Features = Annotated[int, Field(ge=2, le=1024)]
DEFAULT_SPACING = 0.25


class SchNetPackVariant(Variant):
    """A network of interaction blocks within a cutoff, as SchNetPack builds it."""

    single: ClassVar[tuple[str, ...]] = ("radial_spacing",)

    cutoff: Cutoff = setting(
        unit="angstrom", description="Interaction cutoff, also that of the neighbour lists."
    )
    depth: Depth = setting(3, unit="blocks", description="Interaction blocks T.")
    features: Features = setting(64, unit="1", description="Features per atom F.")
    radial_basis: RadialBasis = setting("gaussian", unit="", description="Radial basis.")
    radial_spacing: float = setting(
        DEFAULT_SPACING,
        unit="angstrom",
        description="Distance between radial basis functions; their number grows with the cutoff.",
        ge=0.01,
        le=2,
    )

    @model_validator(mode="after")
    def _basis_fits(self) -> "SchNetPackVariant":
        if round(self.cutoff / self.radial_spacing) < 1:
            raise ValueError(
                f"radial_spacing ({self.radial_spacing}) leaves a single basis function within the"
                f" cutoff ({self.cutoff}): choose it below the cutoff"
            )
        return self

    @property
    def own_id(self) -> tuple[list[str], list[str]]:
        """Cutoff, depth and features; behind what all share, a basis that is not the default."""
        after: list[str] = [] if self.radial_basis == "gaussian" else [self.radial_basis]
        if self.radial_spacing != DEFAULT_SPACING:
            after.append(f"dr{self.radial_spacing}")
        return [f"rc{self.cutoff}", f"T{self.depth}", f"F{self.features}"], after

    @property
    def n_radial(self) -> int:
        """Number of radial basis functions: the spacing stays when the cutoff changes."""
        return round(self.cutoff / self.radial_spacing) + 1

    @property
    def values_per_pair(self) -> int:
        """Features of a message."""
        return self.features

    def work(self, n_atoms: int, n_pairs: float) -> float:
        """Dense layers of atoms and filters of pairs, in every block.

        Args:
            n_atoms: atoms of the molecule.
            n_pairs: its directed pairs within the cutoff.
        """
        dense = n_atoms * self.features
        filters = n_pairs * (self.n_radial + self.features)
        return self.depth * self.features * (dense + filters)
