"""The step of central differences against closed forms whose noise is known."""

import numpy as np
import pytest
from pair_potential import PairPotential

from nearsight.respond import choose_step, hessian_blocks
from nearsight.respond.hessian import Forces

DEFAULT = 0.005


def rounded(potential: PairPotential) -> Forces:
    """As by a network in single precision: positions and forces are rounded."""

    def forces(position: np.ndarray) -> np.ndarray:
        single = position.astype(np.float32).astype(float)
        return potential.forces(single).astype(np.float32)

    return forces


def with_noise(potential: PairPotential, sigma: float) -> Forces:
    rng = np.random.default_rng(1)

    def forces(position: np.ndarray) -> np.ndarray:
        return potential.forces(position) + sigma * rng.normal(size=position.shape)

    return forces


def error(forces: Forces, potential: PairPotential, position: np.ndarray, step: float) -> float:
    """Of the norm of the symmetrised block of the median pair, eV/Å²."""
    blocks = hessian_blocks(forces, position, step)
    blocks = (blocks + blocks.transpose(1, 0, 3, 2)) / 2
    wrong = np.linalg.norm(blocks - potential.hessian(position), axis=(2, 3))
    return float(np.median(wrong[np.triu_indices(len(position), k=1)]))


def test_forces_without_noise_keep_the_default(
    lennard_jones: PairPotential, position: np.ndarray
) -> None:
    choice = choose_step(lennard_jones.forces, position, DEFAULT)
    assert choice.step == DEFAULT
    assert choice.force_noise < 1e-15
    assert choice.reason.startswith("default: ")
    assert "counts for less than truncation" in choice.reason
    assert choice.attributes["step_angstrom"] == DEFAULT


@pytest.mark.parametrize("sigma", [1e-7, 1e-6, 1e-5])
def test_noise_is_measured(
    sigma: float, lennard_jones: PairPotential, position: np.ndarray
) -> None:
    choice = choose_step(with_noise(lennard_jones, sigma), position, DEFAULT)
    assert choice.force_noise == pytest.approx(sigma, rel=0.3)


def test_truncation_is_measured(lennard_jones: PairPotential, position: np.ndarray) -> None:
    """Against the error of differences at each of the steps, along the same direction."""
    choice = choose_step(lennard_jones.forces, position, DEFAULT)
    true = [error(lennard_jones.forces, lennard_jones, position, step) for step in choice.steps]
    np.testing.assert_allclose(choice.truncation, true, rtol=0.6)
    np.testing.assert_allclose(choice.truncation / choice.steps**2, choice.truncation[0] / 0.005**2)


@pytest.mark.parametrize("sigma", [1e-6, 1e-5, 1e-4])
def test_the_step_is_about_the_best_one(
    sigma: float, lennard_jones: PairPotential, position: np.ndarray
) -> None:
    forces = with_noise(lennard_jones, sigma)
    choice = choose_step(forces, position, DEFAULT)
    true = [error(forces, lennard_jones, position, step) for step in choice.steps]
    found = error(forces, lennard_jones, position, choice.step)
    # Of seven draws of noise the luckiest is what it is compared with.
    assert found < 2.5 * min(true)
    assert found < true[0] / 2


def test_single_precision_is_noticed(lennard_jones: PairPotential, position: np.ndarray) -> None:
    """At another place, where rounding is coarser, with forces so small that it shows."""
    forces, place = rounded(lennard_jones), position + 100.0
    choice = choose_step(forces, place, DEFAULT)
    assert choice.step > DEFAULT
    assert "they come in single precision" in choice.reason
    assert f"at {choice.step:g} Å noise" in choice.reason
    assert choice.attributes["step_reason"] == choice.reason
    better = error(forces, lennard_jones, place, choice.step)
    assert better < error(forces, lennard_jones, place, DEFAULT) / 1.5


def test_an_atom_alone_has_no_pair(lennard_jones: PairPotential) -> None:
    assert choose_step(lennard_jones.forces, np.zeros((1, 3)), DEFAULT).step == DEFAULT


def test_two_atoms_are_enough(lennard_jones: PairPotential) -> None:
    pair = np.array([[0.0, 0, 0], [3.3, 0, 0]])
    assert choose_step(lennard_jones.forces, pair, DEFAULT).step == DEFAULT


def test_forces_are_asked_for_once(lennard_jones: PairPotential, position: np.ndarray) -> None:
    """All copies in one batch, which several processes share; 39 of them."""
    asked = []

    def counting(copies: np.ndarray) -> np.ndarray:
        asked.append(len(copies))
        return lennard_jones.forces(copies)

    choose_step(counting, position, DEFAULT)
    assert asked == [39]


def test_copies_without_forces_keep_the_default(
    lennard_jones: PairPotential, position: np.ndarray
) -> None:
    def forces(copies: np.ndarray) -> np.ndarray:
        values = lennard_jones.forces(copies)
        values[3] = np.nan
        return values

    choice = choose_step(forces, position, DEFAULT)
    assert choice.step == DEFAULT
    assert "without forces" in choice.reason
