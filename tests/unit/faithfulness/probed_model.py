"""What is known of a model before its relevance is tested."""

from dataclasses import dataclass

import xarray as xr
from ase import Atoms

from nearsight.models.model import Model


@dataclass(frozen=True)
class Probed:
    model: Model
    structures: list[Atoms]
    relevance: xr.Dataset
    response: xr.Dataset
