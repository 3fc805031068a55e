"""What SchNetPack has to know of a SchNet."""

from typing import Any, ClassVar, Literal

from nearsight.families.schnetpack.makeup import ActivationName, Representation
from nearsight.section import setting


class SchNetMakeup(Representation):
    """Its filters may be more or fewer than its features."""

    usual_activation: ClassVar[ActivationName] = "shifted_softplus"

    kind: Literal["SchNet"] = setting(unit="", description="Class of the representation.")

    def own(self) -> dict[str, Any]:
        """Arguments of the class beside those that all kinds have."""
        return {"n_filters": self.n_filters}

    @classmethod
    def own_of_variant(cls, variant: Any) -> dict[str, Any]:
        """As many filters as features."""
        return {"n_filters": variant.features}

    @classmethod
    def own_of_network(cls, net: Any) -> dict[str, Any]:
        """The same read off a representation, with ``blocks`` and one ``activation``."""
        return {
            "blocks": net.interactions,
            "activation": net.interactions[0].f2out[0].activation,
            "n_filters": net.n_filters,
        }
