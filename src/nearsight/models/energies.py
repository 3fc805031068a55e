"""The energy of one molecule as a function that can be differentiated more than once.

:mod:`nearsight.models.potential` serves dynamics and knows forces alone; a Hessian needs the
derivative of forces.
"""

import copy
from collections.abc import Callable

import torch

from nearsight.families.centring import centred
from nearsight.families.graph import copies
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.variant import Variant
from nearsight.models.form import Form, form_of

Energy = Callable[[torch.Tensor], torch.Tensor]
"""From positions (atom, 3) in Å to the energy () in eV, differentiable as often as one likes."""


def build_energy(
    network: torch.nn.Module,
    atomic_number: torch.Tensor,
    form: Variant | Form,
    *,
    dtype: torch.dtype = torch.float64,
    device: torch.device | str = "cpu",
    offset: float = 0.0,
) -> Energy:
    """The energy of one molecule as a function of its positions.

    Args:
        network: in whatever units it has; it is left as it is.
        atomic_number: (atom,) nuclear charges.
        form: what the network is, or its variant.
        dtype: precision of the network.
        device: where the network runs.
        offset: added to the network's output, in eV.
    """
    network = copy.deepcopy(network).to(device=device, dtype=dtype).eval().requires_grad_(False)
    form = form_of(form)
    values, cutoff = form.evaluation(network), form.pair_cutoff
    numbers = atomic_number.to(device)

    def energy(position: torch.Tensor) -> torch.Tensor:
        here = centred(position)
        pairs = neighbor_pairs(here.detach()[None], cutoff)
        return values(copies(numbers, here.to(dtype), *pairs)).sum() + offset

    return energy
