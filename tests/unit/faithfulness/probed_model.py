"""What is known of a model before its relevance is tested."""

from dataclasses import dataclass

import torch
import xarray as xr
from ase import Atoms

from nearsight.config import Variant
from nearsight.models.model import Model
from nearsight.models.trained_model import TrainedModel


@dataclass(frozen=True)
class Probed:
    model: Model
    structures: list[Atoms]
    relevance: xr.Dataset
    response: xr.Dataset

    @property
    def opened(self) -> TrainedModel:
        """As any other model."""
        return TrainedModel(self.model)

    @property
    def network(self) -> tuple[torch.nn.Module, Variant]:
        """With what it is."""
        return self.model.network, self.model.variant
