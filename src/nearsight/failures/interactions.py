"""How strongly a network ties two atoms at a geometry: response and relevance of a pair."""

from collections.abc import Sequence

import numpy as np
import torch
from ase import Atoms

from nearsight.config import Failures
from nearsight.explain import Gamma, Rule, Zero, linearize, pairs
from nearsight.families.registry import family_of
from nearsight.models.energies import build_energy
from nearsight.models.model import Model
from nearsight.respond import autograd_rows


def responses(
    model: Model,
    atomic_number: np.ndarray,
    position: np.ndarray,
    atoms: Sequence[np.ndarray],
    device: torch.device | str,
) -> list[np.ndarray]:
    """Norms |H_ij| in eV/Å² of some rows i of the Hessian at each frame.

    Args:
        model: the network.
        atomic_number: (atom,) nuclear charges.
        position: (frame, atom, 3) Å.
        atoms: rows i by frame.
        device: where the network runs.

    Returns:
        (row, atom) by frame.
    """
    numbers = torch.as_tensor(np.asarray(atomic_number, dtype=np.int64))
    energy = build_energy(model.network, numbers, model.variant, device=device)
    return [
        np.linalg.norm(autograd_rows(energy, frame, rows, device=device), axis=(2, 3))
        for frame, rows in zip(position, atoms, strict=True)
    ]


def relevances(
    model: Model,
    atomic_number: np.ndarray,
    position: np.ndarray,
    settings: Failures,
    device: torch.device | str,
) -> np.ndarray:
    """Exclusive two-body relevance at each frame.

    Args:
        model: the network.
        atomic_number: (atom,) nuclear charges.
        position: (frame, atom, 3) Å.
        settings: rule and treatment of vectors.
        device: where the network runs.

    Returns:
        (frame, atom, atom) eV; NaN of a family without walks.
    """
    if family_of(model.variant).walks is None:
        return np.full((len(position), len(atomic_number), len(atomic_number)), np.nan)
    rule: Rule = Gamma(settings.gamma) if settings.gamma > 0 else Zero()
    n_atoms = len(atomic_number)
    found = [
        pairs(
            linearize(
                model.network,
                Atoms(atomic_number, positions=frame),
                rule=rule,
                vector=settings.vector,
                device=device,
            ),
            "exact",
        )["relevance"].to_numpy()
        for frame in position
    ]
    return np.stack(found) if found else np.empty((0, n_atoms, n_atoms))
