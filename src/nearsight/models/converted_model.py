"""A SchNetPack model that was trained elsewhere and converted, as any other model."""

from functools import partial
from pathlib import Path

import numpy as np
import torch

from nearsight.errors import ModelError
from nearsight.families.family import Family
from nearsight.families.registry import recognised
from nearsight.families.schnetpack.makeup import AtomwiseHead, Hyperparameters
from nearsight.families.schnetpack.network import Makeup, draw
from nearsight.families.specs import FAMILIES
from nearsight.models.energies import Energy, build_energy
from nearsight.models.force_field import Potential
from nearsight.models.foreign import load_foreign
from nearsight.models.form import Form
from nearsight.models.open_model import Explicable, OpenModel
from nearsight.models.potential import build_potential, precision_of
from nearsight.units import TO_EV, in_ev


class ConvertedModel(OpenModel):
    """A folder that holds the weights and the make-up of a SchNetPack model.

    Its energies and forces are those of SchNetPack's own ``NeuralNetworkPotential`` with its
    post-processing, in eV and Å whatever units it was trained in.

    Args:
        path: the folder, or its safetensors file.

    Raises:
        MissingFileError, CorruptFileError, ConfigError: see
            :func:`nearsight.models.foreign.load_foreign`.
        ModelError: its representation is of no family that is known here.
    """

    kind = "converted"

    def __init__(self, path: Path) -> None:
        self.foreign = load_foreign(path)
        made, length = self.foreign.hyperparameters, self.foreign.length
        self.label = path.resolve().name
        self.files, self.attributes = self.foreign.files, {}
        self.cutoff = made.representation.cutoff * length
        self.depth = made.representation.n_interactions
        self.family = _family_of(self.foreign.network, self.label)
        self.no_energies = _why_no_energies(made)
        self.target = made.head.output if self.no_energies else "energy"
        # Where it has no energies, its output keeps its own unit.
        unit = 1.0 if self.no_energies else in_ev(made.property_unit) or 1.0
        per_pair = made.representation.values_per_pair
        self.form = Form(self.family, self.cutoff, per_pair, length=length, unit=unit)
        self.explicable = Explicable(
            network=self.foreign.network,
            output=made.head.output,
            unit=made.property_unit,
            length=length,
            offset=self.foreign.offset,
            form=self.form,
            treatments=FAMILIES[self.family.name].treatments,
            redrawn=partial(draw, Makeup(made.representation, made.head)),
        )

    def potential(
        self,
        atomic_number: np.ndarray,
        *,
        precision: str | None = None,
        device: torch.device | str = "cpu",
        processes: int = 1,
        strict: bool = False,
    ) -> Potential:
        """As :meth:`nearsight.models.open_model.OpenModel.potential`, float64 by default.

        Args:
            atomic_number: (atom,) nuclear charges.
            precision: ``float32`` or ``float64``.
            device: where it runs.
            processes: of no effect.
            strict: of no effect.
        """
        offset, numbers = self._ready(atomic_number)
        dtype = precision_of(precision or "float64")
        bare = build_potential(self.foreign.network, numbers, self.form, dtype=dtype, device=device)

        def energy_and_force(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            energy, force = bare(position)
            return energy + offset, force

        return energy_and_force

    def energy(
        self, atomic_number: np.ndarray, *, device: torch.device | str = "cpu"
    ) -> Energy | None:
        """As :meth:`nearsight.models.open_model.OpenModel.energy`, of atoms (atom,)."""
        offset, numbers = self._ready(atomic_number)
        bare = build_energy(self.foreign.network, numbers, self.form, device=device)
        return lambda position: bare(position) + offset

    def require_energies(self) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_energies`."""
        if self.no_energies:
            raise ModelError(f"model {self.label}: {self.no_energies}")

    def _ready(self, atomic_number: np.ndarray) -> tuple[float, torch.Tensor]:
        """What is added to the energy of the atoms (atom,) in eV, and the atoms.

        Raises:
            ModelError: it has no energies, or does not know one of the elements.
        """
        self.require_energies()
        numbers = torch.as_tensor(np.asarray(atomic_number, dtype=np.int64))
        last = self.family.last_element(self.foreign.network)
        # Asked beforehand: on a GPU an index beyond the table takes the whole process with it.
        if last is not None and int(numbers.max()) > last:
            raise ModelError(
                f"model {self.label} knows no nuclear charge {int(numbers.max())}: its embedding "
                f"ends at {last}"
            )
        return self.foreign.offset(atomic_number) * self.form.unit, numbers


def _family_of(network: torch.nn.Module, label: str) -> Family:
    found = recognised(network)
    if found is None:
        raise ModelError(f"model {label}: its representation is of no family that is known here")
    return found


def _why_no_energies(made: Hyperparameters) -> str:
    """Why a network is no force field; empty where it is one."""
    head = made.head
    if not isinstance(head, AtomwiseHead) or head.aggregation != "sum":
        return f"its output {head.output} is no sum over atoms: it has no energies and forces"
    if in_ev(made.property_unit) is None:
        return (
            f"its output {head.output} is in {made.property_unit}, which is no unit of energy "
            f"({', '.join(TO_EV)}): it has no energies and forces"
        )
    return ""
