"""The reference of a diagnosis: the embedded engine, a calculator that a user named, or none."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from ase import Atoms

from nearsight.config import GFN2_XTB
from nearsight.data.calculators import evaluate
from nearsight.data.engine import reference_calculator
from nearsight.errors import ReferenceEngineError
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import open_model

ACCURACY = 0.01
"""Of GFN2-xTB's self-consistent field: its forces are differentiated."""


class EmbeddedReference(OpenModel):
    """GFN2-xTB by tblite, as any other model."""

    kind = "calculator"

    def __init__(self) -> None:
        self.label = GFN2_XTB
        self.files, self.attributes = {}, {"accuracy": str(ACCURACY)}
        self.no_walks = "no relevance: the reference engine is no network"
        self._calculator = reference_calculator(ACCURACY)

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
        strict: bool = False,
    ) -> Potential:
        """As :meth:`nearsight.models.open_model.OpenModel.potential`.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: of no effect.
            device: of no effect.
            processes: of no effect.
            strict: raise where it fails, in place of NaN.
        """

        def energy_and_force(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            energy = torch.full((len(position),), torch.nan, dtype=torch.float64)
            force = torch.full(position.shape, torch.nan, dtype=torch.float64)
            for row, geometry in enumerate(position.cpu().numpy()):
                try:
                    value, vectors = evaluate(
                        Atoms(atomic_number, positions=geometry), self._calculator
                    )
                except ReferenceEngineError:
                    if strict:
                        raise
                    continue
                energy[row], force[row] = value, torch.from_numpy(vectors)
            return energy, force

        return energy_and_force


def open_reference(name: str, arguments: Mapping[str, Any] | None = None) -> OpenModel | None:
    """The reference that a user asked for.

    Args:
        name: ``gfn2``, ``none``, or any model argument.
        arguments: keyword arguments of a calculator.

    Raises:
        ConfigError, MissingFileError, CorruptFileError: as
            :func:`nearsight.models.opening.open_model`.
    """
    if name == "none":
        return None
    return EmbeddedReference() if name == "gfn2" else open_model(name, arguments)
