"""The reference engine as a force field of dynamics."""

import numpy as np
from ase.build import molecule
from dimers import frames_of

from nearsight.config import Dynamics
from nearsight.data.calculators import InProcess
from nearsight.data.engine import reference_calculator
from nearsight.md.replicas.starts import draw_starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.rules.reference_guards import reference_guards
from nearsight.md.run.nve import run
from nearsight.models.engine_potential import EnginePotential

WATER = molecule("H2O")


def test_water_holds_and_conserves_energy():
    potential = EnginePotential(InProcess(reference_calculator()), WATER.numbers)
    noise = 0.05 * np.random.default_rng(0).normal(size=(4, 3, 3))
    frames = frames_of(WATER.positions + noise, WATER.numbers.tolist())
    settings = Dynamics(replicas=2, duration=0.05, temperature=300.0, write_interval=1)
    guards = reference_guards(frames, settings)
    record = run(potential, draw_starts(frames, settings), guards, settings)
    assert record.ends.kind.tolist() == [EndKind.SURVIVED] * 2
    spread = np.ptp(record.total_energy, axis=1) / 3
    assert (spread < 0.005).all()
    assert (spread < 0.05 * np.ptp(record.kinetic_energy, axis=1)).all()
