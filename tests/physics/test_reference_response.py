"""The reference engine's response: its step and accuracy leave neither truncation nor noise."""

import numpy as np
import pytest
from ase.build import molecule

from nearsight.config import Respond
from nearsight.data.calculators import InProcess
from nearsight.data.engine import reference_calculator
from nearsight.respond import engine_forces, hessian_blocks

CHOSEN = Respond()
FAR = 3.0
"""Å: beyond two bonds, where decay is fitted."""


def ethanol() -> tuple[np.ndarray, np.ndarray]:
    atoms = molecule("CH3CH2OH")
    shaken = atoms.positions + np.random.default_rng(0).normal(0, 0.03, atoms.positions.shape)
    return atoms.numbers, shaken


def blocks(step: float, accuracy: float) -> np.ndarray:
    numbers, position = ethanol()
    return hessian_blocks(
        engine_forces(InProcess(reference_calculator(accuracy)), numbers), position, step
    )


@pytest.fixture(scope="module")
def exact() -> np.ndarray:
    """Richardson's extrapolation of two steps at a tighter accuracy than the chosen one."""
    step, accuracy = CHOSEN.step, CHOSEN.accuracy / 10
    return (4 * blocks(step, accuracy) - blocks(2 * step, accuracy)) / 3


def far_pairs() -> tuple[np.ndarray, np.ndarray]:
    position = ethanol()[1]
    i, j = np.triu_indices(len(position), 1)
    far = np.linalg.norm(position[i] - position[j], axis=1) > FAR
    return i[far], j[far]


def typical(values: np.ndarray) -> float:
    """Median norm of the blocks of far pairs in eV/Å²."""
    return float(np.median(np.linalg.norm(values[far_pairs()], axis=(1, 2))))


def test_the_error_is_below_a_thousandth(exact: np.ndarray) -> None:
    found = blocks(CHOSEN.step, CHOSEN.accuracy)
    assert typical(found - exact) < 1e-4 * typical(exact)
    every = np.linalg.norm(found - exact, axis=(2, 3)).max()
    assert every < 1e-3 * np.linalg.norm(exact, axis=(2, 3)).max()


def test_asymmetry_tells_the_error(exact: np.ndarray) -> None:
    """Within a factor of ten, where noise rather than truncation is the error."""
    found = blocks(CHOSEN.step, CHOSEN.accuracy)
    asymmetry = typical((found - found.transpose(1, 0, 3, 2)) / 2)
    assert 0.1 < asymmetry / typical(found - exact) < 10


def test_a_looser_choice_would_be_worse(exact: np.ndarray) -> None:
    """What the choice buys: MD's accuracy is less exact, a large step truncates.

    Every field begins from the same guess, so an accuracy that is enough for dynamics costs little:
    begun from the last density it was a hundred times noisier.
    """
    chosen = typical(blocks(CHOSEN.step, CHOSEN.accuracy) - exact)
    assert chosen < typical(blocks(CHOSEN.step, 0.1) - exact) < 5 * chosen
    assert typical(blocks(8 * CHOSEN.step, CHOSEN.accuracy) - exact) > 20 * chosen
