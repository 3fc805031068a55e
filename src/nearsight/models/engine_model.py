"""What a calculator and the embedded engine have in common: energies and forces, no network."""

from abc import abstractmethod

import numpy as np
import torch

from nearsight.data.calculators import Source
from nearsight.models.engine_potential import EnginePotential
from nearsight.models.open_model import OpenModel


class EngineModel(OpenModel):
    """A model that is asked for energies and forces, and of which nothing else is known."""

    kind = "calculator"

    @abstractmethod
    def source(self, processes: int) -> Source:
        """The engine, at work on that many copies at once."""

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
        strict: bool = False,
    ) -> EnginePotential:
        """As :meth:`nearsight.models.open_model.OpenModel.potential`.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: of no effect: it is up to the engine's own arguments.
            device: of no effect, for the same reason.
            processes: how many copies it works on at once; results do not depend on it.
            strict: raise the first failure as ReferenceEngineError, in place of NaN.
        """
        return EnginePotential(self.source(processes), atomic_number, strict=strict)
