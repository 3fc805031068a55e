"""What is kept of a run, put together from its stretches."""

from pathlib import Path

import numpy as np
import pytest
from dimers import GUARDS, moving, settings_of, springs, trimers

from nearsight.md.record.ledger import new_ledger
from nearsight.md.record.segments import Disk, Memory, Stretch
from nearsight.md.record.trajectories import Trajectories, energies
from nearsight.md.replicas.starts import Starts
from nearsight.md.rules.guards import EndKind
from nearsight.md.run.nve import run

N_FRAMES, N_ATOMS = 5, 2


def stretch(first: int, replica: list[int], n_frames: int) -> Stretch:
    """Energies that tell replica and frame: 10 × replica + frame."""
    here = 10.0 * np.array(replica)[:, None] + np.arange(first, first + n_frames)
    place = np.broadcast_to(here[..., None, None], (*here.shape, N_ATOMS, 3)).astype(np.float32)
    return Stretch(
        first=np.array([first]), replica=np.array(replica), potential_energy=here,
        kinetic_energy=here + 0.25, temperature=here + 0.5, position=place, velocity=-place,
    )  # fmt: skip


@pytest.fixture
def record() -> Trajectories:
    """Replica 1 of three is gone after the first stretch."""
    store = Memory()
    store.append(stretch(0, [0, 1, 2], 2), {})
    store.append(stretch(2, [0, 2], 3), {})
    ends = new_ledger(3, N_ATOMS, 1)
    ends.kind[:] = EndKind.SURVIVED, EndKind.BOND, EndKind.COMPUTE_LIMIT
    ends.step[:] = 40, 13, 40
    return Trajectories(
        atomic_number=np.array([1, 8]), time=5.0 * np.arange(N_FRAMES),
        **energies(store, 3, N_FRAMES), ends=ends, bond_limits=np.array([0.5]), timestep=0.5,
        duration=20.0, seconds=1.0, store=store,
    )  # fmt: skip


def test_frames_stand_at_their_replica_and_time(record: Trajectories) -> None:
    expected = 10.0 * np.arange(3)[:, None] + np.arange(N_FRAMES)
    expected[1, 2:] = np.nan
    np.testing.assert_array_equal(record.potential_energy, expected)
    np.testing.assert_array_equal(record.kinetic_energy, expected + 0.25)
    np.testing.assert_array_equal(record.temperature, expected + 0.5)
    np.testing.assert_array_equal(record.total_energy, 2 * expected + 0.25)
    np.testing.assert_array_equal(record.position[..., 0, 0], expected)
    np.testing.assert_array_equal(record.velocity, -record.position)
    assert record.position.shape == (3, N_FRAMES, N_ATOMS, 3)


def test_frames_are_counted_before_the_end(record: Trajectories) -> None:
    assert record.n_frames.tolist() == [5, 2, 5]
    record.potential_energy[1] = np.nan
    assert record.n_frames.tolist() == [5, 1, 5]  # where it began is there all the same


def test_events_are_the_ends_that_a_rule_brought_about(record: Trajectories) -> None:
    assert record.event.tolist() == [False, True, False]
    assert record.end_time.tolist() == [20.0, 6.5, 20.0]
    for kind in EndKind:
        record.ends.kind[:] = kind
        censored = kind in (EndKind.SURVIVED, EndKind.COMPUTE_LIMIT)
        assert record.event.tolist() == [not censored] * 3


def test_frames_that_no_stretch_has_are_unknown() -> None:
    found = energies(Memory(), 2, 3)
    assert set(found) == {"potential_energy", "kinetic_energy", "temperature"}
    for values in found.values():
        assert values.shape == (2, 3)
        assert np.isnan(values).all()


def test_a_run_in_many_segments_has_the_record_of_one_in_memory(tmp_path: Path) -> None:
    starts: Starts = moving(moving(trimers(2), 0, 0, [0.1, 0, 0]), 1, 0, [0.004, 0, 0])
    settings = settings_of(60)
    whole = run(springs, starts, GUARDS, settings)
    pieces = run(springs, starts, GUARDS, settings, store=Disk(tmp_path / "s", "key", interval=0.0))
    assert len(list(pieces.stretches())) > 5
    for name in ("potential_energy", "kinetic_energy", "temperature", "position", "velocity"):
        np.testing.assert_array_equal(getattr(pieces, name), getattr(whole, name), err_msg=name)
    assert pieces.n_frames.tolist() == whole.n_frames.tolist()
