"""How the forces of a run are computed: as they are written, or by a compiled program."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from nearsight.config import Dynamics
from nearsight.md.run.engine import Engine
from nearsight.md.run.nve import number_of_steps
from nearsight.models.force_field import Potential
from nearsight.models.open_model import OpenModel
from nearsight.programs import NoProgramError

logger = logging.getLogger(__name__)

ITS_OWN = "its own"
"""Precision of a calculator, which is up to its arguments."""
SECONDS_PER_VALUE = 20e-9
"""CPU seconds for each pair of atoms, feature and block of an evaluation that is not compiled:
the least of what was measured (``benchmarks/README.md``), so that no run is taken for longer than
it is."""
SECONDS_PER_CALL = 5e-4
"""CPU seconds of an evaluation of however few replicas."""
REPAYS = 120.0
"""CPU seconds of a run that repays its own compilation: three times what that takes."""
COMPILED = "compiled"
EAGER = "eager"


@dataclass(frozen=True)
class Asked:
    """What a model is asked for.

    Attributes:
        model: of any kind.
        settings: of the run.
        device: where a network runs.
        processes: in which a calculator works on replicas.
    """

    model: OpenModel
    settings: Dynamics
    device: torch.device | str
    processes: int


def engine_of(
    asked: Asked, atomic_number: np.ndarray | None, begun: Callable[[Engine], bool]
) -> Engine:
    """The engine of a run of a model.

    Whether it is compiled follows from settings and molecule and not from how long anything took,
    so that a study is the same wherever it runs. An unfinished run goes on as it began.

    Args:
        asked: the model and the run.
        atomic_number: (atom,) nuclear charges of the molecule; None where there is none.
        begun: whether an unfinished run of an engine is there to go on with.
    """
    eager = _engine(asked, EAGER, lambda numbers: _as_written(asked, numbers))
    if atomic_number is None or not _is_wanted(asked, len(atomic_number)) or begun(eager):
        return eager
    try:
        potential = asked.model.compiled_potential(
            atomic_number, precision=asked.settings.precision
        )
    except NoProgramError as error:
        logger.warning("dynamics runs without a compiled program, the slower way: %s", error)
        return eager
    if potential is None:
        if asked.settings.compile is True:
            logger.warning("compile = true: of no effect on model %s", asked.model.label)
        return eager
    return _engine(asked, COMPILED, lambda _: potential)


def eager_seconds(model: OpenModel, settings: Dynamics, n_atoms: int) -> float:
    """CPU seconds that the forces of a run take without a compiler, by the estimate above.

    Args:
        model: of any kind; 0 for one of which nothing is known.
        settings: of the run.
        n_atoms: of the molecule.
    """
    values = model.values_of_evaluation(n_atoms)
    if not values:
        return 0.0
    halved = min(settings.halved_replicas, settings.replicas)
    per_step = [(1, settings.replicas), (2 if halved else 0, halved)]
    seconds = sum(
        calls * (SECONDS_PER_CALL + replicas * values * SECONDS_PER_VALUE)
        for calls, replicas in per_step
    )
    return number_of_steps(settings) * seconds


def _is_wanted(asked: Asked, n_atoms: int) -> bool:
    wanted = asked.settings.compile
    if wanted is False:
        return False
    if torch.device(asked.device).type != "cpu":
        if wanted is True:
            logger.warning("compile = true: of no effect on a GPU; programs are made for CPUs")
        return False
    return wanted is True or eager_seconds(asked.model, asked.settings, n_atoms) >= REPAYS


def _as_written(asked: Asked, numbers: np.ndarray) -> Potential:
    return asked.model.potential(
        numbers,
        precision=asked.settings.precision,
        device=asked.device,
        processes=asked.processes,
    )


def _engine(asked: Asked, way: str, potential: Callable[[np.ndarray], Potential]) -> Engine:
    model = asked.model
    is_network = model.kind != "calculator"
    said = model.description
    tied = json.dumps(said, sort_keys=True) if said else ""
    return Engine(
        name="model",
        precision=asked.settings.precision if is_network else ITS_OWN,
        potential=potential,
        attributes={**said, **({"evaluation": way} if is_network else {})},
        tied=" ".join(filter(None, (tied, way if way == COMPILED else ""))),
    )
