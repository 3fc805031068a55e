"""Collects frames while a run goes on, and hands them over segment by segment."""

from time import monotonic

import numpy as np

from nearsight.md.record.run_state import RunState, pack
from nearsight.md.record.segments import Store, Stretch
from nearsight.md.replicas.running import Running

SEGMENT_BYTES = 2**24
"""Most memory for the frames of a segment; a run's memory does not depend on its length."""


class FrameBuffer:
    """Frames since the last segment.

    Args:
        store: where segments go.
        state: of the run that begins or goes on.
        fresh: whether it begins, so that the start is still to be written.
        n_frames: frames of the whole run.
        write_interval: steps between frames.
        main: index of the bond limit at which a replica's frames end.
        positions: whether positions and velocities are kept beside energies.
    """

    def __init__(
        self,
        store: Store,
        state: RunState,
        *,
        fresh: bool,
        n_frames: int,
        write_interval: int,
        main: int,
        positions: bool,
    ) -> None:
        self._store, self._interval, self._main = store, write_interval, main
        self._n_frames, self._positions = n_frames, positions
        self._begin(state, 0 if fresh else self._next_frame(state.step))

    def start(self, batch: Running) -> None:
        """Keep where all replicas begin, also those that end there and so have no energy."""
        self._place(batch, np.arange(len(batch)), 0)

    def write(self, batch: Running, step: int) -> None:
        """Keep a frame if the step is one to be written, of the replicas that have not ended."""
        frame, rest = divmod(step, self._interval)
        if rest:
            return
        over = batch.beyond[:, self._main]
        running = batch.keep(~over) if bool(over.any()) else batch
        row = np.searchsorted(self._replica, running.replica.cpu().numpy())
        k = frame - self._first
        self._potential[row, k] = running.energy.cpu().numpy()
        self._kinetic[row, k] = running.kinetic_energy.cpu().numpy()
        self._temperature[row, k] = running.temperature.cpu().numpy()
        self._place(running, row, k)

    def _place(self, batch: Running, row: np.ndarray, k: int) -> None:
        if self._positions:
            self._position[row, k] = batch.position.cpu().numpy()
            self._velocity[row, k] = batch.velocity.cpu().numpy()

    def seconds(self, state: RunState) -> float:
        """Wall time spent on the run until now."""
        return state.seconds + monotonic() - self._since

    def full(self, step: int) -> bool:
        """Whether a segment is due, or there is no room for the next frame."""
        if monotonic() - self._since >= self._store.interval:
            return True
        return self._next_frame(step) - self._first >= self._potential.shape[1]

    def close(self, state: RunState) -> None:
        """Hand over what there is as a segment, with the state at its end, and begin the next."""
        state.seconds = self.seconds(state)
        n = self._next_frame(state.step) - self._first
        stretch = Stretch(
            first=np.array([self._first]),
            replica=self._replica,
            potential_energy=self._potential[:, :n],
            kinetic_energy=self._kinetic[:, :n],
            temperature=self._temperature[:, :n],
            position=self._position[:, :n],
            velocity=self._velocity[:, :n],
        )
        self._store.append(stretch, pack(state))
        self._begin(state, self._next_frame(state.step))

    def _next_frame(self, step: int) -> int:
        return step // self._interval + 1

    def _begin(self, state: RunState, first: int) -> None:
        self._since, self._first = monotonic(), first
        running = ~state.batch.beyond[:, self._main]
        self._replica = state.batch.replica[running].cpu().numpy()
        n_atoms = state.batch.position.shape[1]
        per_frame = len(self._replica) * (24 + 24 * n_atoms * self._positions)
        room = SEGMENT_BYTES // max(1, per_frame)
        shape = (len(self._replica), max(1, min(room, self._n_frames - self._first)))
        self._potential, self._kinetic, self._temperature = (np.full(shape, np.nan) for _ in "abc")
        kept = (shape[0], shape[1] * self._positions, n_atoms, 3)
        self._position, self._velocity = (np.full(kept, np.nan, dtype=np.float32) for _ in "ab")
