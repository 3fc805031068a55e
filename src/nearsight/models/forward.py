"""What a model gives for molecules: one value each and, of energies, the forces."""

from dataclasses import replace

import torch

from nearsight.families.graph import Graph
from nearsight.families.variant import Variant
from nearsight.models.form import Form, form_of

Output = tuple[torch.Tensor, torch.Tensor | None]
"""Values (molecule,) and forces (atom, 3) or None."""


class Forward:
    """A network on molecules; its weights may change between calls.

    Args:
        network: in whatever units it has.
        form: what the network is, or its variant.
    """

    def __init__(self, network: torch.nn.Module, form: Variant | Form) -> None:
        self._values = form_of(form).evaluation(network)

    def __call__(self, graph: Graph, *, forces: bool, trained: bool = False) -> Output:
        """Values (molecule,) and, if asked for, forces (atom, 3) in eV/Å.

        Args:
            graph: the molecules.
            forces: whether to differentiate.
            trained: whether the results will be differentiated by the weights.
        """
        position = graph.position.detach().requires_grad_(forces)
        with torch.set_grad_enabled(forces or trained):
            value = self._values(replace(graph, position=position))
        if not forces:
            return value, None
        (slope,) = torch.autograd.grad(value.sum(), position, create_graph=trained)
        return value, -slope
