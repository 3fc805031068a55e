"""Keeps frames and ends while a run goes on."""

import numpy as np

from nearsight import units
from nearsight.config import Dynamics
from nearsight.errors import ConfigError
from nearsight.md.batch import Batch
from nearsight.md.guards import Ending, EndKind
from nearsight.md.record import Trajectories
from nearsight.md.starts import Starts


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


class Recorder:
    """Collects frames and ends while a run goes on; its memory is taken once, at the beginning."""

    def __init__(self, starts: Starts, settings: Dynamics) -> None:
        self.n_steps = number_of_steps(settings)
        self._settings = settings
        self._atomic_number = starts.atomic_number.cpu().numpy()
        n_replicas, n_atoms, _ = starts.position.shape
        shape = (n_replicas, self.n_steps // settings.write_interval + 1)
        self._position = np.full((*shape, n_atoms, 3), np.nan, dtype=np.float32)
        self._position[:, 0] = starts.position.cpu().numpy()
        self._potential, self._kinetic, self._temperature = (np.full(shape, np.nan) for _ in "abc")
        self._n_frames = np.ones(n_replicas, dtype=np.int64)
        self._kind = np.full(n_replicas, int(EndKind.SURVIVED))
        self._step = np.full(n_replicas, self.n_steps)
        self._atom = np.full((n_replicas, 2), -1)
        self._end_position = np.full((n_replicas, n_atoms, 3), np.nan)
        self._end_velocity = self._end_position.copy()

    def write(self, batch: Batch, step: int) -> None:
        """Keep a frame if the step is one to be written."""
        frame, rest = divmod(step, self._settings.write_interval)
        if rest or not len(batch):
            return
        replica = batch.replica.cpu().numpy()
        self._position[replica, frame] = batch.position.cpu().numpy()
        self._potential[replica, frame] = batch.energy.cpu().numpy()
        self._kinetic[replica, frame] = batch.kinetic_energy.cpu().numpy()
        self._temperature[replica, frame] = batch.temperature.cpu().numpy()
        self._n_frames[replica] = frame + 1

    def end(self, batch: Batch, ending: Ending, step: int) -> Batch:
        """Note which replicas end at this step and return the batch without them."""
        ended = ending.kind != EndKind.SURVIVED
        if not bool(ended.any()):
            return batch
        replica = batch.replica[ended].cpu().numpy()
        self._kind[replica] = ending.kind[ended].cpu().numpy()
        self._atom[replica] = ending.atoms[ended].cpu().numpy()
        self._step[replica] = step
        self._end_position[replica] = batch.position[ended].cpu().numpy()
        return batch.keep(~ended)

    def finish(self, survivors: Batch) -> Trajectories:
        """The whole record, with the last phase-space point of the survivors."""
        replica = survivors.replica.cpu().numpy()
        self._end_position[replica] = survivors.position.cpu().numpy()
        self._end_velocity[replica] = survivors.velocity.cpu().numpy()
        step = np.arange(self._potential.shape[1]) * self._settings.write_interval
        return Trajectories(
            atomic_number=self._atomic_number,
            time=step * self._settings.timestep,
            position=self._position,
            potential_energy=self._potential,
            kinetic_energy=self._kinetic,
            temperature=self._temperature,
            n_frames=self._n_frames,
            end_kind=self._kind,
            end_step=self._step,
            end_atom=self._atom,
            end_position=self._end_position,
            end_velocity=self._end_velocity,
            timestep=self._settings.timestep,
            duration=self.n_steps * self._settings.timestep,
        )
