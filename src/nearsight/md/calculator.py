"""The reference engine as a force field for dynamics."""

import logging

import numpy as np
import torch
from ase import Atoms

from nearsight.data.engine import ReferenceCalculator, label
from nearsight.errors import ReferenceEngineError
from nearsight.md.batch import Potential

logger = logging.getLogger(__name__)


def calculator_potential(calculator: ReferenceCalculator, atomic_number: np.ndarray) -> Potential:
    """Energies and forces of an engine, one replica after another.

    Every self-consistent field begins from the same guess instead of the last density. That costs
    a fifth more, and makes the forces a function of the positions alone: the dynamics is that of
    one energy surface, replicas do not see each other, and an interrupted run goes on bit by bit.

    Args:
        calculator: of the engine.
        atomic_number: (atom,) nuclear charges.

    Returns:
        A potential that gives NaN where the engine fails: a failure of the engine is the end of a
        replica, ``not_finite``, and not of the run.
    """

    def energy_and_force(position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        energy = torch.full((len(position),), torch.nan, dtype=torch.float64)
        force = torch.full(position.shape, torch.nan, dtype=torch.float64)
        for row, geometry in enumerate(position.cpu().numpy()):
            calculator.forget()
            try:
                value, vectors = label(Atoms(atomic_number, positions=geometry), calculator)
            except ReferenceEngineError as error:
                logger.warning("a replica ends: %s", error)
                continue
            energy[row], force[row] = value, torch.from_numpy(vectors)
        return energy.to(position.device), force.to(position.device)

    return energy_and_force
