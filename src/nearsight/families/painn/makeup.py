"""What SchNetPack has to know of a PaiNN."""

from typing import Any, Literal

from nearsight.families.schnetpack.makeup import Representation
from nearsight.section import setting


class PaiNNMakeup(Representation):
    """Its filters may be the same in all blocks."""

    kind: Literal["PaiNN"] = setting(unit="", description="Class of the representation.")

    def own(self) -> dict[str, Any]:
        """Arguments of the class beside those that all kinds have."""
        return {"shared_filters": self.shared_filters, "epsilon": self.epsilon}

    @classmethod
    def own_of_network(cls, net: Any) -> dict[str, Any]:
        """The same read off a representation, with ``blocks`` and one ``activation``."""
        return {
            "blocks": net.interactions,
            "activation": net.interactions[0].interatomic_context_net[0].activation,
            "shared_filters": net.share_filters,
            "epsilon": net.mixing[0].epsilon,
        }
