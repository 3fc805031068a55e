"""The same start through ASE's own velocity Verlet: does another program agree?"""

from dataclasses import dataclass, replace

import ase.units
import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.md.verlet import VelocityVerlet

from nearsight import units
from nearsight.data.calculators import calculator_from
from nearsight.diagnose.as_calculator import PotentialCalculator
from nearsight.diagnose.checks.dynamics.plan import TIMESTEP, Plan
from nearsight.diagnose.checks.dynamics.runs import Runs
from nearsight.diagnose.subject import Subject
from nearsight.errors import NearsightError
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.run.nve import run
from nearsight.models.calculator_model import CalculatorModel

PRECISION = "float64"
"""Of networks: rounding is not what is looked for."""
STEPS = 100
"""Of 0.5 fs: long enough for a wrong unit or a stale force to show, too short for chaos."""
STRIDE = 10
"""Steps between compared energies."""
SHARE = 0.1
"""Of the time for dynamics that this may take."""


@dataclass(frozen=True, eq=False)
class Crossed:
    """Two programs from one start.

    Attributes:
        time: (frame,) fs.
        ours: (frame,) total energy in eV against the start, by nearsight.
        theirs: (frame,) the same by ASE.
        distance: Å, largest distance of an atom between the two at the end.
        reason: why there is nothing; empty where there is something.
    """

    time: np.ndarray
    ours: np.ndarray
    theirs: np.ndarray
    distance: float
    reason: str = ""


def cross_check(subject: Subject, runs: Runs) -> Crossed:
    """Integrate one replica that holds long enough by both programs.

    Args:
        subject: what is diagnosed.
        runs: of the check.
    """
    steps = _steps(runs.plan)
    held = np.flatnonzero(runs.record.ends.step >= steps)
    if not len(held):
        return nothing(f"no replica holds for {steps * TIMESTEP:g} fs")
    start = _only(runs.starts, int(held[0]))
    # Calculators of networks set PyTorch's precision for all of their process, which is this one.
    precision = torch.get_default_dtype()
    try:
        return compared(subject, runs, start, steps)
    except NearsightError as error:
        return nothing(str(error))
    except Exception as error:
        # Code of the user's calculator, asked directly as ASE asks it.
        return nothing(f"{type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        torch.set_default_dtype(precision)


def nothing(reason: str) -> Crossed:
    """No comparison, and why."""
    return Crossed(np.empty(0), np.empty(0), np.empty(0), np.nan, reason)


def compared(subject: Subject, runs: Runs, start: Starts, steps: int) -> Crossed:
    """Both programs over a number of steps.

    Args:
        subject: what is diagnosed.
        runs: of the check, for rules and settings.
        start: of one replica.
        steps: how many.
    """
    numbers = start.atomic_number.numpy()
    potential = subject.potential(numbers, precision=PRECISION)
    settings = runs.settings.model_copy(
        update={"duration": steps * TIMESTEP / units.FS_PER_PS, "write_interval": STRIDE}
    )
    own = run(potential, start, runs.guards, settings)
    if own.ends.kind[0] != EndKind.SURVIVED:
        return nothing("the replica ends early in double precision")
    atoms, energy = by_ase(start, calculator_of(subject, numbers), steps)
    apart = np.linalg.norm(atoms.positions - own.ends.position[0], axis=1)
    ours = own.total_energy[0]
    return Crossed(own.time, ours - ours[0], energy - energy[0], float(apart.max()))


def calculator_of(subject: Subject, numbers: np.ndarray) -> BaseCalculator:
    """The model as ASE knows it: a calculator is made anew and asked as its users ask it.

    Args:
        subject: what is diagnosed.
        numbers: (atom,) nuclear charges.
    """
    model = subject.model
    if isinstance(model, CalculatorModel):
        return calculator_from(model.name, model.arguments)
    potential = subject.potential(numbers, precision=PRECISION)
    return PotentialCalculator(potential, model.label)


def by_ase(start: Starts, calculator: BaseCalculator, steps: int) -> tuple[Atoms, np.ndarray]:
    """The molecule after some steps of ASE's integrator, and its total energies.

    Args:
        start: of one replica.
        calculator: force field.
        steps: how many.

    Returns:
        Atoms at the end, and total energies (frame,) in eV every ``STRIDE`` steps.
    """
    atoms = Atoms(
        start.atomic_number.numpy(),
        positions=start.position[0].numpy(),
        masses=start.mass.numpy(),
        calculator=calculator,
    )
    atoms.set_velocities(start.velocity[0].numpy() / ase.units.fs)
    integrator = VelocityVerlet(atoms, timestep=TIMESTEP * ase.units.fs)
    energy = [atoms.get_total_energy()]
    for _ in range(steps // STRIDE):
        integrator.run(STRIDE)
        energy.append(atoms.get_total_energy())
    return atoms, np.array(energy)


def _steps(plan: Plan) -> int:
    """As many as were run and may be had for a small part of the time, at least ``STRIDE``."""
    affordable = int(SHARE * plan.budget / (2 * max(plan.evaluation, 1e-9)))
    fewest = min(STEPS, affordable, plan.steps) // STRIDE * STRIDE
    return max(STRIDE, fewest)


def _only(starts: Starts, replica: int) -> Starts:
    row = torch.tensor([replica])
    return replace(
        starts,
        position=starts.position[row],
        velocity=starts.velocity[row],
        frame=starts.frame[row],
    )
