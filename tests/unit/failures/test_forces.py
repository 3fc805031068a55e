"""Errors of forces of a pair, and an engine that fails on a frame."""

from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator

from nearsight.data.calculators import InProcess
from nearsight.data.yardstick import Reference
from nearsight.failures.forces import by_engine, mean_errors, pair_errors, pair_pushes
from nearsight.failures.measures import measure

NUMBERS = np.array([1, 1, 8])


class _Springs(Calculator):
    """Energy is the sum of squares; it fails where an atom is beyond 5 Å, as an SCF may."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms: Atoms, *asked: Any) -> None:
        super().calculate(atoms, *asked)
        if np.abs(atoms.positions).max() > 5:
            raise RuntimeError("no convergence")
        self.results = {"energy": (atoms.positions**2).sum(), "forces": -2 * atoms.positions}


def engine() -> Reference:
    return Reference("springs", "springs", {}, lambda *_: InProcess(_Springs()))


def test_push_is_positive_where_the_pair_is_driven_apart():
    position = np.array([[[0.0, 0, 0], [2.0, 0, 0], [0, 3.0, 0]]])
    pair = np.array([[0, 1]])
    apart = np.zeros((1, 3, 3))
    apart[0, 0, 0], apart[0, 1, 0] = -0.1, 0.3
    np.testing.assert_allclose(pair_pushes(apart, position, pair), 200.0)
    np.testing.assert_allclose(pair_pushes(-apart, position, pair), -200.0)
    np.testing.assert_allclose(pair_pushes(apart, position, pair[:, ::-1]), 200.0)
    # A force on both alike, and one across, move the pair but not its length.
    alike = np.tile([0.5, 0.2, -0.4], (1, 3, 1))
    np.testing.assert_allclose(pair_pushes(alike, position, pair), 0, atol=1e-12)


def test_errors_are_means_over_components():
    rng = np.random.default_rng(0)
    difference = rng.normal(size=(4, 3, 3))
    pair = np.array([[0, 1], [1, 2], [0, 2], [0, 1]])
    for k in range(4):
        assert mean_errors(difference)[k] == pytest.approx(1000 * np.abs(difference[k]).mean())
        expected = 1000 * np.abs(difference[k, pair[k]]).mean()
        assert pair_errors(difference, pair)[k] == pytest.approx(expected)


def test_a_frame_at_which_the_engine_fails_is_data():
    position = np.ones((3, 3, 3))
    position[1, 0] = 9.0
    position[2, 1] = np.nan
    found = by_engine(engine(), "", NUMBERS, position)
    assert found.energy[0] == pytest.approx(9.0)
    np.testing.assert_allclose(found.force[0], -2.0)
    assert np.isnan(found.energy[1:]).all()
    assert np.isnan(found.force[1:]).all()
    assert found.reason[0] == ""
    assert "no convergence" in found.reason[1]
    assert found.reason[2] == "positions are not finite"
    none = by_engine(None, "no engine here", NUMBERS, position)
    assert list(none.reason) == ["no engine here"] * 3
    assert np.isnan(none.energy).all()


def test_measures_are_unknown_where_there_is_no_label_or_no_pair():
    position = np.stack([Atoms("HHO", [[0, 0, 0], [1, 0, 0], [0, 1, 0]]).positions] * 3)
    position[1] *= 9
    own = by_engine(engine(), "", NUMBERS, position * 0.5)
    pair = np.array([[0, 1], [0, 1], [-1, -1]])
    found = measure(own, by_engine(engine(), "", NUMBERS, position), position, pair)
    # Forces are off by the position: 1 Å in one component of the second and of the third atom.
    np.testing.assert_allclose(found.force_error, [1000 * 2 / 9, np.nan, 1000 * 2 / 9])
    np.testing.assert_allclose(found.pair_force_error, [1000 / 6, np.nan, np.nan])
    np.testing.assert_allclose(found.pair_push, [500, np.nan, np.nan])
    np.testing.assert_allclose(found.distance, [1, 9, np.nan])
    assert found.worst_atom.tolist() == [1, -1, 1]
