"""Strict locality: nothing answers beyond the receptive field, exactly."""

import numpy as np
import pytest
import torch

from nearsight.config import Variant, make_variant
from nearsight.families.registry import build_network
from nearsight.models.energies import build_energy
from nearsight.respond import autograd_blocks

CUTOFF = 2.0
SPACING = 1.3
"""Å: atoms on a line answer from one to the next and not to the one after it."""
N_ATOMS = 9


def chain() -> np.ndarray:
    position = np.zeros((N_ATOMS, 3))
    position[:, 0] = SPACING * np.arange(N_ATOMS)
    # Bent a little, so that no entry is zero by the symmetry of a straight line.
    return position + np.random.default_rng(0).normal(0, 0.05, position.shape)


def variant(family: str, depth: int) -> Variant:
    return make_variant(family=family, cutoff=CUTOFF, depth=depth, features=8)


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_response_ends_at_twice_depth_times_cutoff(family: str, depth: int) -> None:
    """Two atoms meet at a third that is at most depth steps away from each."""
    chosen = variant(family, depth)
    energy = build_energy(build_network(chosen), torch.full((N_ATOMS,), 6), chosen)
    position = chain()
    norm = np.linalg.norm(autograd_blocks(energy, position), axis=(2, 3))
    steps = np.abs(np.arange(N_ATOMS)[:, None] - np.arange(N_ATOMS))
    assert (norm[steps <= 2 * depth] > 0).all()
    assert (norm[steps > 2 * depth] == 0).all()
    distance = np.linalg.norm(position[:, None] - position, axis=-1)
    assert (distance[norm > 0] < 2 * depth * CUTOFF).all()


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("family", ["schnet", "painn"])
def test_an_atoms_energy_ends_at_depth_times_cutoff(family: str, depth: int) -> None:
    """The gradient of one atom's energy: zero beyond, not zero within."""
    chosen = variant(family, depth)
    network = build_network(chosen)
    # The sum over atoms is the network's last step: one atom's energy is what the mask leaves.
    head = network.output_modules[0]
    seen = {}
    head.outnet.register_forward_hook(lambda _m, _i, output: seen.update(atomic=output))
    energy = build_energy(network, torch.full((N_ATOMS,), 6), chosen)
    position = torch.as_tensor(chain()).requires_grad_()
    energy(position)
    atom = 0
    (slope,) = torch.autograd.grad(seen["atomic"][atom].sum(), position)
    size = slope.norm(dim=1).numpy()
    assert (size[: depth + 1] > 0).all()
    assert (size[depth + 1 :] == 0).all()
