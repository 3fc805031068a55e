"""Parts of a study that must fit each other, and what follows from them."""

import copy
from typing import Any

import pytest

from nearsight.config import Study, validate
from nearsight.config.study import RESERVED
from nearsight.errors import ConfigError

GENERATED = {"source": "generate", "molecule": "water"}


def made(study: dict[str, Any], **changes: Any) -> Study:
    return validate(Study, copy.deepcopy(study) | changes, "x")


def fault(study: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        made(study, **changes)
    return str(caught.value)


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_names_of_our_own_folders_are_taken(study: dict[str, Any], name: str) -> None:
    datasets = study["datasets"] | {name: GENERATED}
    assert f"data set name {name!r} is taken by a folder of the results" in fault(
        study, datasets=datasets
    )


@pytest.mark.parametrize(
    ("spec", "key", "frames"),
    [
        (GENERATED | {"sampling": {"n_frames": 400}}, "sampling.n_frames", 400),
        (GENERATED, "sampling.n_frames", 1000),
        ({"source": "published", "name": "qm9", "n_frames": 500}, "n_frames", 500),
    ],
)
@pytest.mark.parametrize("share", [0.3, 0.5])
def test_frames_to_train_on_are_counted_before_anything_runs(
    study: dict[str, Any], spec: dict[str, Any], key: str, frames: int, share: float
) -> None:
    split = {"validation": 0.1, "test": round(0.9 - share, 2)}
    left = round(frames * share)
    study["datasets"] = {"mine": {**spec, "split": split}}
    for n_train, fits in ((left, True), (left + 1, False)):
        study["every_variant"] = {"n_train": [10, n_train]}
        if fits:
            assert made(study).axes()["n_train"] == [10, n_train]
        else:
            message = fault(study)
            assert f"n_train asks for {n_train} frames, but data set mine leaves about" in message
            assert f"{left} of {frames} for training: raise datasets.mine.{key}" in message


def test_frames_of_a_file_are_not_known_before_it_is_read(study: dict[str, Any]) -> None:
    study["datasets"] = {
        "file": {"source": "import", "file": "a.xyz", "energy_unit": "eV"},
        "all": {"source": "published", "name": "qm9"},
    }
    study["every_variant"] = {"n_train": [100_000]}
    assert made(study).axes()["n_train"] == [100_000]


def test_the_question_is_about_the_first_data_set_unless_it_says_another(
    study: dict[str, Any],
) -> None:
    first, *_, last = study["datasets"]
    assert made(study).primary_question().dataset == first
    asked = made(study, question={"dataset": last}).primary_question()
    assert asked.dataset == last
    assert "descriptor and outcome are both heating: choose another" in fault(
        study, question={"descriptor": "heating", "outcome": "heating"}
    )


def test_a_study_is_planned_over_all_its_data_sets(study: dict[str, Any]) -> None:
    whole = made(study)
    assert len(whole.cases()) == len(whole.datasets) * len(whole.members)
    assert [dataset for dataset, _ in whole.cases()] == sorted(
        (dataset for dataset, _ in whole.cases()), key=list(whole.datasets).index
    )
    study["datasets"] = {f"d{k}": GENERATED for k in range(600)}
    study["every_variant"] = {"n_train": [50], "seed": list(range(200))}
    assert "variants times datasets are 120000 networks; at most 100000 are planned" in fault(study)
