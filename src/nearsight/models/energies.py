"""Energies that can be differentiated more than once, from SchNetPack's own modules.

:mod:`nearsight.families.schnetpack.fast` serves dynamics and knows forces alone; a Hessian needs
the derivative of forces.
"""

import copy
from collections.abc import Callable
from typing import Any

import schnetpack as spk
import torch

from nearsight.families.centring import centred
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.schnetpack.network import ENERGY_KEY
from nearsight.models.batching import assemble

Energy = Callable[[torch.Tensor], torch.Tensor]
"""From positions (atom, 3) in Å to the energy () in eV, differentiable as often as one likes."""


def build_energy(
    network: Any,
    atomic_number: torch.Tensor,
    cutoff: float,
    *,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
) -> Energy:
    """The energy of one molecule as a function of its positions.

    Args:
        network: SchNetPack network, which is left as it is.
        atomic_number: (atom,) nuclear charges.
        cutoff: the network's own, in Å.
        dtype: precision of the network.
        device: where the network runs.
    """
    network = copy.deepcopy(network).to(device=device, dtype=dtype).eval().requires_grad_(False)
    # Its module of forces would differentiate once and drop the graph.
    steps = [
        *network.input_modules,
        network.representation,
        *(m for m in network.output_modules if not isinstance(m, spk.atomistic.Forces)),
    ]
    numbers = atomic_number.to(device)
    count = torch.tensor([len(numbers)], device=device)

    def energy(position: torch.Tensor) -> torch.Tensor:
        here = centred(position)
        pairs = neighbor_pairs(here.detach()[None], cutoff)
        inputs = assemble(numbers, here.to(dtype), count, *pairs)
        for step in steps:
            inputs = step(inputs)
        return inputs[ENERGY_KEY].sum()

    return energy
