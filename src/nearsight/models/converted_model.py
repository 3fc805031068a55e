"""A SchNetPack model that was trained elsewhere and converted, as any other model."""

from pathlib import Path

import numpy as np
import torch

from nearsight.errors import ModelError
from nearsight.models.force_field import Potential
from nearsight.models.foreign import load_foreign
from nearsight.models.open_model import Explicable, OpenModel


class ConvertedModel(OpenModel):
    """A folder that holds the weights and the make-up of a SchNetPack model.

    Args:
        path: the folder, or its safetensors file.

    Raises:
        MissingFileError, CorruptFileError, ConfigError: see
            :func:`nearsight.models.foreign.load_foreign`.
    """

    kind = "converted"

    def __init__(self, path: Path) -> None:
        self.foreign = load_foreign(path)
        made = self.foreign.hyperparameters
        self.label = path.resolve().name
        self.files, self.attributes = self.foreign.files, {}
        self.cutoff = made.representation.cutoff * self.foreign.length
        self.depth = made.representation.n_interactions
        self.explicable = Explicable(
            network=self.foreign.network,
            output=made.head.output,
            unit=made.property_unit,
            length=self.foreign.length,
            offset=self.foreign.offset,
        )

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
    ) -> Potential:
        """As :meth:`nearsight.models.open_model.OpenModel.potential`."""
        raise ModelError(f"{self.label}: a converted model has no forces yet")
