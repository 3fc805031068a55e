"""A Lennard-Jones cluster."""

import numpy as np
import pytest
from pair_potential import PairPotential


@pytest.fixture
def lennard_jones() -> PairPotential:
    """V = 4 e [(s/r)^12 - (s/r)^6] with e = 0.01 eV, s = 3 Å."""
    e, s = 0.01, 3.0
    return PairPotential(
        slope=lambda r: 4 * e * (-12 * (s / r) ** 12 + 6 * (s / r) ** 6) / r,
        curvature=lambda r: 4 * e * (156 * (s / r) ** 12 - 42 * (s / r) ** 6) / r**2,
    )


@pytest.fixture
def position() -> np.ndarray:
    """Six atoms about 3 Å apart."""
    corners = 3.2 * np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1]])
    return corners + np.random.default_rng(0).normal(0, 0.1, (6, 3))
