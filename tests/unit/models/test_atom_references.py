"""Atom references: least squares over compositions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nearsight.config import make_variant
from nearsight.models.model import energy_offsets, fit_atom_references, fit_offsets

TRUE = {1: -13.6, 6: -1030.25, 8: -2043.5}


def random_frames(seed: int, n_frames: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n_atoms = rng.integers(1, 8, n_frames)
    # Frames of one element each make the solution unique.
    ends = np.repeat([1, 6, 8], 2)
    numbers = np.concatenate([rng.choice([1, 6, 8], n_atoms.sum()), ends])
    return numbers, np.concatenate([n_atoms, [2, 2, 2]])


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_exact_where_energies_are_sums_over_atoms(seed: int) -> None:
    numbers, n_atoms = random_frames(seed)
    energy = energy_offsets(TRUE, numbers, n_atoms)
    found = fit_atom_references(numbers, n_atoms, energy)
    assert found.keys() == TRUE.keys()
    for element, value in TRUE.items():
        np.testing.assert_allclose(found[element], value, rtol=1e-9)


def test_offsets_by_hand() -> None:
    numbers = np.array([8, 1, 1, 6, 8, 1])
    np.testing.assert_allclose(
        energy_offsets(TRUE, numbers, np.array([3, 2, 1])),
        [-2043.5 - 2 * 13.6, -1030.25 - 2043.5, -13.6],
    )


def test_one_composition_gives_the_mean_energy() -> None:
    energy = np.array([-155.1, -154.7, -155.9])
    numbers = np.tile([6, 6, 8, 1, 1, 1, 1, 1, 1], 3)
    reference = fit_atom_references(numbers, np.full(3, 9), energy)
    offsets = energy_offsets(reference, numbers, np.full(3, 9))
    np.testing.assert_allclose(offsets, energy.mean(), rtol=1e-12)


def test_residual_is_orthogonal_to_compositions() -> None:
    """The condition of least squares: no element's count explains what is left."""
    numbers, n_atoms = random_frames(5)
    energy = energy_offsets(TRUE, numbers, n_atoms)
    energy += np.random.default_rng(0).normal(size=len(energy))
    residual = energy - energy_offsets(
        fit_atom_references(numbers, n_atoms, energy), numbers, n_atoms
    )
    frame = np.repeat(np.arange(len(n_atoms)), n_atoms)
    for element in TRUE:
        counts = np.bincount(frame[numbers == element], minlength=len(n_atoms))
        assert abs(counts @ residual) < 1e-8
    assert np.abs(residual).max() > 0.1


@pytest.mark.parametrize(
    ("target", "pooling", "per_element", "mean"),
    [
        ("energy", "sum", True, False),
        ("energy", "average", True, False),
        ("polarizability", "sum", True, False),
        ("gap", "sum", False, True),
        ("dipole", "average", False, True),
        ("dipole", "dipole", False, False),
    ],
)
def test_offsets_follow_the_target(
    target: str, pooling: str, per_element: bool, mean: bool
) -> None:
    """Extensive: references; intensive: the mean; charges: nothing, a magnitude cannot be moved."""
    numbers, n_atoms = np.array([8, 1, 1, 6, 1, 1, 1, 1, 8, 6, 1, 1]), np.array([3, 5, 4])
    label = energy_offsets(TRUE, numbers, n_atoms)
    variant = make_variant(family="schnet", cutoff=3.0, target=target, pooling=pooling)
    reference, added = fit_offsets(variant, numbers, n_atoms, label)
    assert sorted(reference) == [1, 6, 8]
    assert added == (pytest.approx(label.mean()) if mean else 0.0)
    offsets = energy_offsets(reference, numbers, n_atoms)
    np.testing.assert_allclose(offsets, label if per_element else np.zeros(3), atol=1e-8)
