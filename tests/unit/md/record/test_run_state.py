"""A state packed and unpacked is the state, to the last bit."""

from dataclasses import fields

import numpy as np
import torch
from dimers import GUARDS, moving, springs, trimers

from nearsight.md.record.ledger import Ledger
from nearsight.md.record.run_state import RunState, first_state, pack, unpack
from nearsight.md.replicas.running import PER_ROW
from nearsight.md.replicas.starts import Starts
from nearsight.md.run.verlet import Verlet


def some_steps(starts: Starts, n_steps: int) -> RunState:
    state, verlet = first_state(starts, GUARDS), Verlet(springs, GUARDS, 0.5)
    verlet.begin(state)
    for _ in range(n_steps):
        verlet.advance(state)
    state.seconds = 1.25
    return state


def same(one: RunState, other: RunState) -> None:
    for name in PER_ROW:
        a, b = getattr(one.batch, name), getattr(other.batch, name)
        assert a.dtype == b.dtype, name
        torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True, msg=name)
    for field in fields(Ledger):
        a, b = getattr(one.ledger, field.name), getattr(other.ledger, field.name)
        np.testing.assert_array_equal(a, b, err_msg=field.name)
    assert (one.step, one.seconds) == (other.step, other.seconds)


def test_what_is_packed_comes_back() -> None:
    starts = moving(trimers(3), 1, 0, [0.3, 0.0, 0.0])
    state = some_steps(starts, 40)
    assert len(state.batch) == 2  # one of them has broken
    same(unpack(pack(state), starts), state)


def test_two_halves_are_the_whole() -> None:
    starts = moving(trimers(2), 0, 2, [0.0, 0.004, 0.0])
    whole = some_steps(starts, 30)
    again = unpack(pack(some_steps(starts, 12)), starts)
    verlet = Verlet(springs, GUARDS, 0.5)
    for _ in range(18):
        verlet.advance(again)
    same(again, whole)


def test_what_is_unpacked_is_its_own() -> None:
    """The ledger is written in place: that must not reach what was read."""
    starts = trimers(2)
    tensors = pack(some_steps(starts, 1))
    one, other = unpack(tensors, starts), unpack(tensors, starts)
    one.ledger.step[:] = 99
    assert (other.ledger.step != 99).all()


def test_the_first_state_has_all_replicas_at_their_start() -> None:
    starts = trimers(3)
    state = first_state(starts, GUARDS)
    assert (state.step, state.seconds, len(state.batch)) == (0, 0.0, 3)
    assert torch.equal(state.batch.position, starts.position)
    assert state.ledger.bond_step.shape == (3, len(GUARDS.bond_limits))
    assert state.ledger.position.shape == (3, 3, 3)


def test_names_say_whose_they_are() -> None:
    tensors = pack(first_state(trimers(1), GUARDS))
    parts = {name.split(".")[0] for name in tensors}
    assert parts == {"batch", "ledger", "step", "seconds"}
    assert "batch.mass" not in tensors  # it follows from the starts
    assert tensors["batch.position"].dtype == torch.float64
