"""Energies and forces of many geometries at once, as arrays; what cannot be had is NaN."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from nearsight.diagnose.subject import Subject
from nearsight.models import engine_potential
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
    with told_by_findings():
        energy, force = potential(torch.as_tensor(np.ascontiguousarray(position)))
    return energy.cpu().numpy().astype(float), force.cpu().numpy().astype(float)


def reason_of(subject: Subject, atomic_number: np.ndarray) -> str:
    """Why a calculator had no answer when it was last asked for a composition (atom,), if it says.

    Beginning with a colon and a blank, to be put behind a sentence; empty where nothing is known.
    """
    potential = subject.potential(atomic_number)
    reasons = [reason for reason in getattr(potential, "reason", ()) if reason]
    return f": {reasons[0]}" if reasons else ""


@contextmanager
def told_by_findings() -> Iterator[None]:
    """Geometries that are absurd on purpose, and have no energy, are told by findings alone."""
    logger = logging.getLogger(engine_potential.__name__)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


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
