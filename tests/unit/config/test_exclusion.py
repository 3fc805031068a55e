"""Combinations that a study leaves out, and settings that a data set has of its own."""

import copy

import pytest

from nearsight.config import Study, validate
from nearsight.errors import ConfigError


def with_changes(study: dict, **changes: object) -> Study:
    document = copy.deepcopy(study)
    document["variants"] += [{**document["variants"][0], "family": "painn"}]
    document["every_variant"] |= {"seed": [0, 1, 2]}
    document["datasets"]["other"] = copy.deepcopy(next(iter(document["datasets"].values())))
    return validate(Study, document | changes, "test")


def test_without_exclusions_every_variant_is_on_every_data_set(study: dict) -> None:
    whole = with_changes(study)
    product = [(d, v.id) for d in whole.datasets for v in whole.members]
    assert [(d, v.id) for d, v in whole.cases()] == product


def test_an_entry_leaves_out_what_matches_all_of_its_keys(study: dict) -> None:
    entries = [
        {"family": ["painn"], "seed": [1, 2]},
        {"dataset": ["other"], "family": ["schnet"]},
    ]
    whole, part = with_changes(study), with_changes(study, exclude=entries)

    def kept(dataset: str, family: str, seed: int) -> bool:
        if family == "painn" and seed in (1, 2):
            return False
        return not (dataset == "other" and family == "schnet")

    expected = [(d, v.id) for d, v in whole.cases() if kept(d, v.family, v.seed)]
    assert [(d, v.id) for d, v in part.cases()] == expected
    assert 0 < len(expected) < len(whole.cases())
    assert set(part.variants_of("other")) < set(part.variant_table())


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "names no value"),
        ({"seed": [7]}, r"exclude\.0\.seed names 7.*it has 0, 1, 2"),
        ({"dataset": ["another"]}, r"exclude\.0\.dataset names 'another'"),
        ({"family": ["schnet", "painn"]}, "leaves no variant on data set"),
        ({"colour": ["red"]}, "colour"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(study: dict, entry: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        with_changes(study, exclude=[entry])


def test_each_seed_draws_its_own_frames(study: dict) -> None:
    axes = study["every_variant"] | {"seed": [0, 3], "own_frames": True}
    whole = validate(Study, study | {"every_variant": axes}, "test")
    assert {(v.seed, v.frames_seed) for _, v in whole.cases()} == {(0, 0), (3, 3)}
    with pytest.raises(ConfigError, match="own_frames is true"):
        validate(Study, study | {"every_variant": axes | {"frames_seed": [1]}}, "test")


def test_a_data_set_may_have_a_temperature_of_its_own(study: dict) -> None:
    document = copy.deepcopy(study)
    first = next(iter(document["datasets"]))
    document["datasets"]["hot"] = copy.deepcopy(document["datasets"][first])
    document["datasets"]["hot"]["dynamics_temperature"] = 900.0
    whole = validate(Study, document, "test")
    assert whole.dynamics_on(first) == whole.dynamics
    assert whole.dynamics_on("hot").temperature == 900.0
    assert whole.dynamics_on("hot").duration == whole.dynamics.duration


def test_a_question_is_about_a_data_set_of_the_study(study: dict) -> None:
    with pytest.raises(ConfigError, match=r"question\.dataset is 'another'"):
        with_changes(study, question={"dataset": "another"})
