"""The reference engine, or any ASE calculator, as a force field for dynamics."""

import logging

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from nearsight.data.calculators import evaluate
from nearsight.errors import ReferenceEngineError
from nearsight.models.force_field import Potential

logger = logging.getLogger(__name__)


def calculator_potential(calculator: BaseCalculator, atomic_number: np.ndarray) -> Potential:
    """Energies and forces of an engine, one replica after another.

    Every self-consistent field of the embedded engine begins from the same guess instead of the
    last density. That costs a fifth more, and makes the forces a function of the positions alone:
    the dynamics is that of one energy surface, replicas do not see each other, and an interrupted
    run goes on bit by bit. Other calculators are reset, which empties what ASE keeps of the last
    call; what they keep themselves is theirs.

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
            try:
                value, vectors = evaluate(Atoms(atomic_number, positions=geometry), calculator)
            except ReferenceEngineError as error:
                logger.warning("a replica ends: %s", error)
                continue
            energy[row], force[row] = value, torch.from_numpy(vectors)
        return energy.to(position.device), force.to(position.device)

    return energy_and_force
