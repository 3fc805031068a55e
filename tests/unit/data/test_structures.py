"""Structures alone, from data sets and from files that ASE reads."""

from pathlib import Path

import numpy as np
import pytest
from ase import io
from ase.build import molecule

from nearsight.data.frames import Frames, write_frames
from nearsight.data.structures import read_structures
from nearsight.errors import CorruptFileError, DataError, MissingFileError


@pytest.fixture
def images():
    return [molecule(name) for name in ("H2O", "CH4", "CH3OH", "C2H6", "NH3")]


@pytest.mark.parametrize("name", ["s.xyz", "s.extxyz", "s.xyz.gz"])
def test_every_frame_of_a_file(tmp_path: Path, images: list, name: str):
    io.write(tmp_path / name, images)
    found = read_structures(tmp_path / name)
    assert [str(a.symbols) for a in found] == [str(a.symbols) for a in images]
    np.testing.assert_allclose(found[2].positions, images[2].positions, atol=1e-7)


def test_a_limit_spreads_over_the_file(tmp_path: Path, images: list):
    io.write(tmp_path / "s.xyz", images)
    found = read_structures(tmp_path / "s.xyz", n_structures=3)
    assert [str(a.symbols) for a in found] == ["OH2", "NH3", "COH4"]
    assert len(read_structures(tmp_path / "s.xyz", n_structures=50)) == 5


def test_fewer_are_the_first_of_more(tmp_path: Path, images: list):
    """Two stages that ask for different numbers speak of the same structures by number."""
    io.write(tmp_path / "s.xyz", 8 * images)
    more = read_structures(tmp_path / "s.xyz", n_structures=17)
    for n in (1, 4, 9):
        fewer = read_structures(tmp_path / "s.xyz", n_structures=n)
        assert len(fewer) == n
        assert all(a == b for a, b in zip(fewer, more, strict=False))


@pytest.mark.parametrize("subset", ["train", "validation", "test"])
def test_a_subset_of_a_data_set(tmp_path: Path, ethanol: Frames, subset: str):
    write_frames(ethanol, tmp_path / "data.nc", title="ethanol")
    frames = ethanol.of_subset(subset)
    found = read_structures(tmp_path / "data.nc", subset=subset, n_structures=2)
    np.testing.assert_array_equal(found[0].positions, frames.atoms(0).positions)
    assert len(found) == 2
    own = [frames.atoms(k).positions for k in range(len(frames))]
    assert any(np.array_equal(found[1].positions, position) for position in own[1:])
    assert len(read_structures(tmp_path / "data.nc", subset=subset)) == len(frames)


def test_what_cannot_be_read(tmp_path: Path, ethanol: Frames, water: Frames):
    with pytest.raises(MissingFileError, match=r"no\.xyz"):
        read_structures(tmp_path / "no.xyz")
    cut = tmp_path / "cut.xyz"
    cut.write_text("5\n\nH 0 0 0\n")
    with pytest.raises(CorruptFileError, match=r"cut\.xyz: cannot be read"):
        read_structures(cut)
    unknown = tmp_path / "structures.abc"
    unknown.write_text("nothing")
    with pytest.raises(DataError, match=r"structures\.abc: format abc is not read"):
        read_structures(unknown)
    write_frames(ethanol, tmp_path / "data.nc", title="ethanol")
    with pytest.raises(DataError, match="--subset rest"):
        read_structures(tmp_path / "data.nc", subset="rest")
    write_frames(water, tmp_path / "water.nc", title="water")
    with pytest.raises(DataError, match="no test frames"):
        read_structures(tmp_path / "water.nc")


def test_binary_trajectories_are_not_read(tmp_path: Path, images: list):
    io.write(tmp_path / "s.traj", images)
    with pytest.raises(DataError, match="format traj is not read"):
        read_structures(tmp_path / "s.traj")
