"""How many replicas run for how long: what is wished for, and what there is time for."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time

import torch

from nearsight import units
from nearsight.config import Dynamics
from nearsight.diagnose.subject import Subject
from nearsight.models.force_field import Potential
from nearsight.storage import atomic_path

logger = logging.getLogger(__name__)

TEMPERATURE = 500.0
"""K: that of the project's studies; hot enough that faults show within a picosecond."""
TIMESTEP = 0.5
"""fs: the stretch of a bond to hydrogen has 20 steps to a period."""
SHORTEST = 20
"""Steps below which nothing is run: fewer give no line through the energy."""
LEAST_REPLICAS = 2
"""Fewer have no spread, neither among themselves nor beside runs at half the time step."""
LONG_ENOUGH = 400
"""Steps for which replicas are given up before the run gets any shorter: heat shows after them."""
PLAN = "000000.json"
"""What a run keeps of its plan; numbered, as all that runs keep (:mod:`nearsight.storage.kept`)."""
OVERHEAD = 1.5e-3
"""s a step beside the force field's: the rules and the integrator, measured for 8 replicas of 22
atoms on one core."""


@dataclass(frozen=True)
class Plan:
    """Size of a run.

    Attributes:
        replicas: that run.
        halved: of them that run again at half the time step.
        steps: of the whole time step.
        wished: steps there would be with time for all.
        evaluation: s, wall time of one evaluation of one replica.
        budget: s, what there is time for.
    """

    replicas: int
    halved: int
    steps: int
    wished: int
    evaluation: float
    budget: float

    @property
    def duration(self) -> float:
        """Of a replica, ps."""
        return self.steps * TIMESTEP / units.FS_PER_PS

    @property
    def shortened(self) -> bool:
        """Whether it is less than was wished for."""
        return self.steps < self.wished

    def settings(self, seed: int, temperature: float = TEMPERATURE) -> Dynamics:
        """Of :mod:`nearsight.md`, with the rules of the studies.

        Args:
            seed: of starts and velocities.
            temperature: of the start, K.
        """
        return Dynamics(
            temperature=temperature,
            timestep=TIMESTEP,
            duration=self.duration,
            replicas=self.replicas,
            halved_replicas=self.halved,
            write_interval=min(Dynamics().write_interval, max(1, self.steps // 10)),
            seed=seed,
        )


def plan_of(subject: Subject, potential: Potential, position: torch.Tensor) -> Plan:
    """What fits into the time that the effort allows.

    Args:
        subject: says how much effort.
        potential: of the molecule.
        position: (atom, 3) Å of one structure.
    """
    replicas, halved = subject.choose(quick=(4, 2), default=(8, 3), full=(16, 4))
    wished = subject.choose(quick=1000, default=4000, full=20_000)
    budget = subject.choose(quick=12.0, default=60.0, full=600.0)
    # Other work on the machine slows a network down, and shall not shorten its run.
    clock = perf_counter if subject.model.kind == "calculator" else process_time
    seconds = timer(potential, position, budget, clock)
    for some, again in ((replicas, halved), (replicas // 2, 2), (LEAST_REPLICAS, 2)):
        cost = seconds(some) + 2 * seconds(again) + 3 * OVERHEAD
        steps = min(wished, int(budget / cost))
        if steps >= min(wished, LONG_ENOUGH):
            break
    return Plan(some, again, max(SHORTEST, steps), wished, seconds(1), budget)


def timer(
    potential: Potential,
    position: torch.Tensor,
    budget: float,
    clock: Callable[[], float] = perf_counter,
) -> Callable[[int], float]:
    """Seconds an evaluation takes, by the number of replicas, as measured.

    Args:
        potential: of the molecule.
        position: (atom, 3) Å.
        budget: s for the whole run; a small part of it is spent on measuring.
        clock: that measures.
    """

    def once(n: int) -> float:
        begun = clock()
        potential(position[None].repeat(n, 1, 1))
        return clock() - begun

    alone = once(1)
    known = {1: alone if alone > 0.02 * budget else min(once(1) for _ in range(2))}

    def seconds(n: int) -> float:
        if n not in known:
            slow = n * known[1] > 0.02 * budget
            known[n] = n * known[1] if slow else min(once(n) for _ in range(3))
        return known[n]

    return seconds


def kept_plan(folder: Path | None, key: str, make: Callable[[], Plan]) -> Plan:
    """The plan of an interrupted run, or a new one: times measured twice are never the same.

    Args:
        folder: where it is kept, None for nowhere.
        key: of all that the run follows from.
        make: the new one.
    """
    path = None if folder is None else folder / PLAN
    if path is not None and path.is_file():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            if found.pop("key") == key:
                return Plan(**found)
        except (json.JSONDecodeError, TypeError, KeyError, AttributeError):
            logger.warning("%s: cannot be read; the run begins anew", path)
    plan = make()
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            temporary.write_text(json.dumps({"key": key, **asdict(plan)}), encoding="utf-8")
    return plan
