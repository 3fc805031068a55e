"""A model that nearsight has trained, as any other model."""

from pathlib import Path

import numpy as np
import torch

from nearsight.families.registry import family_of
from nearsight.families.targets import TARGETS
from nearsight.families.variant import Variant
from nearsight.models.energies import Energy, build_energy
from nearsight.models.files import load_model
from nearsight.models.force_field import Potential
from nearsight.models.open_model import Explicable, OpenModel
from nearsight.models.potential import PRECISIONS


class TrainedModel(OpenModel):
    """A model file of nearsight's.

    Args:
        path: of the file.

    Raises:
        MissingFileError, CorruptFileError: it cannot be read as a model.
    """

    kind = "trained"

    def __init__(self, path: Path) -> None:
        self.model = load_model(path)
        variant = self.model.variant
        self.label, self.target = variant.id, variant.target
        self.files, self.attributes = {"model": path}, {}
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
            )

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
    ) -> Potential:
        """As :meth:`nearsight.models.open_model.OpenModel.potential`, float32 by default."""
        self.require_use()
        dtype = PRECISIONS[precision or "float32"]
        return self.model.potential(atomic_number, dtype=dtype, device=device)

    def energy(
        self, atomic_number: np.ndarray, *, device: torch.device | str = "cpu"
    ) -> Energy | None:
        """As :meth:`nearsight.models.open_model.OpenModel.energy`."""
        self.require_use()
        self.model.require_energies()
        offset = self.model.energy_offset(atomic_number)
        numbers = torch.as_tensor(np.asarray(atomic_number, dtype=np.int64))
        bare = build_energy(self.model.network, numbers, self.model.variant, device=device)
        return lambda position: bare(position) + offset


def no_walks(variant: Variant) -> str:
    """Why relevance does not apply to a variant's family."""
    return f"no relevance: family {variant.family} is not written as a chain of GNN-LRP"
