"""NVE dynamics of many replicas in one batch by velocity Verlet."""

import logging
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from nearsight.config import Dynamics
from nearsight.md.batch import Batch, Potential
from nearsight.md.geometry import look_at_geometry
from nearsight.md.guards import EndKind, Guards
from nearsight.md.ledger import Ledger
from nearsight.md.motion import look_at_motion
from nearsight.md.record import Trajectories, energies
from nearsight.md.recorder import Recorder, number_of_steps
from nearsight.md.segments import Memory, Store
from nearsight.md.starts import Starts
from nearsight.md.state import State, first_state, unpack

logger = logging.getLogger(__name__)


def run(
    potential: Potential,
    starts: Starts,
    guards: Guards,
    settings: Dynamics,
    *,
    store: Store | None = None,
    positions: bool = True,
    seconds: float = np.inf,
) -> Trajectories:
    r"""Integrate Newton's equations until every replica has ended or the duration is over.

    Velocity Verlet (Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637, 1982):

    .. math::
        v(t + h/2) &= v(t) + \tfrac{h}{2} F(r(t)) / m \\
        r(t + h)   &= r(t) + h\, v(t + h/2) \\
        v(t + h)   &= v(t + h/2) + \tfrac{h}{2} F(r(t + h)) / m

    with r ``position`` (Å), v ``velocity`` (Å/fs), F ``force`` (eV/Å), m ``mass`` (u) and
    h ``timestep`` (fs). Phase-space points and energies are float64 whatever the potential's own
    precision. The guards are checked at every step; a replica that ends leaves the batch, so it
    costs nothing from then on and cannot disturb the others. One that ends by a bond alone is
    followed, without frames, as told at :class:`nearsight.md.ledger.Ledger`.

    A run goes on from the last state that its store holds. The potential must be a function of
    the positions alone for it to reach the same end, bit by bit, as without the interruption.

    Args:
        potential: force field; never sees positions that broke a rule, but for those of replicas
            that are followed.
        starts: phase-space points at time 0.
        guards: rules by which a replica ends.
        settings: time step, duration and interval of the frames.
        store: where frames and states go, in memory when not given.
        positions: whether positions and velocities are kept beside energies.
        seconds: wall time after which replicas that still run are censored.

    Raises:
        ConfigError: the duration is shorter than one step.
        ModelError: the potential gives energies or forces of the wrong shape.
        OSError: a segment cannot be written in full.
    """
    store = store or Memory()
    n_steps = number_of_steps(settings)
    found = store.latest()
    state = unpack(found, starts) if found else first_state(starts, guards)
    recorder = Recorder(
        store,
        state,
        fresh=found is None,
        n_frames=n_steps // settings.write_interval + 1,
        write_interval=settings.write_interval,
        main=guards.main,
        positions=positions,
    )
    if found:
        logger.info("going on from step %d of %d", state.step, n_steps)
    else:
        recorder.start(state.batch)
        state.batch = _begin(state, potential, guards, settings.timestep)
        recorder.write(state.batch, 0)
    _integrate(state, potential, guards, settings, recorder, n_steps, seconds)
    ends = state.ledger.closed(state.batch, state.step, n_steps)
    return _record(store, state, ends, starts, guards, settings)


def _integrate(
    state: State,
    potential: Potential,
    guards: Guards,
    settings: Dynamics,
    recorder: Recorder,
    n_steps: int,
    seconds: float,
) -> None:
    """Step until nothing is left to do; the last segment is closed at the end."""
    total = {"total": n_steps, "initial": state.step}
    with tqdm(**total, desc="dynamics", unit="step", disable=None) as progress:
        while state.step < n_steps and len(state.batch) and recorder.seconds(state) < seconds:
            state.step += 1
            state.batch = _step(state, potential, guards, settings.timestep)
            recorder.write(state.batch, state.step)
            if recorder.full(state.step):
                recorder.close(state)
                logger.info("step %d of %d, %d running", state.step, n_steps, len(state.batch))
            progress.set_postfix(running=len(state.batch), refresh=False)
            progress.update()
    recorder.close(state)


def _begin(state: State, potential: Potential, guards: Guards, timestep: float) -> Batch:
    batch = _watch_geometry(state.batch, guards, state.ledger, 0).evaluate(potential)
    batch = replace(batch, start_energy=batch.total_energy)
    return _watch_motion(batch, guards, state.ledger, 0, timestep)


def _step(state: State, potential: Potential, guards: Guards, timestep: float) -> Batch:
    batch = state.batch.kick(timestep / 2).drift(timestep)
    batch = _watch_geometry(batch, guards, state.ledger, state.step)
    batch = batch.evaluate(potential).kick(timestep / 2)
    return _watch_motion(batch, guards, state.ledger, state.step, timestep)


def _watch_geometry(batch: Batch, guards: Guards, ledger: Ledger, step: int) -> Batch:
    if not len(batch):
        return batch
    seen = look_at_geometry(batch.position, batch.beyond, guards)
    if seen is None:
        return batch
    # Bonds first: they are the end where another rule holds at the same step.
    ledger.bonds(batch, seen, guards.main, step)
    ledger.rules(batch, seen.ending, step)
    beyond = batch.beyond | seen.crossed
    over = beyond[:, -1] | (seen.ending.kind != EndKind.SURVIVED)
    ledger.leave(batch, over, step)
    return replace(batch, beyond=beyond).keep(~over)


def _watch_motion(
    batch: Batch, guards: Guards, ledger: Ledger, step: int, timestep: float
) -> Batch:
    if not len(batch):
        return batch
    batch = batch.feel(guards.temperature_limit)
    ending = look_at_motion(batch, guards, timestep)
    if ending is None:
        return batch
    ledger.rules(batch, ending, step)
    over = ending.kind != EndKind.SURVIVED
    ledger.leave(batch, over, step)
    return batch.keep(~over)


def _record(
    store: Store,
    state: State,
    ends: Ledger,
    starts: Starts,
    guards: Guards,
    settings: Dynamics,
) -> Trajectories:
    n_steps = number_of_steps(settings)
    n_frames = n_steps // settings.write_interval + 1
    return Trajectories(
        atomic_number=starts.atomic_number.cpu().numpy(),
        time=np.arange(n_frames) * settings.write_interval * settings.timestep,
        **energies(store, len(starts), n_frames),
        ends=ends,
        bond_limits=guards.bond_limits.cpu().numpy(),
        timestep=settings.timestep,
        duration=n_steps * settings.timestep,
        seconds=state.seconds,
        store=store,
    )
