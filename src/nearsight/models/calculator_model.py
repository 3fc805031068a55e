"""An ASE calculator that a user named, as any other model."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from ase import Atoms

from nearsight.data.calculators import calculator_from, evaluate
from nearsight.errors import ReferenceEngineError
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel


class CalculatorModel(OpenModel):
    """An ASE calculator by the name of its factory; it is imported and called here.

    Args:
        name: ``package.module:factory``.
        arguments: keyword arguments of the factory.

    Raises:
        ConfigError: there is no such factory, or it does not take the arguments.
    """

    kind = "calculator"

    def __init__(self, name: str, arguments: Mapping[str, Any]) -> None:
        self.calculator = calculator_from(name, arguments)
        self.name, self.arguments = name, dict(arguments)
        self.label = name
        self.files = {}
        self.attributes = {
            "calculator": name,
            "calculator_arguments": json.dumps(self.arguments, sort_keys=True),
        }
        self.no_walks = "no relevance: a calculator is not written as a chain of GNN-LRP"

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
            precision: of no effect: what it computes in is up to its arguments.
            device: of no effect.
            processes: how many copies it works on at once.
            strict: raise where it fails, in place of NaN.
        """

        def energy_and_force(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            energy = torch.full((len(position),), torch.nan, dtype=torch.float64)
            force = torch.full(position.shape, torch.nan, dtype=torch.float64)
            for row, geometry in enumerate(position.cpu().numpy()):
                try:
                    value, vectors = evaluate(
                        Atoms(atomic_number, positions=geometry), self.calculator
                    )
                except ReferenceEngineError:
                    if strict:
                        raise
                    continue
                energy[row], force[row] = value, torch.from_numpy(vectors)
            return energy, force

        return energy_and_force
