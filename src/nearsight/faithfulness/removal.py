"""Ablation curves: what is left of a network when messages are taken away in some order.

If an order knows which messages matter, energy and forces change early on. Samek et al., Evaluating
the Visualization of What a Deep Neural Network Has Learned, IEEE TNNLS 28, 2660 (2017).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import ase
import numpy as np
import torch

from nearsight.families.variant import Variant
from nearsight.models.ablation import ablate, connected_pairs
from nearsight.models.form import Form

ORDERS = ("relevance", "response", "distance", "random")


@dataclass(frozen=True)
class Removal:
    """Changes of one structure under removal, (order, fraction) each.

    Attributes:
        n_connected: pairs of atoms that send each other messages.
        energy: |change of the energy| in eV.
        force: root mean square change of the components of forces in eV/Å.
    """

    n_connected: int
    energy: np.ndarray
    force: np.ndarray


def fractions(n_steps: int) -> np.ndarray:
    """(n_steps + 1,) from 0 to 1, as squares: what matters happens among the first pairs."""
    return (np.arange(n_steps + 1) / n_steps) ** 2


def remove(
    network: torch.nn.Module,
    form: Variant | Form,
    structure: ase.Atoms,
    importance: Mapping[str, np.ndarray],
    *,
    n_steps: int,
    n_random: int,
    seed: int,
    device: torch.device | str = "cpu",
) -> Removal:
    """Take messages away in the order of falling importance, and at random.

    Args:
        network: of energies.
        form: what it is, or its variant.
        structure: molecule.
        importance: (atom, atom) by order: ``relevance``, ``response`` and ``distance``.
        n_steps: of the removal.
        n_random: random orders, whose changes are averaged.
        seed: of the random orders.
        device: where the network runs.
    """
    pairs = connected_pairs(structure.positions, form.pair_cutoff)
    count = np.round(fractions(n_steps) * len(pairs)).astype(int)
    i, j = pairs.T
    random = np.random.default_rng(seed)
    ranked = [np.argsort(-importance[name][i, j], kind="stable") for name in ORDERS[:-1]]
    ranked += [random.permutation(len(pairs)) for _ in range(n_random)]
    # Place of each pair in each order: it is kept while fewer than that many are gone.
    place = np.argsort(ranked, axis=1)
    kept = place[:, None, :] >= count[None, :, None]
    energy, force = ablate(
        network,
        form,
        structure.numbers,
        structure.positions,
        pairs,
        # Not -1: of atoms out of reach of each other there are no pairs.
        kept.reshape(kept.shape[0] * kept.shape[1], len(pairs)),
        device=device,
    )
    # Nothing is gone at the first fraction of each order.
    left = energy.reshape(kept.shape[:2]), force.reshape(*kept.shape[:2], -1)
    energy_change = np.abs(left[0] - left[0][:, :1])
    force_change = np.sqrt(np.square(left[1] - left[1][:, :1]).mean(axis=-1))
    return Removal(len(pairs), _averaged(energy_change), _averaged(force_change))


def _averaged(change: np.ndarray) -> np.ndarray:
    """(order, fraction): the random orders become one."""
    n_named = len(ORDERS) - 1
    return np.concatenate([change[:n_named], change[n_named:].mean(axis=0, keepdims=True)])
