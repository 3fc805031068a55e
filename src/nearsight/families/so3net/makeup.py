"""What SchNetPack has to know of an SO3net."""

from typing import Any, Literal

from nearsight.families.schnetpack.makeup import Representation
from nearsight.section import setting


class SO3netMakeup(Representation):
    """Its features have angular momenta; no activation but that of its gates."""

    kind: Literal["SO3net"] = setting(unit="", description="Class of the representation.")
    lmax: int = setting(unit="1", description="Largest angular momentum.", ge=1, le=10)

    def own(self) -> dict[str, Any]:
        """Arguments of the class beside those that all kinds have."""
        return {"lmax": self.lmax}

    @property
    def values_per_pair(self) -> int:
        """As :attr:`nearsight.families.so3net.spec.SO3netVariant.values_per_pair`."""
        return self.n_atom_basis * (self.lmax + 1) ** 3

    @classmethod
    def own_of_variant(cls, variant: Any) -> dict[str, Any]:
        """Values of a variant beside those that all kinds have."""
        return {"lmax": variant.lmax}

    @classmethod
    def own_of_network(cls, net: Any) -> dict[str, Any]:
        """The same read off a representation, with ``blocks`` and one ``activation``."""
        return {"blocks": net.so3convs, "activation": net.activation, "lmax": net.lmax}
