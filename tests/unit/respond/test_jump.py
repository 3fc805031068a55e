"""The jump at a cutoff, of an energy whose jump is known."""

import numpy as np
import pytest
import torch
from ase import Atoms

from nearsight.respond import cutoff_jumps

CUTOFF = 3.0


def cosine_energy(position: torch.Tensor) -> torch.Tensor:
    """Sum over pairs of the cosine cutoff function: no slope at the cutoff, but a curvature."""
    i, j = torch.triu_indices(len(position), len(position), 1)
    r = (position[i] - position[j]).norm(dim=1)
    inside = r < CUTOFF
    return (0.5 * (1 + torch.cos(np.pi * r[inside] / CUTOFF))).sum()


def smooth_energy(position: torch.Tensor) -> torch.Tensor:
    i, j = torch.triu_indices(len(position), len(position), 1)
    return torch.exp(-(position[i] - position[j]).norm(dim=1)).sum()


def structures() -> list[Atoms]:
    near = Atoms("H3", [[0, 0, 0], [2.8, 0.3, 0], [0.5, 3.3, 0.4]])
    return [near, Atoms("H2", [[0, 0, 0], [0, 0, 9.0]])]


def test_jump_of_the_cosine_cutoff_is_its_second_derivative() -> None:
    found = cutoff_jumps(structures(), lambda _: cosine_energy, CUTOFF)
    # Two pairs of the first structure are near the cutoff, the third and the far one are not.
    assert found["jump_structure"].to_numpy().tolist() == [0, 0]
    expected = np.pi**2 / (2 * CUTOFF**2)
    # 1e-4 Å from the cutoff the curvature is cos(1e-4) and the slope 1e-4 of it.
    assert found["jump_norm"].to_numpy() == pytest.approx(expected, rel=1e-3)
    assert found["jump_inside"].to_numpy() == pytest.approx(expected, rel=1e-3)


def test_a_smooth_energy_does_not_jump() -> None:
    found = cutoff_jumps(structures(), lambda _: smooth_energy, CUTOFF)
    assert (found["jump_norm"].to_numpy() < 1e-4 * found["jump_inside"].to_numpy() + 1e-4).all()


def test_without_a_pair_near_the_cutoff_there_is_no_row() -> None:
    found = cutoff_jumps(structures()[1:], lambda _: cosine_energy, CUTOFF)
    assert found["jump_norm"].shape == (0,)
