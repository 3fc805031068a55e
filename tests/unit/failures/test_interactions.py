"""How strongly a network ties two atoms: the same numbers as the whole Hessian and every walk."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule

from nearsight.config import Failures, make_variant
from nearsight.explain import Gamma, Zero, linearize, pairs
from nearsight.failures.interactions import STEP, relevances, responses
from nearsight.families.registry import build_network
from nearsight.models.energies import build_energy
from nearsight.models.model import Model
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import open_model
from nearsight.models.trained_model import TrainedModel
from nearsight.respond import autograd_blocks, hessian_blocks

WATER = molecule("H2O")
NUMBERS = WATER.numbers


@pytest.fixture(scope="module", params=["schnet", "painn"])
def trained(request: pytest.FixtureRequest) -> Model:
    variant = make_variant(family=request.param, cutoff=3.0, depth=2, features=6, seed=2)
    return Model(build_network(variant), variant, {1: -13.0, 8: -2040.0})


@pytest.fixture(scope="module")
def model(trained: Model) -> OpenModel:
    return TrainedModel(trained)


@pytest.fixture(scope="module")
def position() -> np.ndarray:
    return WATER.positions + np.random.default_rng(1).normal(0, 0.05, (3, 3, 3))


def test_rows_are_those_of_the_whole_hessian(
    trained: Model, model: OpenModel, position: np.ndarray
) -> None:
    chosen = [np.array([1]), np.array([2, 0]), np.array([], dtype=int)]
    found = responses(model, NUMBERS, position, chosen, "cpu")
    assert [norm.shape for norm in found] == [(1, 3), (2, 3), (0, 3)]
    energy = build_energy(trained.network, torch.as_tensor(NUMBERS), trained.variant)
    for norm, frame, rows in zip(found, position, chosen, strict=True):
        expected = np.linalg.norm(autograd_blocks(energy, frame), axis=(2, 3))[rows]
        np.testing.assert_allclose(norm, expected, rtol=1e-10, atol=1e-12)


def test_an_atom_out_of_reach_does_not_answer(model: OpenModel, position: np.ndarray) -> None:
    away = position[:1].copy()
    away[0, 2] += 50.0
    (norm,) = responses(model, NUMBERS, away, [np.array([2])], "cpu")
    assert (norm[0] == 0).all()


@pytest.mark.parametrize("gamma", [0.0, 0.3])
@pytest.mark.parametrize("vector", ["detach", "flow"])
def test_relevance_is_that_of_the_rule_that_is_set(
    trained: Model, model: OpenModel, position: np.ndarray, gamma: float, vector: str
) -> None:
    found = relevances(model, NUMBERS, position, Failures(gamma=gamma, vector=vector), "cpu")
    assert found.shape == (3, 3, 3)
    for relevance, frame in zip(found, position, strict=True):
        chain = linearize(
            trained.network,
            Atoms(NUMBERS, positions=frame),
            rule=Gamma(gamma) if gamma else Zero(),
            vector=vector,
        )
        np.testing.assert_array_equal(relevance, pairs(chain, "exact")["relevance"].to_numpy())
    assert np.abs(found[:, 0, 1]).min() > 0


def test_rules_differ(model: OpenModel, position: np.ndarray) -> None:
    one, other = (
        relevances(model, NUMBERS, position, Failures(gamma=gamma), "cpu") for gamma in (0.0, 0.5)
    )
    assert np.abs(one - other).max() > 1e-6


def test_no_frame_no_relevance(model: OpenModel) -> None:
    found = relevances(model, NUMBERS, np.empty((0, 3, 3)), Failures(), "cpu")
    assert found.shape == (0, 3, 3)
    assert responses(model, NUMBERS, np.empty((0, 3, 3)), [], "cpu") == []


def test_a_calculator_answers_by_differences(position: np.ndarray) -> None:
    """The rows of its Hessian; it has no relevance."""
    found = open_model("ase.calculators.lj:LennardJones", {"sigma": 0.9, "epsilon": 0.01})
    (norm,) = responses(found, NUMBERS, position[:1], [np.array([2, 0])], "cpu")

    def forces(copies: np.ndarray) -> np.ndarray:
        return found.potential(NUMBERS)(torch.as_tensor(copies))[1].numpy()

    expected = np.linalg.norm(hessian_blocks(forces, position[0], STEP), axis=(2, 3))[[2, 0]]
    np.testing.assert_allclose(norm, expected, rtol=1e-9)
    assert np.isnan(relevances(found, NUMBERS, position, Failures(), "cpu")).all()
