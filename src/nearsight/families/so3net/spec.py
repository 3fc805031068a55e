"""SO3net in a study: messages over spherical harmonics, coupled by Clebsch-Gordan coefficients.

The third representation of SchNetPack: Schütt et al., J. Chem. Phys. 158, 144801 (2023).
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from nearsight.families.look import Look
from nearsight.families.schnetpack.spec import SchNetPackVariant
from nearsight.section import setting

Momentum = Annotated[int, Field(ge=1, le=4)]


class SO3netVariant(SchNetPackVariant):
    """One SO3net to train."""

    look: ClassVar[Look] = Look("SO3net", marker="^", line=(0, (1, 1.5)), color="#009E73")

    family: Literal["so3net"] = setting(unit="", description="Spherical harmonics.")
    lmax: Momentum = setting(1, unit="1", description="Largest angular momentum of features.")

    @property
    def own_id(self) -> tuple[list[str], list[str]]:
        """The largest angular momentum behind the features."""
        before, after = super().own_id
        return [*before, f"l{self.lmax}"], after

    @property
    def values_per_pair(self) -> int:
        """Features of a message: one for each product of two harmonics that gives a third."""
        return self.features * (self.lmax + 1) ** 3

    def work(self, n_atoms: int, n_pairs: float) -> float:
        """Products of harmonics of pairs and atoms, and dense layers, in every block.

        Args:
            n_atoms: atoms of the molecule.
            n_pairs: its directed pairs within the cutoff.
        """
        products = (n_atoms + n_pairs) * self.features * (self.lmax + 1) ** 3
        dense = 3 * n_atoms * (self.lmax + 1) ** 2 * self.features**2
        filters = n_pairs * self.n_radial * self.features * (self.lmax + 1)
        return self.depth * (products + dense + filters)
