"""One value of each molecule by a network of SchNetPack, on a list that holds each pair once.

Layers are SchNetPack's own modules, called as they are, so weights have one home. Ours are the sums
over neighbours (:mod:`nearsight.families.schnetpack.sums`), with each filter computed once for both
directions of a pair, and the sum over atoms. A network of any other make runs as SchNetPack runs
it. Dynamics needs one derivative of fixed weights, all else two of weights that may change: hence
``trained``.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import schnetpack as spk
import torch

from nearsight.families.family import Evaluation
from nearsight.families.graph import Graph
from nearsight.families.schnetpack.inputs import inputs_of
from nearsight.families.schnetpack.sums import Links

States = Callable[[torch.Tensor, torch.Tensor, Links], torch.Tensor]
"""From nuclear charges (atom,) and vectors of pairs (pair, 3) in Å to the last states of the atoms
(atom, feature)."""


class MakeStates(Protocol):
    """What a family has of its own: the last states of its representation."""

    def __call__(self, net: Any, *, trained: bool) -> States | None:
        """States, or None for a representation that is not, in all of its parts, known.

        Args:
            net: the representation.
            trained: follow changes of the weights, and allow any number of derivatives, not one.
        """


def values(make_states: MakeStates, network: Any, graph: Graph) -> torch.Tensor:
    """(molecule,) outputs, differentiable as often as one likes.

    Args:
        make_states: of the family.
        network: of SchNetPack; its weights may change between calls.
        graph: the molecules.
    """
    head = only_head(network)
    states = None if head is None else make_states(network.representation, trained=True)
    if states is None:
        return _by_own_modules(network, graph)
    last = states(graph.atomic_number, graph.vector, Links(graph.first, graph.second))
    return _pooled(head, last, graph)


def fast(make_states: MakeStates, network: Any) -> Evaluation | None:
    """Sums over atoms for copies of one molecule, sooner than ``values``; differentiable once.

    Args:
        make_states: of the family.
        network: of SchNetPack; changes made to its weights later may go unnoticed.

    Returns:
        None for a network that is not, in all of its parts, known.
    """
    head = only_head(network)
    if getattr(head, "aggregation_mode", None) != "sum" or len(network.postprocessors):
        return None
    states = make_states(network.representation, trained=False)
    return None if states is None else partial(_sums_of_copies, head, states)


def only_head(network: Any) -> Any | None:
    """The head of a network that is what this module knows: one head, on distances of pairs."""
    outputs = [m for m in network.output_modules if type(m) is not spk.atomistic.Forces]
    inputs = [type(m) for m in network.input_modules]
    if inputs != [spk.atomistic.PairwiseDistances] or len(outputs) != 1:
        return None
    head = outputs[0]
    if type(head) is spk.atomistic.Atomwise:
        return head if head.n_out == 1 and head.aggregation_mode in ("sum", "avg") else None
    if type(head) is spk.atomistic.DipoleMoment:
        known = head.predict_magnitude and not head.use_vector_representation
        return head if known else None
    return None


def _sums_of_copies(head: Any, states: States, graph: Graph) -> torch.Tensor:
    last = states(graph.atomic_number, graph.vector, Links(graph.first, graph.second))
    # Of one size, so that no index is needed.
    return head.outnet(last)[:, 0].view(len(graph), -1).sum(1)


def _pooled(head: Any, last: torch.Tensor, graph: Graph) -> torch.Tensor:
    if isinstance(head, spk.atomistic.Atomwise):
        own = head.outnet(last)[:, 0]
        total = own.new_zeros(len(graph)).index_add(0, graph.molecule, own)
        return total / graph.n_atoms if head.aggregation_mode == "avg" else total
    inputs = {
        "scalar_representation": last,
        spk.properties.R: graph.position,
        spk.properties.n_atoms: graph.n_atoms,
        spk.properties.idx_m: graph.molecule,
    }
    value: torch.Tensor = head(inputs)[head.dipole_key]
    # A molecule alone: SchNetPack squeezes its dimension away too.
    return value.reshape(len(graph))


def _by_own_modules(network: Any, graph: Graph) -> torch.Tensor:
    """What the last output module gives, with all that it adds up, as SchNetPack runs it."""
    results = inputs_of(graph)
    # Its module of forces would differentiate once and drop the graph.
    outputs = [m for m in network.output_modules if not isinstance(m, spk.atomistic.Forces)]
    for step in (*network.input_modules, network.representation, *outputs):
        results = step(results)
    return results[outputs[-1].model_outputs[0]].reshape(len(graph))
