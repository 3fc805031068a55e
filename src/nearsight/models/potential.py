"""Energies and forces of many copies of one molecule at once."""

import copy

import torch

from nearsight.config import Variant
from nearsight.families.centring import centred
from nearsight.families.neighbors import neighbor_pairs, pairs_once
from nearsight.families.schnetpack.fast import Evaluation, fast_energy
from nearsight.families.schnetpack.network import ENERGY_KEY, FORCE_KEY
from nearsight.families.schnetpack.sums import Links
from nearsight.models.batching import assemble
from nearsight.models.force_field import Potential

PRECISIONS = {"float32": torch.float32, "float64": torch.float64}
"""Precisions of a network by the names that settings use."""

VALUES_AT_ONCE = 2**19
"""Pairs of atoms times features of a pass on a CPU. Tensors far beyond its cache cost several times
as much per replica, many small ones their calls (``benchmarks/README.md``)."""


def build_potential(
    network: torch.nn.Module,
    atomic_number: torch.Tensor,
    variant: Variant,
    *,
    dtype: torch.dtype,
    device: torch.device | str,
) -> Potential:
    """A potential from a SchNetPack network, which is left as it is.

    Args:
        network: gives energies and forces under the keys of
            :mod:`nearsight.families.schnetpack.network`.
        atomic_number: (atom,) nuclear charges.
        variant: what the network is.
        dtype: precision of the network.
        device: where the network runs.
    """
    # A copy: moving the module in place would change the precision of other potentials.
    network = copy.deepcopy(network).to(device=device, dtype=dtype).eval().requires_grad_(False)
    numbers = atomic_number.to(device)
    energy = fast_energy(network)
    cutoff, n_atoms = variant.pair_cutoff, len(numbers)
    most_pairs = max(1, n_atoms * (n_atoms - 1) // 2)
    at_once = max(1, VALUES_AT_ONCE // (most_pairs * variant.features))

    def some(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if energy is None:
            return _by_schnetpack(network, numbers, position, cutoff, dtype)
        return _by_pairs(energy, numbers, position, cutoff, dtype)

    def potential(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        here = centred(position).to(device)
        # A GPU is the better used the more it is given.
        parts = here.split(at_once) if here.device.type == "cpu" else (here,)
        energies, forces = zip(*map(some, parts), strict=True)
        return torch.cat(energies).to(position.device), torch.cat(forces).to(position.device)

    return potential


def _by_pairs(
    energy: Evaluation,
    numbers: torch.Tensor,
    position: torch.Tensor,
    cutoff: float,
    dtype: torch.dtype,
) -> tuple[torch.Tensor, torch.Tensor]:
    n_replicas, n_atoms, _ = position.shape
    first, second = pairs_once(position, cutoff)
    flat = position.to(dtype).reshape(-1, 3).requires_grad_()
    vector = flat.index_select(0, second) - flat.index_select(0, first)
    atomic = energy(numbers.repeat(n_replicas), vector, Links(first, second))
    (slope,) = torch.autograd.grad(atomic.sum(), flat)
    total = atomic.detach().view(n_replicas, n_atoms).sum(1)
    return total.double(), -slope.double().view(position.shape)


def _by_schnetpack(
    network: torch.nn.Module,
    numbers: torch.Tensor,
    position: torch.Tensor,
    cutoff: float,
    dtype: torch.dtype,
) -> tuple[torch.Tensor, torch.Tensor]:
    n_replicas, n_atoms, _ = position.shape
    result = network(
        assemble(
            numbers.repeat(n_replicas),
            position.to(dtype).reshape(-1, 3),
            torch.full((n_replicas,), n_atoms, device=position.device),
            *neighbor_pairs(position, cutoff),
        )
    )
    force = result[FORCE_KEY].detach().double().view(position.shape)
    return result[ENERGY_KEY].detach().double(), force
