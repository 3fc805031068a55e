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
from nearsight.models.foreign import load_foreign
from nearsight.models.form import Form
from nearsight.models.network_model import NetworkModel
from nearsight.models.open_model import Explicable
from nearsight.units import TO_EV, in_ev


class ConvertedModel(NetworkModel):
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
    own_precision = "float64"

    def __init__(self, path: Path) -> None:
        self.foreign = load_foreign(path)
        self.network = self.foreign.network
        made, length = self.foreign.hyperparameters, self.foreign.length
        self.label = path.resolve().name
        self.files, self.attributes = self.foreign.files, {}
        self.cutoff = made.representation.cutoff * length
        self.depth = made.representation.n_interactions
        family = _family_of(self.network, self.label)
        self.no_energies = _why_no_energies(made)
        self.target = made.head.output if self.no_energies else "energy"
        # Where it has no energies, its output keeps its own unit.
        unit = 1.0 if self.no_energies else in_ev(made.property_unit) or 1.0
        per_pair = made.representation.values_per_pair
        self.form = Form(family, self.cutoff, per_pair, length=length, unit=unit)
        self.explicable = Explicable(
            network=self.network,
            output=made.head.output,
            unit=made.property_unit,
            length=length,
            offset=self.foreign.offset,
            form=self.form,
            treatments=FAMILIES[family.name].treatments,
            redrawn=partial(draw, Makeup(made.representation, made.head)),
        )

    def offset(self, atomic_number: np.ndarray) -> float:
        """As :meth:`nearsight.models.network_model.NetworkModel.offset`, of atoms (atom,)."""
        self.require_energies()
        highest = int(np.max(atomic_number))
        last = self.form.family.last_element(self.network)
        # Asked beforehand: on a GPU an index beyond the table takes the whole process with it.
        if last is not None and highest > last:
            raise ModelError(
                f"model {self.label} knows no nuclear charge {highest}: its embedding ends at "
                f"{last}"
            )
        return self.foreign.offset(atomic_number) * self.form.unit

    def require_energies(self) -> None:
        """As :meth:`nearsight.models.open_model.OpenModel.require_energies`."""
        if self.no_energies:
            raise ModelError(f"model {self.label}: {self.no_energies}")


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
