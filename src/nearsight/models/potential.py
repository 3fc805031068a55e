"""Energies and forces of many copies of one molecule at once."""

import copy

import torch

from nearsight.errors import ConfigError
from nearsight.families.centring import centred
from nearsight.families.family import Evaluation
from nearsight.families.graph import copies
from nearsight.families.neighbors import MANY_ATOMS, neighbor_pairs
from nearsight.families.variant import Variant
from nearsight.models.force_field import Potential
from nearsight.models.form import Form, form_of
from nearsight.models.many_atoms import many_atoms

PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
"""Precisions of a network by the names that settings use."""


def precision_of(name: str) -> torch.dtype:
    """A precision of a network by its name.

    Raises:
        ConfigError: there is none of this name.
    """
    if name not in PRECISIONS:
        raise ConfigError(f"precision {name!r}: expected one of {', '.join(PRECISIONS)}")
    return PRECISIONS[name]


VALUES_AT_ONCE = 2**19
"""Pairs of atoms times features of a pass on a CPU. Tensors far beyond its cache cost several times
as much per replica, many small ones their calls (``benchmarks/README.md``)."""


def build_potential(
    network: torch.nn.Module,
    atomic_number: torch.Tensor,
    form: Variant | Form,
    *,
    dtype: torch.dtype,
    device: torch.device | str,
    offset: float = 0.0,
) -> Potential:
    """A potential from a network of energies, which is left as it is.

    Args:
        network: in whatever units it has.
        atomic_number: (atom,) nuclear charges.
        form: what the network is, or its variant.
        dtype: precision of the network.
        device: where the network runs.
        offset: added to the network's output, in eV.
    """
    # A copy: moving the module in place would change the precision of other potentials.
    network = copy.deepcopy(network).to(device=device, dtype=dtype).eval().requires_grad_(False)
    numbers = atomic_number.to(device)
    form = form_of(form)
    if len(numbers) > MANY_ATOMS:
        return many_atoms(network, numbers, form, dtype, offset)
    evaluate = form.fast(network) or form.evaluation(network)
    cutoff, n_atoms = form.pair_cutoff, len(numbers)
    most_pairs = max(1, n_atoms * (n_atoms - 1) // 2)
    at_once = max(1, VALUES_AT_ONCE // (most_pairs * form.values_per_pair))

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        here = centred(position).to(device)
        # A GPU is the better used the more it is given.
        parts = here.split(at_once) if here.device.type == "cpu" else (here,)
        results = [_energy_and_force(evaluate, numbers, part, cutoff, dtype) for part in parts]
        energies, forces = zip(*results, strict=True)
        energy = torch.cat(energies) + offset
        return energy.to(position.device), torch.cat(forces).to(position.device)

    return potential


def _energy_and_force(
    evaluate: Evaluation,
    numbers: torch.Tensor,
    position: torch.Tensor,
    cutoff: float,
    dtype: torch.dtype,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Energy (replica,) and force (replica, atom, 3) at positions (replica, atom, 3)."""
    pairs = neighbor_pairs(position, cutoff)
    flat = position.to(dtype).reshape(-1, 3).requires_grad_()
    energy = evaluate(copies(numbers, flat, *pairs))
    (slope,) = torch.autograd.grad(energy.sum(), flat)
    return energy.detach().double(), -slope.double().view(position.shape)
