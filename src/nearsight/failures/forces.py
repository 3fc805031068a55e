"""Energies and forces of frames by the network and by the reference engine, and their errors."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from nearsight import units
from nearsight.data.yardstick import SCF_ACCURACY, Reference
from nearsight.models.open_model import OpenModel

logger = logging.getLogger(__name__)

_TO_MEV = units.MEV_PER_EV


@dataclass(frozen=True, eq=False)
class Labels:
    """What a force field says of frames; NaN where it says nothing.

    Attributes:
        energy: (frame,) eV.
        force: (frame, atom, 3) eV/Å.
        reason: (frame,) why there is nothing; empty where there is something.
    """

    energy: np.ndarray
    force: np.ndarray
    reason: Sequence[str]


def by_model(
    model: OpenModel, atomic_number: np.ndarray, position: np.ndarray, device: torch.device | str
) -> Labels:
    """By the model, a network in double precision, of frames whose atoms are all there.

    Args:
        model: of any kind.
        atomic_number: (atom,) nuclear charges.
        position: (frame, atom, 3) Å.
        device: where the network runs.
    """
    energy, force = np.full(len(position), np.nan), np.full(position.shape, np.nan)
    known = np.isfinite(position).all(axis=(1, 2))
    if known.any():
        potential = model.potential(atomic_number, precision="float64", device=device)
        value, vectors = potential(torch.from_numpy(position[known]))
        energy[known], force[known] = value.numpy(), vectors.numpy()
    return Labels(energy, force, [""] * len(position))


def by_engine(
    reference: Reference | None, why_none: str, atomic_number: np.ndarray, position: np.ndarray
) -> Labels:
    """By the reference engine; a frame at which it fails is data.

    Args:
        reference: the engine, None without one.
        why_none: what to say of every frame then.
        atomic_number: (atom,) nuclear charges.
        position: (frame, atom, 3) Å.
    """
    if reference is None or not len(position):
        nothing = np.full(len(position), np.nan), np.full(position.shape, np.nan)
        return Labels(*nothing, [why_none] * len(position))
    answers = reference.open(SCF_ACCURACY, 1).ask(atomic_number, position)
    for reason in filter(None, answers.reason):
        logger.info("no labels of a frame: %s", reason)
    return Labels(answers.energy, answers.force, answers.reason)


def mean_errors(difference: np.ndarray) -> np.ndarray:
    """(frame,) mean |error| of the components of forces in meV/Å, as ``force_mae``.

    Args:
        difference: (frame, atom, 3) network minus reference in eV/Å.
    """
    return _TO_MEV * np.abs(difference).mean(axis=(1, 2))


def pair_errors(difference: np.ndarray, pair: np.ndarray) -> np.ndarray:
    """(frame,) the same over the components of the pair (frame, 2) of each frame."""
    return _TO_MEV * np.abs(_both(difference, pair)).mean(axis=(1, 2))


def pair_pushes(difference: np.ndarray, position: np.ndarray, pair: np.ndarray) -> np.ndarray:
    r"""(frame,) how much harder than the reference the network drives a pair apart, meV/Å.

    .. math:: \tfrac12 (\Delta F_j - \Delta F_i) \cdot \hat r_{ij}

    Negative where it draws the two together harder.

    Args:
        difference: (frame, atom, 3) network minus reference in eV/Å.
        position: (frame, atom, 3) Å.
        pair: (frame, 2) atoms i and j; none may be missing.
    """
    force, place = _both(difference, pair), _both(position, pair)
    axis = place[:, 1] - place[:, 0]
    axis = axis / np.linalg.norm(axis, axis=1, keepdims=True)
    return _TO_MEV * 0.5 * ((force[:, 1] - force[:, 0]) * axis).sum(axis=1)


def _both(values: np.ndarray, pair: np.ndarray) -> np.ndarray:
    """(frame, 2, 3) of the two atoms."""
    return np.take_along_axis(values, pair[:, :, None], axis=1)
