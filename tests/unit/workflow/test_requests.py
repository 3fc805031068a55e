"""What jobs ask for: more for more work, twice as much after a failure, never beyond the limit."""

from pathlib import Path

import pytest
import yaml

from nearsight.config import Machine, Study
from nearsight.data.named_molecules import KNOWN, count_atoms
from nearsight.errors import MissingFileError, MoleculeError
from nearsight.workflow.batches import ALONE, batches
from nearsight.workflow.requests import Requests, count_dataset_atoms

STUDY = """
name: sizes
datasets:
  small: {source: generate, molecule: water, sampling: {n_frames: 2000}}
  large: {source: generate, molecule: Ac-Ala3-NHMe, sampling: {n_frames: 2000}}
variants:
  - family: schnet
    cutoff: [3.0, 10.0]
    depth: [1, 6]
    features: [16, 128]
    n_train: [100, 1000]
training: {max_epochs: 2000}
dynamics: {duration: 10.0, replicas: 100}
"""


def requests(**facts: object) -> Requests:
    study = Study.model_validate(yaml.safe_load(STUDY))
    return Requests(study, Machine(**facts), count_dataset_atoms(study), study.variant_table())


def variant(cutoff: float = 3.0, depth: int = 1, features: int = 16, n_train: int = 100) -> str:
    return f"schnet~rc{cutoff}~T{depth}~F{features}~n{n_train}~s0"


STAGES = ["training", "dynamics", "relevance", "response"]
# The largest that a machine may state: requests below show what is asked for, not the limit.
LIMITS = {"most_minutes": 525_600, "most_megabytes": 100_000_000}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("larger", [{"cutoff": 10.0}, {"depth": 6}, {"features": 128}])
def test_time_grows_with_the_network(stage: str, larger: dict[str, float]) -> None:
    minutes = getattr(requests(**LIMITS), f"minutes_of_{stage}")
    base = {"cutoff": 10.0, "depth": 6, "features": 128, "n_train": 1000}
    smaller = {"cutoff": 3.0, "depth": 1, "features": 16}
    less = base | {name: smaller[name] for name in larger}
    assert minutes("large", [variant(**less)], 1) < minutes("large", [variant(**base)], 1)
    assert minutes("small", [variant(**base)], 1) < minutes("large", [variant(**base)], 1)


MODELS = {"gfn1": {"calculator": "tblite.ase:TBLite"}, "ours": {"file": "model.safetensors"}}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("stage", [*STAGES[1:], "evaluation", "failures", "stability"])
def test_given_models_ask_for_more_on_larger_molecules(stage: str, name: str) -> None:
    """What they cost nobody knows: more than the engine is assumed, and that it grows."""
    document = yaml.safe_load(STUDY) | {"models": MODELS}
    study = Study.model_validate(document)
    rows = {row.id: row for _, row in study.cases()}
    asked = Requests(study, Machine(**LIMITS), count_dataset_atoms(study), rows)
    minutes = getattr(asked, f"minutes_of_{stage}")
    small, large = (minutes(dataset, [name], 1) for dataset in ("small", "large"))
    assert 8 <= small <= large
    assert large > 8
    assert minutes("large", [name], 2) == 2 * large
    assert asked.megabytes_of_networks("large", [name], 20, 1, 1) > 900


def test_training_grows_with_frames() -> None:
    minutes = requests(**LIMITS).minutes_of_training
    assert (
        minutes("large", [variant(10.0, 6, 128, 1000)], 1)
        / minutes("large", [variant(10.0, 6, 128, 100)], 1)
        > 5
    )


def test_memory_grows_with_copies_and_processes() -> None:
    asked = requests(**LIMITS)
    name = variant(10.0, 6, 128)
    few = asked.megabytes_of_networks("large", [name], 10, 1, 1)
    assert few < asked.megabytes_of_networks("large", [name], 100, 1, 1)
    assert few < asked.megabytes_of_networks("large", [name], 10, 4, 1)


@pytest.mark.parametrize("stage", STAGES)
def test_every_attempt_asks_for_twice_as_much_up_to_the_limit(stage: str) -> None:
    def asked(attempt: int, **facts: int) -> int:
        minutes = getattr(requests(**facts), f"minutes_of_{stage}")
        return minutes("large", [variant(10.0, 6, 128)], attempt)

    assert asked(3, **LIMITS) == 4 * asked(1, **LIMITS)
    assert asked(3, most_minutes=30) == 30
    megabytes = requests(most_megabytes=5000).megabytes
    assert [megabytes(1000, attempt) for attempt in (1, 2, 3)] == [1600, 3200, 5000]


def test_one_after_another_takes_longer_and_side_by_side_does_not() -> None:
    asked, names = requests(**LIMITS), [variant(10.0, 6, 128), variant(10.0, 6, 16)]
    for stage, longer in (("training", False), ("dynamics", False), ("relevance", True)):
        minutes = getattr(asked, f"minutes_of_{stage}")
        assert (minutes("large", names, 1) > minutes("large", names[:1], 1)) is longer


def test_variants_of_a_long_job_that_wait_for_others_take_longer() -> None:
    names = [variant(10.0, 6, 128), variant(10.0, 6, 128, 100), variant(10.0, 6, 16)]
    for stage in ("training", "dynamics"):
        minutes = [
            getattr(requests(**LIMITS, variants_at_once=n), f"minutes_of_{stage}")
            for n in (1, 2, 3, 256)
        ]
        one, two, three, all_of_them = (ask("large", names, 1) for ask in minutes)
        assert one > two >= three == all_of_them
        assert minutes[0]("large", names[:1], 1) == minutes[3]("large", names[:1], 1)


def test_a_gpu_shortens_what_runs_on_it() -> None:
    facts = {**LIMITS, "gpu_partition": "gpu"}
    name = [variant(10.0, 6, 128)]
    for stage, shorter in (("training", True), ("dynamics", True), ("relevance", False)):
        minutes = f"minutes_of_{stage}"
        with_gpu = getattr(requests(**facts), minutes)("large", name, 1)
        without = getattr(requests(**LIMITS), minutes)("large", name, 1)
        assert (with_gpu < without) is shorter
    assert not requests(gpu_partition="gpu", device="cpu").machine.has_gpus


def test_batches_hold_every_variant_once() -> None:
    names = [f"v{index}" for index in range(10)]
    found = list(batches("mine", {"a": names, "b": names}, 4))
    assert [len(batch.variants) for batch in found] == [4, 4, 2, 4, 4, 2]
    files = [file for batch in found for file in batch.files("model.safetensors")]
    assert sorted(files) == sorted(
        f"results/mine/{dataset}/{name}/model.safetensors" for dataset in "ab" for name in names
    )
    assert len({batch.label for batch in found}) == 6
    assert list(batches("mine", {"a": names, "b": names}, 1)) == [ALONE]
    assert ALONE.files("x") == ["results/{study}/{dataset}/{variant}/x"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("water", 3), ("CCO", 9), ("Ac-Ala3-NHMe", 42), ("alanine dipeptide", 22), (" aspirin ", 21)],
)
def test_atoms_are_counted_without_building(text: str, expected: int) -> None:
    assert count_atoms(text) == expected


def test_every_known_name_can_be_counted(tmp_path: Path) -> None:
    assert all(count_atoms(name) >= 3 for name in KNOWN)
    (tmp_path / "a.xyz").write_text("2\n\nH 0 0 0\nH 0 0 0.7\n")
    assert count_atoms(str(tmp_path / "a.xyz")) == 2
    with pytest.raises(MissingFileError):
        count_atoms(str(tmp_path / "b.xyz"))
    with pytest.raises(MoleculeError, match="nor a SMILES"):
        count_atoms("no molecule")
