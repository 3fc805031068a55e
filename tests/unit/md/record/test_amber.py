import warnings
from pathlib import Path

import MDAnalysis
import numpy as np
import pytest
from dimers import GUARDS, settings_of, springs, trimers

from nearsight.md.record.amber import write_trajectories
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.run.nve import run


def test_trajectories_are_read_back_by_mdanalysis(record: Trajectories, tmp_path: Path):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        write_trajectories(record, tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [*(f"replica_{k:03d}.nc" for k in range(4)), "topology.pdb"]
    for k in range(4):
        universe = MDAnalysis.Universe(tmp_path / "topology.pdb", tmp_path / f"replica_{k:03d}.nc")
        assert len(universe.trajectory) == record.n_frames[k]
        assert universe.dimensions is None
        assert universe.trajectory.ts.has_velocities
        for frame, moment in enumerate(universe.trajectory):
            np.testing.assert_array_equal(moment.positions, record.position[k, frame])
            # Å/fs here, Å/ps there.
            expected = 1000 * record.velocity[k, frame]
            np.testing.assert_allclose(moment.velocities, expected, rtol=1e-6)
            np.testing.assert_allclose(moment.time, record.time[frame] / 1000, rtol=1e-6)
    assert record.n_frames.tolist()[2] < record.n_frames.tolist()[0] == 11


def test_topology_names_the_atoms(record: Trajectories, tmp_path: Path):
    write_trajectories(record, tmp_path)
    atoms = MDAnalysis.Universe(tmp_path / "topology.pdb").atoms
    assert atoms.elements.tolist() == ["O", "C", "O"]
    assert atoms.names.tolist() == ["O1", "C1", "O2"]
    shift = atoms.positions - record.position[0, 0]
    np.testing.assert_allclose(shift - shift[0], 0, atol=2e-3)


def test_velocities_are_the_derivative_of_the_positions(record: Trajectories, tmp_path: Path):
    """In Å/ps, as MDAnalysis has them; the springs' own period is 40 frames."""
    write_trajectories(record, tmp_path)
    universe = MDAnalysis.Universe(tmp_path / "topology.pdb", tmp_path / "replica_001.nc")
    position = np.stack([moment.positions.copy() for moment in universe.trajectory])
    velocity = np.stack([moment.velocities.copy() for moment in universe.trajectory])
    slope = (position[2:] - position[:-2]) / (2 * universe.trajectory.dt)
    moving = np.abs(velocity[1:-1]) > 0.5 * np.abs(velocity).max()
    np.testing.assert_allclose(slope[moving], velocity[1:-1][moving], rtol=0.1)


def test_replica_that_broke_at_once_still_has_its_start(tmp_path: Path):
    starts = trimers(2)
    starts.position[0, 0] *= 3
    record = run(springs, starts, GUARDS, settings_of(20))
    assert record.ends.step.tolist() == [0, 20]
    write_trajectories(record, tmp_path)
    universe = MDAnalysis.Universe(tmp_path / "topology.pdb", tmp_path / "replica_000.nc")
    assert len(universe.trajectory) == 1
    np.testing.assert_array_equal(universe.atoms.positions, record.position[0, 0])


def test_more_replicas_than_files_that_may_be_open(
    record: Trajectories, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write_trajectories(record, tmp_path / "at once")
    monkeypatch.setattr("nearsight.md.record.amber.MOST_OPEN_FILES", 3)
    write_trajectories(record, tmp_path / "by parts")
    for path in (tmp_path / "at once").iterdir():
        if path.suffix == ".nc":
            assert path.read_bytes() == (tmp_path / "by parts" / path.name).read_bytes()


def test_folder_is_made(record: Trajectories, tmp_path: Path):
    write_trajectories(record, tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "topology.pdb").is_file()
