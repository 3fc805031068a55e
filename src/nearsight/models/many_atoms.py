"""Energies and forces of molecules of many atoms, in time and memory that grow with their number.

Neighbours come from a tree and are kept with a skin (:mod:`nearsight.families.tree`); a family that
can, evaluates them part by part (:mod:`nearsight.families.listed`).
"""

import math
from collections.abc import Callable

import torch

from nearsight.families.centring import centred
from nearsight.families.family import Evaluation
from nearsight.families.graph import copies
from nearsight.families.listed import Listed
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.tree import SkinPairs
from nearsight.models.force_field import Potential
from nearsight.models.form import Form

ATOMS_AT_ONCE = 2**15
"""Atoms of all molecules of a pass, as far as there are several: so memory does not grow with the
number of replicas."""


def many_atoms(
    network: torch.nn.Module, numbers: torch.Tensor, form: Form, dtype: torch.dtype, offset: float
) -> Potential:
    """A potential for one kind of large molecule.

    Args:
        network: of fixed weights, in its final precision and where it is to run.
        numbers: (atom,) nuclear charges, there too.
        form: what the network is.
        dtype: precision of the network.
        offset: added to the network's output, in eV.
    """
    evaluate = form.listed(network) or by_evaluation(
        form.fast(network) or form.evaluation(network), dtype
    )
    at_once = max(1, ATOMS_AT_ONCE // len(numbers))
    # Of each part of the replicas, that each list is of the same ones from step to step.
    lists: list[Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]] = []

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        here = centred(position).to(numbers.device)
        parts = here.split(at_once)
        while len(lists) < len(parts):
            lists.append(_list_of(form.pair_cutoff))
        results = [
            evaluate(numbers, part, *pairs(part)) for part, pairs in zip(parts, lists, strict=False)
        ]
        energies, forces = zip(*results, strict=True)
        energy = torch.cat(energies) + offset
        return energy.to(position.device), torch.cat(forces).to(position.device)

    return potential


def by_evaluation(evaluate: Evaluation, dtype: torch.dtype) -> Listed:
    """Energies and forces by autograd, all pairs at once.

    Args:
        evaluate: of the network.
        dtype: its precision.
    """

    def listed(
        numbers: torch.Tensor,
        position: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        flat = position.to(dtype).reshape(-1, 3).requires_grad_()
        energy = evaluate(copies(numbers, flat, first, second))
        (slope,) = torch.autograd.grad(energy.sum(), flat)
        return energy.detach().double(), -slope.double().view(position.shape)

    return listed


def _list_of(cutoff: float) -> Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    if math.isfinite(cutoff):
        return SkinPairs(cutoff)
    return lambda position: neighbor_pairs(position, cutoff)
