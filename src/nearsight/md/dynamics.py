"""NVE dynamics of many replicas in one batch by velocity Verlet."""

import torch
from tqdm import tqdm

from nearsight.config import Dynamics
from nearsight.md.batch import Batch, Potential, first_batch
from nearsight.md.guards import Guards, check_geometry, check_motion
from nearsight.md.record import Trajectories
from nearsight.md.recorder import Recorder
from nearsight.md.starts import Starts


def run(potential: Potential, starts: Starts, guards: Guards, settings: Dynamics) -> Trajectories:
    r"""Integrate Newton's equations until every replica has ended or the duration is over.

    Velocity Verlet (Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637, 1982):

    .. math::
        v(t + h/2) &= v(t) + \tfrac{h}{2} F(r(t)) / m \\
        r(t + h)   &= r(t) + h\, v(t + h/2) \\
        v(t + h)   &= v(t + h/2) + \tfrac{h}{2} F(r(t + h)) / m

    with r ``position`` (Å), v ``velocity`` (Å/fs), F ``force`` (eV/Å), m ``mass`` (u) and
    h ``timestep`` (fs). Phase-space points and energies are float64 whatever the potential's own
    precision. The guards are checked at every step; a replica that ends leaves the batch, so it
    costs nothing from then on and cannot disturb the others.

    Args:
        potential: force field; never sees positions that broke a rule.
        starts: phase-space points at time 0.
        guards: rules by which a replica ends.
        settings: time step, duration and interval of the frames.

    Raises:
        ConfigError: the duration is shorter than one step.
        ModelError: the potential gives energies or forces of the wrong shape.
    """
    recorder = Recorder(starts, settings)
    batch = first_batch(starts)
    batch = recorder.end(batch, check_geometry(batch.position, guards), 0)
    batch = _end_by_motion(batch.evaluate(potential), guards, recorder, 0)
    recorder.write(batch, 0)
    half = settings.timestep / 2
    with tqdm(total=recorder.n_steps, desc="dynamics", unit="step", disable=None) as progress:
        for step in range(1, recorder.n_steps + 1):
            if not len(batch):
                break
            batch = batch.kick(half).drift(settings.timestep)
            batch = recorder.end(batch, check_geometry(batch.position, guards), step)
            batch = batch.evaluate(potential).kick(half)
            batch = _end_by_motion(batch, guards, recorder, step)
            recorder.write(batch, step)
            progress.set_postfix(alive=len(batch), refresh=False)
            progress.update()
    return recorder.finish(batch)


def _end_by_motion(batch: Batch, guards: Guards, recorder: Recorder, step: int) -> Batch:
    phase = torch.cat([batch.force, batch.velocity], dim=-1)
    return recorder.end(batch, check_motion(batch.energy, phase, batch.temperature, guards), step)
