"""How strongly a model ties two atoms at a geometry: response and relevance of a pair."""

from collections.abc import Sequence

import numpy as np
import torch
from ase import Atoms

from nearsight.config import Failures
from nearsight.explain import Gamma, Rule, Zero, linearize, pairs
from nearsight.models.open_model import OpenModel
from nearsight.respond import autograd_rows

STEP = 0.005
"""Å: displacement of central differences, where there is no derivative but forces."""


def responses(
    model: OpenModel,
    atomic_number: np.ndarray,
    position: np.ndarray,
    atoms: Sequence[np.ndarray],
    device: torch.device | str,
) -> list[np.ndarray]:
    """Norms |H_ij| in eV/Å² of some rows i of the Hessian at each frame.

    Args:
        model: of any kind.
        atomic_number: (atom,) nuclear charges.
        position: (frame, atom, 3) Å.
        atoms: rows i by frame.
        device: where the network runs.

    Returns:
        (row, atom) by frame.
    """
    energy = model.energy(atomic_number, device=device)

    def rows_of(frame: np.ndarray, rows: np.ndarray) -> np.ndarray:
        if energy is not None:
            return autograd_rows(energy, frame, rows, device=device)
        return _by_differences(model, atomic_number, frame, rows)

    return [
        np.linalg.norm(rows_of(frame, rows), axis=(2, 3))
        for frame, rows in zip(position, atoms, strict=True)
    ]


def _by_differences(
    model: OpenModel, atomic_number: np.ndarray, frame: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Blocks H_ij (row, atom, 3, 3) of a calculator; NaN where it fails."""
    moves = np.zeros((3 * len(rows), *frame.shape))
    for k, atom in enumerate(rows):
        moves[3 * k + np.arange(3), atom, np.arange(3)] = STEP
    copies = torch.as_tensor(np.concatenate([frame + moves, frame - moves]))
    plus, minus = np.split(model.potential(atomic_number)(copies)[1].numpy(), 2)
    slope = -(plus - minus) / (2 * STEP)
    return slope.reshape(len(rows), 3, len(frame), 3).transpose(0, 2, 1, 3)


def relevances(
    model: OpenModel,
    atomic_number: np.ndarray,
    position: np.ndarray,
    settings: Failures,
    device: torch.device | str,
) -> np.ndarray:
    """Exclusive two-body relevance at each frame.

    Args:
        model: of any kind.
        atomic_number: (atom,) nuclear charges.
        position: (frame, atom, 3) Å.
        settings: rule and treatment of vectors.
        device: where the network runs.

    Returns:
        (frame, atom, atom) eV; NaN of a model without walks.
    """
    shown = model.explicable
    if shown is None:
        return np.full((len(position), len(atomic_number), len(atomic_number)), np.nan)
    rule: Rule = Gamma(settings.gamma) if settings.gamma > 0 else Zero()
    n_atoms = len(atomic_number)
    found = [
        pairs(
            linearize(
                shown.network,
                Atoms(atomic_number, positions=frame / shown.length),
                output=shown.output,
                rule=rule,
                vector=settings.vector,
                device=device,
            ),
            "exact",
        )["relevance"].to_numpy()
        for frame in position
    ]
    return shown.form.unit * np.stack(found) if found else np.empty((0, n_atoms, n_atoms))
