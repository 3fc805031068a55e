"""A model of any kind as an ASE calculator."""

from typing import Any, ClassVar

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from nearsight.errors import DataError
from nearsight.models.force_field import Potential
from nearsight.models.model import Model, choose_device
from nearsight.models.open_model import OpenModel
from nearsight.models.potential import precision_of
from nearsight.models.trained_model import TrainedModel


class ModelCalculator(Calculator):
    """Energies (eV) and forces (eV/Å) of isolated molecules.

    Args:
        model: a force field of any kind.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``float32`` or ``float64``, of a network; positions are always float64.

    Raises:
        ModelError: the model diverged or failed, or knows no energies.
        ConfigError: no such precision.
    """

    implemented_properties: ClassVar[list[str]] = ["energy", "free_energy", "forces"]

    def __init__(
        self, model: Model | OpenModel, *, device: str = "auto", precision: str = "float32"
    ) -> None:
        super().__init__()
        precision_of(precision)
        self.model = TrainedModel(model) if isinstance(model, Model) else model
        self.model.require_use()
        self.model.require_energies()
        self._options: dict[str, Any] = {
            "precision": precision,
            "device": choose_device(device),
            "strict": True,
        }
        self._potential: tuple[bytes, Potential] | None = None

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        """Energy and forces of the atoms, as ASE asks for them.

        Args:
            atoms: the structure; the last one where None.
            properties: of no effect: both are computed.
            system_changes: what has changed since the last structure, for ASE's own book-keeping.

        Raises:
            DataError: periodic boundaries, or a position that is not finite.
            ModelError: an element the model has not seen.
            ReferenceEngineError: a calculator behind it fails.
        """
        super().calculate(atoms, properties, system_changes)
        if self.atoms.pbc.any():
            raise DataError("periodic structure: nearsight's models know isolated molecules alone")
        if not np.isfinite(self.atoms.positions).all():
            lost = int(np.argmin(np.isfinite(self.atoms.positions).all(axis=1)))
            raise DataError(f"position of atom {lost} is not finite: it has no energy")
        position = torch.as_tensor(self.atoms.positions)[None]
        energy, force = self._of(self.atoms.numbers)(position)
        self.results = {
            "energy": float(energy[0]),
            "free_energy": float(energy[0]),
            "forces": force[0].numpy(),
        }

    def _of(self, numbers: np.ndarray) -> Potential:
        """The potential of a molecule; the last one is kept."""
        key = numbers.tobytes()
        if self._potential is None or self._potential[0] != key:
            self._potential = key, self.model.potential(numbers, **self._options)
        return self._potential[1]
