"""What the pair of a failure shows on test frames: quantiles over frames one by one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from ase.build import molecule

from nearsight.config import Failures, make_variant
from nearsight.data.frames import SUBSETS, Frames, frames_of_atoms
from nearsight.data.yardstick import Reference
from nearsight.failures.forces import pair_errors, pair_pushes
from nearsight.failures.interactions import relevances, responses
from nearsight.failures.typical import QUANTILES, typical
from nearsight.families.registry import build_network
from nearsight.models.model import Model
from nearsight.models.open_model import OpenModel
from nearsight.models.trained_model import TrainedModel

WATER = molecule("H2O")
N = 7
PAIR = np.array([[0, 2], [-1, -1], [1, 2]])
LEVEL = "a level"


@pytest.fixture(scope="module")
def model() -> OpenModel:
    variant = make_variant(family="schnet", cutoff=3.0, depth=1, features=4)
    return TrainedModel(Model(build_network(variant), variant, {1: -13.0, 8: -2040.0}))


@pytest.fixture(scope="module")
def frames() -> Frames:
    rng = np.random.default_rng(0)
    moved = [WATER.copy() for _ in range(N)]
    for atoms in moved:
        atoms.positions += rng.normal(0, 0.05, (3, 3))
    return replace(
        frames_of_atoms(moved),
        force=rng.normal(size=(3 * N, 3)),
        subset=np.full(N, SUBSETS.index("test")),
        attributes={"level_of_theory": LEVEL},
    )


def never(accuracy: float) -> object:
    raise AssertionError("labels of the data are of this engine: it is not to be asked")


OWN = Reference("engine", LEVEL, {}, never)


def found(model: OpenModel, frames: Frames, pair: np.ndarray = PAIR, n: int = N, own: bool = True):
    settings = Failures(n_structures=n)
    return typical(model, frames, pair, OWN if own else None, settings, "cpu").values


def test_each_is_the_quantile_of_its_frames(model: OpenModel, frames: Frames) -> None:
    values = found(model, frames)
    position = frames.position.reshape(N, 3, 3)
    force = model.potential(WATER.numbers, precision="float64")(torch.from_numpy(position))[1]
    difference = force.numpy() - frames.force.reshape(N, 3, 3)
    tied = relevances(model, WATER.numbers, position, Failures(), "cpu")
    for k in (0, 2):
        i, j = PAIR[k]
        both = np.tile(PAIR[k], (N, 1))
        norms = responses(model, WATER.numbers, position, [np.array([i])] * N, "cpu")
        expected = {
            "distance": np.linalg.norm(position[:, i] - position[:, j], axis=1),
            "pair_force_error": pair_errors(difference, both),
            "pair_push": pair_pushes(difference, position, both),
            "pair_response": np.array([norm[0, j] for norm in norms]),
            "pair_relevance": tied[:, i, j],
        }
        for name, columns in expected.items():
            np.testing.assert_allclose(
                values[name][:, k], np.quantile(columns, QUANTILES), err_msg=name, rtol=1e-9
            )


def test_no_pair_nothing_typical_but_the_whole_molecule(model: OpenModel, frames: Frames) -> None:
    values = found(model, frames)
    for name, rows in values.items():
        assert rows.shape == (3, 3)
        assert np.isnan(rows[:, 1]).all() == (name != "force_error")


def test_no_failure_at_all(model: OpenModel, frames: Frames) -> None:
    values = found(model, frames, pair=np.empty((0, 2), dtype=int))
    assert {rows.shape for rows in values.values()} == {(3, 0)}


def test_fewer_frames_are_spread_over_all(model: OpenModel, frames: Frames) -> None:
    three = found(model, frames, n=3)["distance"][:, 0]
    chosen = frames.select(np.array([0, 3, 6]))
    np.testing.assert_allclose(three, found(model, chosen, n=3)["distance"][:, 0])


def test_without_an_engine_errors_are_unknown_and_the_rest_is_known(
    model: OpenModel, frames: Frames
) -> None:
    values = found(model, frames, own=False)
    known = {name for name, rows in values.items() if np.isfinite(rows[:, 0]).all()}
    assert known == {"distance", "pair_response", "pair_relevance"}
