"""Networks of SchNetPack on listed pairs of many atoms: what all representations share.

Filters come from tables (:mod:`nearsight.families.schnetpack.tables`), sums over neighbours and
their slopes are made part by part (:mod:`nearsight.families.listed`), layers of atoms are
SchNetPack's own. Distances and energies of atoms are taken in float64, whatever the precision of
the network: coordinates of a large molecule would lose digits.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from nearsight.families.listed import Part, parts_of
from nearsight.families.schnetpack.reading import Places, places_of, rows_of
from nearsight.families.schnetpack.tables import Filters, filter_table
from nearsight.families.schnetpack.values import only_head

VALUES_OF_PART = 2**18
"""Pairs times channels of a part on a CPU: smaller ones cost calls, larger ones leave the cache."""


@dataclass(frozen=True)
class Pairs:
    """All pairs, part by part, each with its places in the tables.

    Attributes:
        distance: (pair,) in the network's unit of length; differentiable.
        direction: (3, pair) of unit length from the first atom to the second; differentiable.
        parts: of the pairs.
    """

    distance: torch.Tensor
    direction: torch.Tensor
    parts: Sequence[tuple[Part, Places]]


@dataclass(frozen=True)
class Body:
    """A representation on listed pairs.

    Attributes:
        filters: all filters side by side, from distances (pair,) to (pair, channel) in float64.
        widths: channels of each table that ``states`` reads.
        states: from nuclear charges (atom,), pairs, and the tables (cell × power, channel) to the
            last states (atom, feature).
        directed: whether states depend on directions.
    """

    filters: Filters
    widths: Sequence[int]
    states: Callable[[torch.Tensor, Pairs, Sequence[torch.Tensor]], torch.Tensor]
    directed: bool


@dataclass(frozen=True)
class ListedNetwork:
    """A network of fixed weights on listed pairs, as :class:`nearsight.families.listed.Listed`.

    Attributes:
        body: its representation.
        head: of SchNetPack; sums over atoms.
        tables: of its filters (cell × power, channel).
        cutoff: in its unit of length.
        shape: of each table: cells, powers, channels.
    """

    body: Body
    head: Any
    tables: Sequence[torch.Tensor]
    cutoff: float
    shape: Sequence[int]

    def __call__(
        self,
        numbers: torch.Tensor,
        position: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Energy (molecule,) and force (molecule, atom, 3), float64.

        Args:
            numbers: (atom,) nuclear charges of one molecule.
            position: (molecule, atom, 3) float64.
            first: (pair,) one atom of each pair within the cutoff, counted over all molecules;
                sorted.
            second: (pair,) the other.
        """
        flat = position.reshape(-1, 3)
        vector = flat.index_select(0, second).sub_(flat.index_select(0, first))
        distance = vector.norm(dim=1)
        direction = vector.div_(distance[:, None])
        pairs = self._pairs(distance, direction, first, second)
        with torch.enable_grad():
            states = self.body.states(numbers.repeat(len(position)), pairs, self.tables)
            energy = self.head.outnet(states)[:, 0].double().view(len(position), -1).sum(1)
        leaves = [pairs.distance, *([pairs.direction] if self.body.directed else [])]
        radial, *across = torch.autograd.grad(energy.sum(), leaves)
        slope = radial.double()[:, None] * direction
        if across:
            turn = across[0].T.double()
            turn = turn - (turn * direction).sum(1, keepdim=True) * direction
            slope += turn / distance[:, None]
        force = torch.zeros_like(flat).index_add_(0, first, slope)
        force.index_add_(0, second, slope, alpha=-1)
        return energy.detach(), force.view_as(position)

    def _pairs(
        self,
        distance: torch.Tensor,
        direction: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
    ) -> Pairs:
        dtype, widest = self.tables[0].dtype, max(self.body.widths)
        size = VALUES_OF_PART // widest if distance.device.type == "cpu" else len(first)
        along = distance.to(dtype, copy=True)
        parts = [
            (part, places_of(along[part.span], self.cutoff, self.shape))
            for part in parts_of(first, second, max(1, size))
        ]
        toward = direction.T.to(dtype, memory_format=torch.contiguous_format, copy=True)
        return Pairs(along.requires_grad_(), toward.requires_grad_(self.body.directed), parts)


def listed(take: Callable[[Any, Any], Body | None], network: Any) -> ListedNetwork | None:
    """The evaluation of a network, or None for one that is not, in all of its parts, known.

    Args:
        take: of the family: from a representation, and the same in float64, to its body.
        network: of SchNetPack, of fixed weights.
    """
    head = only_head(network)
    if getattr(head, "aggregation_mode", None) != "sum" or len(network.postprocessors):
        return None
    net = network.representation
    body = take(net, copy.deepcopy(net).double().cpu())
    if body is None:
        return None
    weight, cutoff = next(network.parameters()), float(net.cutoff_fn.cutoff)
    table = filter_table(body.filters, cutoff, weight.dtype)
    if table is None:
        return None
    tables = [rows_of(part).to(weight.device) for part in table.split(list(body.widths), -1)]
    return ListedNetwork(body, head, tables, cutoff, table.shape)
