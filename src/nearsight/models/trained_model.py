"""A model that nearsight has trained, as any other model."""

from pathlib import Path

import numpy as np
import torch

from nearsight.families.registry import build_network, family_of
from nearsight.families.targets import TARGETS
from nearsight.families.variant import Variant
from nearsight.models.energies import Energy, build_energy
from nearsight.models.force_field import Potential
from nearsight.models.form import form_of
from nearsight.models.model import Model
from nearsight.models.open_model import Explicable, OpenModel
from nearsight.models.potential import precision_of


class TrainedModel(OpenModel):
    """A model of nearsight's.

    Args:
        model: as :func:`nearsight.models.files.load_model` reads it.
        path: of its file; None where it has none.
    """

    kind = "trained"

    def __init__(self, model: Model, path: Path | None = None) -> None:
        self.model = model
        variant = model.variant
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
                network=self.model.network,
                output=variant.target,
                unit=TARGETS[variant.target].unit,
                length=1.0,
                offset=self.model.energy_offset,
                form=form_of(variant),
                treatments=variant.treatments,
                redrawn=lambda seed: build_network(variant.model_copy(update={"seed": seed})),
            )

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
        strict: bool = False,
    ) -> Potential:
        """As :meth:`nearsight.models.open_model.OpenModel.potential`, float32 by default.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: ``float32`` or ``float64``.
            device: where it runs.
            processes: of no effect.
            strict: of no effect.
        """
        self.require_use()
        dtype = precision_of(precision or "float32")
        return self.model.potential(atomic_number, dtype=dtype, device=device)

    def energy(
        self, atomic_number: np.ndarray, *, device: torch.device | str = "cpu"
    ) -> Energy | None:
        """As :meth:`nearsight.models.open_model.OpenModel.energy`, of atoms (atom,)."""
        self.require_use()
        self.require_energies()
        offset = self.model.energy_offset(atomic_number)
        numbers = torch.as_tensor(np.asarray(atomic_number, dtype=np.int64))
        bare = build_energy(self.model.network, numbers, self.model.variant, device=device)
        return lambda position: bare(position) + offset

    def require_use(self) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_use`."""
        self.model.require_trained()

    def require_energies(self) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_energies`."""
        self.model.require_energies()


def no_walks(variant: Variant) -> str:
    """Why relevance does not apply to a variant's family."""
    return f"no relevance: family {variant.family} is not written as a chain of GNN-LRP"
