"""What a network gives for a batch: one value per molecule and, of energies, the forces."""

from typing import Any

import torch
from schnetpack import properties
from schnetpack.atomistic import Atomwise

from nearsight.families.schnetpack.fast import fast_representation
from nearsight.families.schnetpack.network import FORCE_KEY
from nearsight.families.schnetpack.sums import Links
from nearsight.models.batching import Batch

Output = tuple[torch.Tensor, torch.Tensor | None]
"""Values (frame,) and forces (atom, 3) or None."""


class Forward:
    """A network that was built here, on batches of molecules.

    The representation is evaluated on pairs that stand once
    (:mod:`nearsight.families.schnetpack.fast`).
    Weights may change between calls.
    """

    def __init__(self, network: Any) -> None:
        self.representation = network.representation
        self.head = network.output_modules[0]
        self.has_forces = any(FORCE_KEY in m.model_outputs for m in network.output_modules)
        evaluation = fast_representation(network.representation, trained=True)
        if evaluation is None:
            raise TypeError(f"{type(network.representation).__name__} was not built here")
        self._evaluate = evaluation

    def __call__(self, batch: Batch, *, forces: bool, trained: bool = False) -> Output:
        """Values and, if asked for, forces (eV/Å).

        Args:
            batch: the molecules.
            forces: whether to differentiate.
            trained: whether the results will be differentiated by the weights.
        """
        position = batch.position.detach().requires_grad_(forces)
        with torch.set_grad_enabled(forces or trained):
            value = self._value(batch, position)
        if not forces:
            return value, None
        (slope,) = torch.autograd.grad(value.sum(), position, create_graph=trained)
        return value, -slope

    def _value(self, batch: Batch, position: torch.Tensor) -> torch.Tensor:
        vector = position.index_select(0, batch.second) - position.index_select(0, batch.first)
        states = self._evaluate(
            self.representation.embedding(batch.atomic_number),
            vector,
            Links(batch.first, batch.second),
        )
        if isinstance(self.head, Atomwise):
            own = self.head.outnet(states)[:, 0]
            total = own.new_zeros(len(batch)).index_add(0, batch.molecule, own)
            return total / batch.n_atoms if self.head.aggregation_mode == "avg" else total
        inputs = {
            "scalar_representation": states,
            properties.R: position,
            properties.n_atoms: batch.n_atoms,
            properties.idx_m: batch.molecule,
        }
        value: torch.Tensor = self.head(inputs)[self.head.dipole_key]
        # A molecule alone: SchNetPack squeezes its dimension away too.
        return value.reshape(len(batch))
