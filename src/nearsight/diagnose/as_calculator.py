"""A potential as an ASE calculator, for ASE's own optimisers and integrators."""

from typing import ClassVar

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from nearsight.errors import ReferenceEngineError
from nearsight.models.force_field import Potential


class PotentialCalculator(Calculator):
    """Energy (eV) and forces (eV/Å) of one molecule by a potential.

    Args:
        potential: of that molecule.
        label: of the model, for messages.
    """

    implemented_properties: ClassVar[list[str]] = ["energy", "free_energy", "forces"]

    def __init__(self, potential: Potential, label: str) -> None:
        super().__init__()
        self.potential, self.model_label = potential, label

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        """Energy and forces, as ASE asks for them.

        Args:
            atoms: the molecule; the last one where None.
            properties: of no effect: both are computed.
            system_changes: what has changed, for ASE's own book-keeping.

        Raises:
            ReferenceEngineError: the model gives no finite number.
        """
        super().calculate(atoms, properties, system_changes)
        energy, force = self.potential(torch.as_tensor(np.array(self.atoms.positions))[None])
        if not (torch.isfinite(energy).all() and torch.isfinite(force).all()):
            raise ReferenceEngineError(f"{self.model_label}: gives no finite energy and forces")
        value = float(energy[0])
        self.results = {"energy": value, "free_energy": value, "forces": force[0].cpu().numpy()}
