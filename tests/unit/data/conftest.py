"""Small GFN2-xTB samples, made once."""

import pytest

from nearsight.config import Sampling, Split
from nearsight.data.frames import Frames
from nearsight.data.molecules import build_molecule
from nearsight.data.sample import sample
from nearsight.data.split import assign_subsets


@pytest.fixture(scope="session")
def short_sampling() -> Sampling:
    return Sampling(n_frames=12, n_trajectories=2, stride=4, equilibration=20, seed=3)


@pytest.fixture(scope="session")
def water(short_sampling: Sampling) -> Frames:
    """12 unsplit frames of water in two trajectories."""
    return sample(build_molecule("water", 3), short_sampling)


@pytest.fixture(scope="session")
def ethanol() -> Frames:
    """60 split frames of ethanol in two trajectories, equilibrated."""
    settings = Sampling(n_frames=60, n_trajectories=2, stride=8, equilibration=150, seed=1)
    frames = sample(build_molecule("ethanol", 1), settings)
    return assign_subsets(frames, Split(block=5))
