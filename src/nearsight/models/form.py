"""How a network is fed and read, whoever trained it: from Å to eV, by its family's evaluation."""

from dataclasses import dataclass, replace
from functools import partial

import torch

from nearsight.families.family import Evaluation, Family
from nearsight.families.graph import Graph
from nearsight.families.listed import Listed
from nearsight.families.registry import family_of
from nearsight.families.variant import Variant


@dataclass(frozen=True)
class Form:
    """What has to be known of a network to evaluate it.

    Attributes:
        family: of which it is.
        pair_cutoff: Å within which atoms are pairs; infinite where every two of them are.
        values_per_pair: numbers that one block holds for each pair of atoms.
        length: the network's unit of length in Å.
        unit: the unit of its output in eV, or in whatever unit the output is wanted.
    """

    family: Family
    pair_cutoff: float
    values_per_pair: int
    length: float = 1.0
    unit: float = 1.0

    def evaluation(self, network: torch.nn.Module) -> Evaluation:
        """From molecules in Å to one value of each, differentiable as often as one likes."""
        return self._converted(self.family.evaluation(network))

    def fast(self, network: torch.nn.Module) -> Evaluation | None:
        """The same for copies of one molecule, differentiable once; None where there is none."""
        found = None if self.family.fast is None else self.family.fast(network)
        return None if found is None else self._converted(found)

    def listed(self, network: torch.nn.Module) -> Listed | None:
        """Energies and forces of many atoms on listed pairs, in eV and Å; None without any."""
        found = None if self.family.listed is None else self.family.listed(network)
        return None if found is None else partial(self._in_units, found)

    def _in_units(
        self,
        evaluate: Listed,
        numbers: torch.Tensor,
        position: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        energy, force = evaluate(numbers, position / self.length, first, second)
        return energy * self.unit, force * (self.unit / self.length)

    def _converted(self, evaluate: Evaluation) -> Evaluation:
        if (self.length, self.unit) == (1.0, 1.0):
            return evaluate

        def converted(graph: Graph) -> torch.Tensor:
            return evaluate(replace(graph, position=graph.position / self.length)) * self.unit

        return converted


def form_of(network: Variant | Form) -> Form:
    """The form of a variant; a form itself is left as it is."""
    if isinstance(network, Form):
        return network
    return Form(family_of(network), network.pair_cutoff, network.values_per_pair)
