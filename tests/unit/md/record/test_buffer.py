"""Frames on their way to segments: which, of whom, and how many at a time."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from dimers import GUARDS, moving, springs, trimers

from nearsight.md.record import buffer as room
from nearsight.md.record.buffer import FrameBuffer
from nearsight.md.record.run_state import RunState, first_state
from nearsight.md.record.segments import Memory
from nearsight.md.replicas.running import Running
from nearsight.md.replicas.starts import Starts
from nearsight.md.run.verlet import Verlet

INTERVAL = 5


def begun(starts: Starts) -> tuple[RunState, Verlet]:
    state, verlet = first_state(starts, GUARDS), Verlet(springs, GUARDS, 0.5)
    verlet.begin(state)
    return state, verlet


def buffer_of(
    store: Memory, state: RunState, *, n_frames: int = 9, positions: bool = True, fresh: bool = True
) -> FrameBuffer:
    return FrameBuffer(
        store, state, fresh=fresh, n_frames=n_frames, write_interval=INTERVAL, main=GUARDS.main,
        positions=positions,
    )  # fmt: skip


def go(state: RunState, verlet: Verlet, buffer: FrameBuffer, n_steps: int) -> list[Running]:
    """Batches at the steps that are frames."""
    seen = []
    for _ in range(n_steps):
        verlet.advance(state)
        buffer.write(state.batch, state.step)
        if not state.step % INTERVAL:
            seen.append(replace(state.batch))
    return seen


def test_every_nth_step_is_a_frame() -> None:
    store = Memory()
    state, verlet = begun(moving(trimers(2), 0, 0, [0.004, 0, 0]))
    buffer = buffer_of(store, state)
    buffer.start(state.batch)
    buffer.write(state.batch, 0)
    first = replace(state.batch)
    seen = [first, *go(state, verlet, buffer, 14)]
    buffer.close(state)
    (stretch,) = store.stretches()
    assert stretch.span == slice(0, 3)
    for k, batch in enumerate(seen):
        np.testing.assert_array_equal(stretch.potential_energy[:, k], batch.energy)
        np.testing.assert_array_equal(stretch.kinetic_energy[:, k], batch.kinetic_energy)
        np.testing.assert_array_equal(stretch.temperature[:, k], batch.temperature)
        np.testing.assert_allclose(stretch.position[:, k], batch.position, rtol=1e-6)
        np.testing.assert_allclose(stretch.velocity[:, k], batch.velocity, rtol=1e-6)


def test_who_has_ended_has_no_frames_and_moves_no_row() -> None:
    store = Memory()
    state, verlet = begun(moving(trimers(3), 1, 0, [0.1, 0, 0]))
    buffer = buffer_of(store, state)
    go(state, verlet, buffer, 20)
    buffer.close(state)
    (stretch,) = store.stretches()
    assert stretch.replica.tolist() == [0, 1, 2]
    known = np.isfinite(stretch.potential_energy[:, 1:])
    assert known[[0, 2]].all()
    assert not known[1, -1]
    assert (np.isfinite(stretch.position[:, 1:]).all(axis=(2, 3)) == known).all()


def test_the_next_segment_has_rows_for_those_that_run() -> None:
    store = Memory()
    state, verlet = begun(moving(trimers(3), 1, 0, [0.1, 0, 0]))
    buffer = buffer_of(store, state)
    go(state, verlet, buffer, 20)
    buffer.close(state)
    go(state, verlet, buffer, 20)
    buffer.close(state)
    one, other = store.stretches()
    assert (one.span, other.span) == (slice(0, 5), slice(5, 9))
    assert other.replica.tolist() == [0, 2]
    assert np.isfinite(other.potential_energy).all()


def test_a_run_that_goes_on_begins_after_the_frames_that_there_are() -> None:
    state, verlet = begun(trimers(1))
    for _ in range(12):
        verlet.advance(state)
    store = Memory()
    buffer = buffer_of(store, state, fresh=False)
    go(state, verlet, buffer, 8)
    buffer.close(state)
    (stretch,) = store.stretches()
    assert stretch.span == slice(3, 5)  # steps 15 and 20


def test_memory_is_full_before_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    state, _ = begun(trimers(2))
    per_frame = 2 * (24 + 24 * 3)
    monkeypatch.setattr(room, "SEGMENT_BYTES", 2 * per_frame + 1)
    buffer = buffer_of(Memory(), state)
    assert [buffer.full(step) for step in range(11)] == [False] * 5 + [True] * 6


def test_there_is_room_for_one_frame_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SEGMENT_BYTES", 1)
    store = Memory()
    state, _ = begun(trimers(2))
    buffer = buffer_of(store, state)
    buffer.write(state.batch, 0)
    buffer.close(state)
    assert next(store.stretches()).potential_energy.shape == (2, 1)


def test_without_positions_there_are_energies_alone() -> None:
    store = Memory()
    state, verlet = begun(trimers(2))
    buffer = buffer_of(store, state, positions=False)
    buffer.start(state.batch)
    go(state, verlet, buffer, 5)
    buffer.close(state)
    (stretch,) = store.stretches()
    assert stretch.position.shape == stretch.velocity.shape == (2, 0, 3, 3)
    assert np.isfinite(stretch.potential_energy[:, 1]).all()


def test_a_segment_is_due_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(room, "monotonic", lambda: clock[0])
    store = Memory()
    monkeypatch.setattr(store, "interval", 30.0, raising=False)
    state, _ = begun(trimers(1))
    state.seconds = 5.0
    buffer = buffer_of(store, state)
    clock[0] = 129.9
    assert not buffer.full(0)
    assert buffer.seconds(state) == pytest.approx(34.9)
    clock[0] = 130.0
    assert buffer.full(0)
    buffer.close(state)
    assert state.seconds == pytest.approx(35.0)
    assert not buffer.full(0)
    assert buffer.seconds(state) == pytest.approx(35.0)


def test_where_replicas_begin_is_kept_even_of_those_that_end_there() -> None:
    store = Memory()
    starts = trimers(2)
    state = first_state(starts, GUARDS)
    buffer = buffer_of(store, state)
    buffer.start(state.batch)
    buffer.close(state)
    (stretch,) = store.stretches()
    assert np.isnan(stretch.potential_energy[:, 0]).all()
    np.testing.assert_allclose(stretch.position[:, 0], starts.position, rtol=1e-6)
    assert torch.equal(state.batch.position, starts.position)
