"""The last good and the first bad frame, and what the table keeps of every replica."""

from dataclasses import replace

import ase.io
import numpy as np
import pytest
import torch
from water_springs import REST, STIFF, Springs, planned, subject_of, with_hole

from nearsight.diagnose.checks.dynamics.broken import (
    BY_RULE,
    Broken,
    find_broken,
    frames_of,
    last_good_frames,
)
from nearsight.diagnose.checks.dynamics.cross_check import cross_check
from nearsight.diagnose.checks.dynamics.running import numbers_of
from nearsight.diagnose.checks.dynamics.runs import Runs, make_runs
from nearsight.diagnose.checks.dynamics.table import MOST_TIMES, _chosen, table_of, trajectories
from nearsight.diagnose.subject import Subject
from nearsight.md.rules.guards import EndKind


@pytest.fixture(scope="module")
def subject() -> Subject:
    return subject_of(Springs(with_hole), reference=Springs())


@pytest.fixture(scope="module")
def runs(subject: Subject) -> Runs:
    return make_runs(subject, planned(250))


@pytest.fixture(scope="module")
def broken(subject: Subject, runs: Runs) -> Broken:
    return find_broken(subject, runs)


def stretch(position: np.ndarray) -> np.ndarray:
    """(frame,) Å, largest deviation of an O-H bond from what the rules take as its length.

    Args:
        position: (frame, 3, 3) Å.
    """
    arms = np.linalg.norm(position[:, 1:] - position[:, :1], axis=-1)
    return np.abs(arms - REST[0, 1:].numpy()).max(axis=-1)


def test_the_last_good_frame_is_the_last_of_those_that_are(runs: Runs, broken: Broken) -> None:
    """Of the frames after it each strains a bond by more than half of the limit, or heats."""
    position = runs.record.position
    for row, replica in enumerate(broken.ends.replica):
        frame, n = broken.good.frame[row], runs.record.n_frames[replica]
        own = position[replica, :n]
        assert broken.good.kept[row]
        assert stretch(own[frame : frame + 1])[0] <= 0.25 + 0.02
        pairs = np.linalg.norm(own[:, 1] - own[:, 2], axis=-1)
        later = slice(frame + 1, n)
        hot = runs.record.temperature[replica, later] > 0.5 * float(runs.guards.temperature_limit)
        near = pairs[later] < pairs[frame]
        assert ((stretch(own[later]) > 0.25 - 0.02) | hot | near).all()


def test_the_first_bad_frame_is_where_the_rule_held(runs: Runs, broken: Broken) -> None:
    for row, replica in enumerate(broken.ends.replica):
        np.testing.assert_array_equal(broken.ends.position[row], runs.record.ends.position[replica])
        if broken.ends.cause[row] == "bond":
            assert stretch(broken.ends.position[row][None])[0] > 0.5


def test_without_a_frame_that_keeps_the_margin_it_is_the_start(runs: Runs) -> None:
    tight = replace(runs.guards, bond_limits=torch.full_like(runs.guards.bond_limits, 1e-6))
    good = last_good_frames(replace(runs, guards=tight), np.array([0, 1]))
    assert good.frame.tolist() == [0, 0]
    assert not good.kept.any()
    np.testing.assert_array_equal(good.position, runs.record.position[[0, 1], 0])


def test_of_no_failure_there_is_no_frame(runs: Runs) -> None:
    good = last_good_frames(runs, np.empty(0, dtype=int))
    assert len(good.frame) == 0
    assert good.position.shape == (0, 3, 3)


def test_the_push_is_the_springs_that_are_missing(broken: Broken) -> None:
    """Of a strained pair: stiffness times strain, less what the hole leaves of it."""
    for row in range(len(broken)):
        position = torch.from_numpy(broken.good.position[row])[None]
        forces = [
            Springs(of).potential(np.array([8, 1, 1]))(position)[1][0].numpy()
            for of in (with_hole, Springs().of)
        ]
        difference = (forces[0] - forces[1])[broken.atoms[row]]
        assert broken.error[row] == pytest.approx(1000 * np.abs(difference).mean())
        assert broken.error[row] < 1000 * STIFF


def test_frames_survive_a_file(
    broken: Broken, runs: Runs, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("frames") / "ends.xyz"
    frames = frames_of(broken, runs, "a model")
    ase.io.write(path, frames, format="extxyz")
    again = ase.io.read(path, ":")
    assert len(again) == 2 * len(broken)
    for one, other in zip(frames, again, strict=True):
        np.testing.assert_allclose(one.positions, other.positions, atol=1e-7)
        np.testing.assert_array_equal(one.arrays["guilty"], other.arrays["guilty"])
        for name in ("frame", "model", "replica", "step", "rule", "atoms_known_by", "time_fs"):
            assert one.info[name] == other.info[name], name
        assert one.info["atoms"].split() == [str(k) for k in np.atleast_1d(other.info["atoms"])]


def test_positions_that_are_no_numbers_are_no_frame(broken: Broken, runs: Runs) -> None:
    position = broken.ends.position.copy()
    position[0] = np.nan
    lost = replace(broken, ends=replace(broken.ends, position=position))
    frames = frames_of(lost, runs, "a model")
    assert len(frames) == 2 * len(broken) - 1
    assert [frame.info["frame"] for frame in frames[:3]] == ["last_good", "last_good", "first_bad"]


def test_the_step_of_a_frame_is_that_of_the_run(broken: Broken, runs: Runs) -> None:
    for atoms in frames_of(broken, runs, "a model")[::2]:
        replica, step = atoms.info["replica"], atoms.info["step"]
        frame = step // runs.settings.write_interval
        np.testing.assert_array_equal(atoms.positions, runs.record.position[replica, frame])
        assert runs.record.time[frame] == atoms.info["time_fs"]


def test_the_table_tells_how_each_replica_ended(
    subject: Subject, runs: Runs, broken: Broken
) -> None:
    table = table_of(runs, numbers_of(runs), broken, cross_check(subject, runs))
    kinds = [EndKind(int(kind)).code for kind in runs.record.ends.kind]
    assert table["end_cause"].to_numpy().tolist() == kinds
    np.testing.assert_allclose(table["end_time"], runs.record.end_time / 1000)
    np.testing.assert_array_equal(table["guilty_atom"], broken.atoms)
    assert set(table["guilty_by"].to_numpy()) == {BY_RULE}
    np.testing.assert_allclose(table["good_time"], runs.record.time[broken.good.frame] / 1000)
    assert table["halved_replica"].to_numpy().tolist() == [0, 1]
    assert set(table["halved_end_cause"].to_numpy()) <= set(EndKind.__members__.keys()) | {
        kind.code for kind in EndKind
    }
    assert (table["halved_end_time"] > 0).all()
    assert table.attrs["rules_from"] == "the minimum of the reference"
    assert table.attrs["wished_duration"] == 0.125


def test_energies_are_per_atom_and_against_the_start(
    subject: Subject, runs: Runs, broken: Broken
) -> None:
    table = table_of(runs, numbers_of(runs), broken, cross_check(subject, runs))
    total = runs.record.total_energy
    expected = 1000 * (total - total[:, :1]) / 3
    np.testing.assert_allclose(table["energy_change"], expected, atol=1e-9)


def test_a_replica_that_ends_at_once_has_a_frame(runs: Runs) -> None:
    """Its start, which is also its end."""
    ends = replace(runs.record.ends, step=np.array([0, *runs.record.ends.step[1:]]))
    energy = runs.record.potential_energy.copy()
    energy[0] = np.nan
    record = replace(runs.record, ends=ends, potential_energy=energy)
    found = trajectories(replace(runs, record=record))
    known = np.isfinite(found["trajectory_time"].to_numpy())
    assert known[0].sum() == 1
    assert int(found["n_frames"][0]) == 1


@pytest.mark.parametrize("count", [1, 2, MOST_TIMES, MOST_TIMES + 1, 10 * MOST_TIMES])
def test_curves_begin_and_end_where_runs_do(count: int) -> None:
    chosen = _chosen(count)
    assert chosen[0] == 0
    assert chosen[-1] == count - 1
    assert len(chosen) == min(count, MOST_TIMES)
    assert (np.diff(chosen) > 0).all()
