"""A model that nearsight has trained, as any other model."""

from pathlib import Path

import numpy as np

from nearsight.families.registry import build_network, family_of
from nearsight.families.targets import TARGETS
from nearsight.families.variant import Variant
from nearsight.models.form import form_of
from nearsight.models.model import Model
from nearsight.models.network_model import NetworkModel
from nearsight.models.open_model import Explicable


class TrainedModel(NetworkModel):
    """A model of nearsight's.

    Args:
        model: as :func:`nearsight.models.files.load_model` reads it.
        path: of its file; None where it has none.
    """

    kind = "trained"
    own_precision = "float32"

    def __init__(self, model: Model, path: Path | None = None) -> None:
        self.model = model
        variant = model.variant
        self.network, self.form = model.network, form_of(variant)
        self.label, self.target = variant.id, variant.target
        self.files = {} if path is None else {"model": path}
        self.attributes = {}
        self.cutoff = variant.pair_cutoff if np.isfinite(variant.pair_cutoff) else None
        self.depth = getattr(variant, "depth", None)
        if self.model.status != "ok":
            self.reason = self.no_walks = self.model.reason
        elif family_of(variant).walks is None:
            self.no_walks = no_walks(variant)
        else:
            self.explicable = Explicable(
                network=self.network,
                output=variant.target,
                unit=TARGETS[variant.target].unit,
                length=1.0,
                offset=self.model.energy_offset,
                form=self.form,
                treatments=variant.treatments,
                redrawn=lambda seed: build_network(variant.model_copy(update={"seed": seed})),
            )

    def offset(self, atomic_number: np.ndarray) -> float:
        """As :meth:`nearsight.models.network_model.NetworkModel.offset`, of atoms (atom,)."""
        self.require_use()
        self.require_energies()
        return self.model.energy_offset(atomic_number)

    def require_use(self) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_use`."""
        self.model.require_trained()

    def require_energies(self) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_energies`."""
        self.model.require_energies()


def no_walks(variant: Variant) -> str:
    """Why relevance does not apply to a variant's family."""
    return f"no relevance: family {variant.family} is not written as a chain of GNN-LRP"
