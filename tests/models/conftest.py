"""Force fields of others. They are had by `make test-models`; elsewhere their tests are skipped."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write

SO3LR = "so3krates_torch.calculator.so3:SO3LRCalculator"
CHGNET = "chgnet.model.dynamics:CHGNetCalculator"


def require(package: str) -> None:
    if find_spec(package) is None:
        pytest.skip(
            f"{package} is not installed here: make test-models makes an environment for it"
        )


@pytest.fixture(scope="session")
def so3lr() -> str:
    """The name of SO3LR's factory."""
    require("so3krates_torch")
    return SO3LR


@pytest.fixture(scope="session")
def chgnet() -> str:
    """The name of CHGNet's factory."""
    require("chgnet")
    return CHGNET


@pytest.fixture(scope="session")
def ethanol() -> Atoms:
    return molecule("CH3CH2OH")


@pytest.fixture
def structures(ethanol: Atoms, tmp_path: Path) -> Path:
    """Eight geometries of ethanol near the minimum, as a file."""
    rng = np.random.default_rng(0)
    shaken = [ethanol.copy() for _ in range(8)]
    for atoms in shaken:
        atoms.positions += rng.normal(0, 0.01, atoms.positions.shape)
    write(tmp_path / "ethanol.xyz", shaken)
    return tmp_path / "ethanol.xyz"
