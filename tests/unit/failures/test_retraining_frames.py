"""Frames for retraining: good and bad of each failure in turn, labelled by the engine."""

import numpy as np
import pytest
from ended_records import NUMBERS, ended_of, good_of, labels_of

from nearsight.config import make_variant
from nearsight.data.frames import SUBSETS
from nearsight.failures.blame import _for_retraining
from nearsight.failures.ended import Ended
from nearsight.failures.measures import Measures, measure
from nearsight.families.registry import build_network
from nearsight.models.model import Model
from nearsight.models.open_model import OpenModel
from nearsight.models.trained_model import TrainedModel

GOOD = np.arange(18.0).reshape(2, 3, 3)
PAIR = np.array([[0, 1], [1, 2]])


@pytest.fixture(scope="module")
def model() -> OpenModel:
    variant = make_variant(family="schnet", cutoff=3.0, depth=1, features=4)
    return TrainedModel(Model(build_network(variant), variant, {1: 0.0, 8: 0.0}))


def measured(energy: list[float]) -> Measures:
    force = np.where(np.isfinite(energy)[:, None, None], np.full((2, 3, 3), 0.5), np.nan)
    labels = labels_of(energy, force)
    return measure(labels, labels, GOOD, PAIR)


def ends(bad: np.ndarray) -> Ended:
    made = ended_of(["bond", "energy"], [(0, 1), (-1, -1)])
    return Ended(np.array([4, 7]), made.cause, made.time, made.atom, bad)


def frames(model: OpenModel, good: list[float], bad: list[float], place: np.ndarray = GOOD + 100):
    last = good_of(GOOD, [0, 0], [True, True])
    found = ends(place), last, measured(good), measured(bad)
    return _for_retraining(NUMBERS, *found, "a level", model)


def test_both_moments_of_every_failure_in_turn(model: OpenModel) -> None:
    made, keys = frames(model, [1.0, 2.0], [3.0, 4.0])
    assert made.energy.tolist() == [1.0, 3.0, 2.0, 4.0]
    np.testing.assert_array_equal(
        made.position.reshape(4, 3, 3), np.stack([GOOD[0], GOOD[0] + 100, GOOD[1], GOOD[1] + 100])
    )
    assert (made.subset == SUBSETS.index("train")).all()
    assert made.attributes["level_of_theory"] == "a level"
    assert [key["frame"] for key in keys] == ["last_good", "first_bad"] * 2
    assert [(key["replica"], key["cause"]) for key in keys[1:3]] == [(4, "bond"), (7, "energy")]
    assert {key["variant"] for key in keys} == {model.label}


def test_frames_without_a_label_are_left_out_where_others_have_one(model: OpenModel) -> None:
    made, keys = frames(model, [1.0, np.nan], [np.nan, 4.0])
    assert made.energy.tolist() == [1.0, 4.0]
    assert [(key["replica"], key["frame"]) for key in keys] == [(4, "last_good"), (7, "first_bad")]


def test_without_an_engine_all_of_them_are_kept_without_labels(model: OpenModel) -> None:
    made, keys = frames(model, [np.nan] * 2, [np.nan] * 2)
    assert len(made) == len(keys) == 4
    assert np.isnan(made.energy).all()
    assert np.isnan(made.force).all()


def test_positions_that_are_no_numbers_are_no_frame(model: OpenModel) -> None:
    lost = GOOD + 100
    lost[1, 2, 0] = np.nan
    made, keys = frames(model, [1.0, 2.0], [3.0, 4.0], lost)
    assert made.energy.tolist() == [1.0, 3.0, 2.0]
    assert len(keys) == 3
