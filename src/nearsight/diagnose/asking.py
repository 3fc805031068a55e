"""Energies and forces of many geometries at once, as arrays; what cannot be had is NaN."""

import numpy as np
import torch

from nearsight.diagnose.subject import Subject
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel

OWN = "own"
"""The precision of a calculator: whatever it computes in."""


def ask(potential: Potential, position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energies (copy,) in eV and forces (copy, atom, 3) in eV/Å.

    Args:
        potential: of one composition.
        position: (copy, atom, 3) Å.
    """
    energy, force = potential(torch.as_tensor(np.ascontiguousarray(position)))
    return energy.cpu().numpy().astype(float), force.cpu().numpy().astype(float)


def precisions_of(model: OpenModel) -> tuple[str, ...]:
    """Precisions in which a model can be asked, that of dynamics first."""
    return (OWN,) if model.kind == "calculator" else ("float32", "float64")


def best_precision(model: OpenModel) -> str:
    """The precision in which derivatives are worth taking."""
    return precisions_of(model)[-1]


def ask_in(
    subject: Subject, atomic_number: np.ndarray, position: np.ndarray, precision: str
) -> tuple[np.ndarray, np.ndarray]:
    """Energies (copy,) and forces (copy, atom, 3) of the model in one of its precisions.

    Args:
        subject: whose model is asked.
        atomic_number: (atom,) nuclear charges.
        position: (copy, atom, 3) Å.
        precision: of :func:`precisions_of`.
    """
    name = "float64" if precision == OWN else precision
    return ask(subject.potential(atomic_number, precision=name), position)


def ask_best(
    subject: Subject, atomic_number: np.ndarray, position: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same in the best precision.

    Args:
        subject: whose model is asked.
        atomic_number: (atom,) nuclear charges.
        position: (copy, atom, 3) Å.
    """
    return ask_in(subject, atomic_number, position, best_precision(subject.model))


def ask_reference(
    subject: Subject, atomic_number: np.ndarray, position: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same of the reference; all NaN where there is none.

    Args:
        subject: whose reference is asked.
        atomic_number: (atom,) nuclear charges.
        position: (copy, atom, 3) Å.
    """
    if subject.reference is None:
        return np.full(len(position), np.nan), np.full(position.shape, np.nan)
    return ask(subject.reference_potential(atomic_number), position)
