"""An engine as a potential: energies and forces of many copies, and why some have none."""

import logging

import numpy as np
import torch

from nearsight.data.calculators import Source

logger = logging.getLogger(__name__)


class EnginePotential:
    """From positions (replica, atom, 3) in Å to energy in eV and force in eV/Å, both in float64.

    Where the engine fails a replica gets NaN, which in dynamics is its end, ``not_finite``, and not
    that of the run; the reason is logged and kept.

    Every copy is evaluated as if it were the only one: forces are a function of the positions
    alone, replicas do not see each other, and an interrupted run goes on bit by bit. Of the
    embedded engine that costs a fifth more, for every self-consistent field begins from the same
    guess instead of the last density.

    Args:
        source: the engine.
        atomic_number: (atom,) nuclear charges.
        strict: raise the first failure as ReferenceEngineError, in place of NaN.

    Attributes:
        reason: why the engine has failed on each replica of the last call; empty where it has not.
    """

    def __init__(self, source: Source, atomic_number: np.ndarray, *, strict: bool = False) -> None:
        self.source, self.strict = source, strict
        self.reason: list[str] = []
        self._numbers = np.asarray(atomic_number)

    def __call__(self, position: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Energy (replica,) and force (replica, atom, 3), where the positions are."""
        geometry = position.detach().cpu().double().numpy()
        ask = self.source.ask_all if self.strict else self.source.ask
        answers = ask(self._numbers, geometry)
        self.reason = answers.reason
        for reason in filter(None, answers.reason):
            logger.warning("no energy of a geometry: %s", reason)
        energy, force = torch.from_numpy(answers.energy), torch.from_numpy(answers.force)
        return energy.to(position.device), force.to(position.device)
