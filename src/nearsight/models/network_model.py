"""What a trained and a converted model have in common: a network, fed in Å and read in eV."""

from abc import abstractmethod

import numpy as np
import torch

from nearsight.models.compiled_potential import build_compiled
from nearsight.models.energies import Energy, build_energy
from nearsight.models.force_field import Potential
from nearsight.models.form import Form
from nearsight.models.open_model import OpenModel
from nearsight.models.potential import build_potential, precision_of
from nearsight.programs import Store


class NetworkModel(OpenModel):
    """A model whose network is here, so that its forces and their derivatives are exact.

    Attributes:
        network: its output is without the offset.
        form: how it is evaluated.
        own_precision: in which forces are computed where no other is asked for.
    """

    network: torch.nn.Module
    form: Form
    own_precision: str

    @abstractmethod
    def offset(self, atomic_number: np.ndarray) -> float:
        """What is added to the energy of atoms (atom,) in eV.

        Raises:
            ModelError: the model is of no use, knows no energies, or not one of the elements.
        """

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
            precision: ``float32`` or ``float64``.
            device: where it runs.
            processes: of no effect.
            strict: of no effect.
        """
        return build_potential(
            self.network,
            _tensor(atomic_number),
            self.form,
            dtype=precision_of(precision or self.own_precision),
            device=device,
            offset=self.offset(atomic_number),
        )

    def compiled_potential(
        self, atomic_number: np.ndarray, *, precision: str | None = None
    ) -> Potential | None:
        """As :meth:`nearsight.models.open_model.OpenModel.compiled_potential`.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: ``float32`` or ``float64``.
        """
        return build_compiled(
            self.network,
            _tensor(atomic_number),
            self.form,
            Store(),
            dtype=precision_of(precision or self.own_precision),
            offset=self.offset(atomic_number),
        )

    def values_of_evaluation(self, n_atoms: int) -> int:
        """As :meth:`nearsight.models.open_model.OpenModel.values_of_evaluation`."""
        return n_atoms * (n_atoms - 1) // 2 * self.form.values_per_pair * (self.depth or 1)

    def energy(self, atomic_number: np.ndarray, *, device: torch.device | str = "cpu") -> Energy:
        """As :meth:`nearsight.models.open_model.OpenModel.energy`, of atoms (atom,)."""
        return build_energy(
            self.network,
            _tensor(atomic_number),
            self.form,
            device=device,
            offset=self.offset(atomic_number),
        )


def _tensor(atomic_number: np.ndarray) -> torch.Tensor:
    return torch.as_tensor(np.asarray(atomic_number, dtype=np.int64))
