"""NVE dynamics of many replicas in one batch."""

import logging
from typing import Any

import numpy as np

from nearsight import units
from nearsight.config import Dynamics
from nearsight.errors import ConfigError
from nearsight.interruption import Interrupted, watched
from nearsight.md.record.buffer import FrameBuffer
from nearsight.md.record.run_state import RunState, first_state, unpack
from nearsight.md.record.segments import Memory, Store
from nearsight.md.record.trajectories import Trajectories, energies
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import Guards
from nearsight.md.run.verlet import Verlet
from nearsight.models.force_field import Potential
from nearsight.progress import progress_bar

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
    """Integrate Newton's equations until every replica has ended or the duration is over.

    The guards are checked at every step (:class:`nearsight.md.run.verlet.Verlet`); a replica that
    ends leaves the batch, so it costs nothing from then on and cannot disturb the others. One that
    ends by a bond alone is followed, without frames, as told at
    :class:`nearsight.md.record.ledger.Ledger`.

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
        Interrupted: SIGTERM came; the store holds the last step.
    """
    store = store or Memory()
    n_steps = number_of_steps(settings)
    n_frames = n_steps // settings.write_interval + 1
    found = store.latest()
    state = unpack(found, starts) if found else first_state(starts, guards)
    recorder = FrameBuffer(
        store,
        state,
        fresh=found is None,
        n_frames=n_frames,
        write_interval=settings.write_interval,
        main=guards.main,
        positions=positions,
    )
    verlet = Verlet(potential, guards, settings.timestep)
    if found:
        logger.info("going on from step %d of %d", state.step, n_steps)
    else:
        recorder.start(state.batch)
        verlet.begin(state)
        recorder.write(state.batch, 0)
    _integrate(verlet, state, recorder, n_steps, seconds)
    return Trajectories(
        atomic_number=starts.atomic_number.cpu().numpy(),
        time=np.arange(n_frames) * settings.write_interval * settings.timestep,
        **energies(store, len(starts), n_frames),
        ends=state.ledger.closed(state.batch, state.step, n_steps),
        bond_limits=guards.bond_limits.cpu().numpy(),
        timestep=settings.timestep,
        duration=n_steps * settings.timestep,
        seconds=state.seconds,
        store=store,
    )


def number_of_steps(settings: Dynamics) -> int:
    """Steps of a run.

    Raises:
        ConfigError: the run is shorter than one step.
    """
    steps = round(settings.duration * units.FS_PER_PS / settings.timestep)
    if steps < 1:
        raise ConfigError(
            f"dynamics.duration = {settings.duration} ps is shorter than one step of "
            f"dynamics.timestep = {settings.timestep} fs: raise the duration"
        )
    return steps


def _integrate(
    verlet: Verlet, state: RunState, recorder: FrameBuffer, n_steps: int, seconds: float
) -> None:
    """Step until nothing is left to do, and hand over the last segment."""
    done: dict[str, Any] = {
        "total": n_steps,
        "initial": state.step,
        "desc": "dynamics",
        "unit": "step",
    }
    with progress_bar(**done) as progress, watched() as asked_to_end:
        while state.step < n_steps and len(state.batch) and recorder.seconds(state) < seconds:
            verlet.advance(state)
            recorder.write(state.batch, state.step)
            if recorder.full(state.step):
                recorder.close(state)
                logger.info("step %d of %d, %d running", state.step, n_steps, len(state.batch))
            if not progress.disable:
                progress.set_postfix(running=len(state.batch), refresh=False)
                progress.update()
            if asked_to_end():
                recorder.close(state)
                raise Interrupted(
                    f"dynamics goes on after step {state.step} of {n_steps} when started again"
                )
    recorder.close(state)
