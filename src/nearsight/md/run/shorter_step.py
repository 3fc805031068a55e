"""A few replicas once more at half the time step: is a failure the model's or the integrator's?"""

from dataclasses import replace

import numpy as np
import torch

from nearsight import units
from nearsight.config import Dynamics
from nearsight.md.record.halved import Halved
from nearsight.md.record.segments import Store
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind, Guards
from nearsight.md.run.nve import run
from nearsight.models.force_field import Potential


def replicas_to_halve(record: Trajectories, most: int, *, failed_only: bool = False) -> np.ndarray:
    """Replicas to run again: those that a rule ended first, then the others, in their order.

    Those that ended at their start are left out: no time step can help them.

    Args:
        record: of the main run.
        most: how many at most.
        failed_only: whether those that no rule ended are left out.

    Returns:
        (halved,) replicas.
    """
    moved = np.flatnonzero(record.ends.step > 0)
    failed = record.event[moved]
    others = moved[~failed] if not failed_only else moved[:0]
    return np.concatenate([moved[failed], others])[:most]


def run_halved(
    replica: np.ndarray,
    main: Trajectories,
    potential: Potential,
    starts: Starts,
    guards: Guards,
    settings: Dynamics,
    *,
    store: Store,
    seconds: float,
) -> Halved:
    """Run replicas from their starts at half the time step, over the same time.

    Args:
        replica: (halved,) which ones.
        main: the run at the whole time step.
        potential: force field of the main run.
        starts: of all replicas.
        guards: of the main run.
        settings: of the main run.
        store: where energies and states go; positions are not kept.
        seconds: wall time after which replicas that still run are censored.
    """
    chosen = torch.as_tensor(replica)
    some = replace(
        starts,
        position=starts.position[chosen],
        velocity=starts.velocity[chosen],
        frame=starts.frame[chosen],
    )
    finer = settings.model_copy(
        update={
            "timestep": main.timestep / 2,
            "duration": main.duration / units.FS_PER_PS,
            "write_interval": 2 * settings.write_interval,
        }
    )
    # Only the end is asked for: nobody is followed beyond the main limit.
    only = replace(guards, bond_limits=guards.bond_limits[guards.main :][:1], main=0)
    record = run(potential, some, only, finer, store=store, positions=False, seconds=seconds)
    survived = record.ends.kind == EndKind.SURVIVED
    return Halved(replica, record, main.event[replica] & survived)
