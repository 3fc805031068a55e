import warnings
from dataclasses import replace
from pathlib import Path

import MDAnalysis
import numpy as np

from nearsight.md import Trajectories, write_trajectories


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
        for frame, moment in enumerate(universe.trajectory):
            np.testing.assert_array_equal(moment.positions, record.position[k, frame])
            np.testing.assert_allclose(moment.time, record.time[frame] / 1000, rtol=1e-6)
    assert record.n_frames.tolist()[2] < record.n_frames.tolist()[0] == 11


def test_topology_names_the_atoms(record: Trajectories, tmp_path: Path):
    write_trajectories(record, tmp_path)
    atoms = MDAnalysis.Universe(tmp_path / "topology.pdb").atoms
    assert atoms.elements.tolist() == ["O", "C", "O"]
    assert atoms.names.tolist() == ["O1", "C1", "O2"]
    shift = atoms.positions - record.position[0, 0]
    np.testing.assert_allclose(shift - shift[0], 0, atol=2e-3)


def test_replica_that_broke_at_once_still_has_its_start(record: Trajectories, tmp_path: Path):
    write_trajectories(replace(record, n_frames=np.ones(4, dtype=int)), tmp_path)
    universe = MDAnalysis.Universe(tmp_path / "topology.pdb", tmp_path / "replica_002.nc")
    np.testing.assert_array_equal(universe.atoms.positions, record.position[2, 0])


def test_folder_is_made(record: Trajectories, tmp_path: Path):
    write_trajectories(record, tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "topology.pdb").is_file()
