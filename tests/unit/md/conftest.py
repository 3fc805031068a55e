"""Runs that several tests look at."""

import pytest
from dimers import GUARDS, moving, settings_of, springs, trimers

from nearsight.config import Dynamics
from nearsight.md.record.trajectories import Trajectories
from nearsight.md.replicas.starts import Starts
from nearsight.md.run.nve import run


@pytest.fixture(scope="session")
def settings() -> Dynamics:
    return settings_of(100)


@pytest.fixture(scope="session")
def starts() -> Starts:
    """Four trimers that vibrate; replica 2 loses an atom."""
    calm = trimers(4)
    for replica, speed in enumerate([0.004, 0.006, 0.1, 0.008]):
        calm = moving(calm, replica, 0, [speed, 0.0, 0.0])
    return calm


@pytest.fixture(scope="session")
def record(starts: Starts, settings: Dynamics) -> Trajectories:
    return run(springs, starts, GUARDS, settings)
