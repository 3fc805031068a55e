"""What a study is expected to cost: its work, by the paces that were measured."""

from typing import Any

import pytest
import yaml

from nearsight.config import Machine, Study
from nearsight.costs.expected import GPU, ITEM, START, Expected, expected
from nearsight.costs.work import work_of

STUDY = """
name: small
datasets:
  water: {source: generate, molecule: water, sampling: {n_frames: 500, stride: 10}}
variants:
  - {family: schnet, cutoff: [3.0, 6.0], depth: [3], features: [64], n_train: [100], seed: [0, 1]}
  - {family: painn, cutoff: [3.0, 6.0], depth: [3], features: [64], n_train: [100], seed: [0, 1]}
training: {max_epochs: 100}
explain: {n_structures: 100}
respond: {n_structures: 100}
dynamics: {duration: 10.0, replicas: 64}
"""
STAGES = ("train", "explain", "respond", "faithfulness", "dynamics", "stability", "failures")
ALONE = Machine()


def of(machine: Machine = ALONE, done: Any = None, **settings: Any) -> dict[str, Expected]:
    study = Study.model_validate(yaml.safe_load(STUDY) | settings)
    networks = [
        (stage, dataset, name)
        for stage in STAGES
        for dataset in study.datasets
        for name in [*study.variants_of(dataset), *study.models]
        if name not in study.models or stage != "train"
    ]
    return expected(work_of(study), networks, machine, done)


def test_every_stage_is_expected_to_cost_something() -> None:
    found = of()
    assert {*STAGES, "make_data", "reference_dynamics", "collect", "figures"} <= set(found)
    assert all(one.core > 0 and one.jobs >= 1 for one in found.values())
    assert {stage for stage, one in found.items() if one.gpu} == {"train", "dynamics"}


@pytest.mark.parametrize(
    ("stage", "settings"),
    [
        ("train", {"training": {"max_epochs": 200}}),
        ("dynamics", {"dynamics": {"duration": 20.0, "replicas": 64}}),
        ("stability", {"dynamics": {"duration": 20.0, "replicas": 64}}),
        ("explain", {"explain": {"n_structures": 200}}),
        ("respond", {"respond": {"n_structures": 200}}),
    ],
)
def test_twice_the_work_costs_twice_as_much_beside_starts(
    stage: str, settings: dict[str, Any]
) -> None:
    starts = 8 * (START + ITEM)
    first, second = of()[stage], of(**settings)[stage]
    assert second.core - starts == pytest.approx(2 * (first.core - starts), rel=0.01)
    assert second.gpu == pytest.approx(2 * first.gpu, rel=0.01)


def test_networks_that_share_a_job_share_its_start() -> None:
    alone, shared = of(), of(Machine(variants_per_job=4, variants_per_training=8))
    assert (alone["explain"].jobs, shared["explain"].jobs) == (8, 2)
    assert alone["explain"].core - shared["explain"].core == pytest.approx(6 * START)
    assert (alone["train"].jobs, shared["train"].jobs) == (8, 1)
    assert alone["train"].core - shared["train"].core == pytest.approx(7 * START)
    assert alone["collect"] == shared["collect"]


def test_jobs_that_were_done_are_counted_as_they_were() -> None:
    known = of(done={"explain": 2, "figures": 1, "unheard of": 5})
    assert known == of() | {"explain": known["explain"]}
    assert known["explain"] == of(Machine(variants_per_job=4))["explain"]


def test_a_gpu_takes_the_work_and_none_of_the_starts() -> None:
    train = of()["train"]
    assert train.gpu * GPU == pytest.approx(train.core - 8 * (START + ITEM))


def test_painn_is_slower_and_unknown_families_are_as_slow() -> None:
    document = yaml.safe_load(STUDY)
    schnet, painn = (of(variants=[block])["dynamics"].core for block in document["variants"])
    other = [{**document["variants"][0], "family": "so3net"}]
    assert painn > 1.5 * schnet
    assert of(variants=other)["dynamics"].core > schnet


def test_a_given_model_costs_as_the_engine_does() -> None:
    given = {"gfn1": {"calculator": "tblite.ase:TBLite"}}
    assert of(models=given)["dynamics"].core > of()["dynamics"].core
    assert of(models=given)["train"] == of()["train"]


def test_costs_are_added() -> None:
    assert Expected(1, 2.0, 3.0) + Expected(4, 5.0) == Expected(5, 7.0, 3.0)


def test_twice_the_atoms_cost_the_engine_four_times_as_much() -> None:
    def sampled(molecule: str) -> float:
        datasets = {"one": {"source": "generate", "molecule": molecule}}
        return of(datasets=datasets)["make_data"].core - START

    # Aspirin has 21 atoms and Ac-Ala3-NHMe 42.
    assert sampled("Ac-Ala3-NHMe") == pytest.approx(4 * sampled("aspirin"))
    # A call takes a millisecond whatever it is of.
    assert sampled("water") == pytest.approx(sampled("methane"))


def test_without_a_yardstick_there_is_no_reference() -> None:
    imported = {
        "found": {
            "source": "import",
            "file": "frames.xyz",
            "energy_unit": "eV",
            "length_unit": "angstrom",
        }
    }
    document = yaml.safe_load(STUDY) | {"datasets": imported, "aim": "accuracy"}
    study = Study.model_validate(document)
    assert not study.needs_yardstick
    found = expected(work_of(study), [], ALONE)
    assert not [stage for stage in found if "reference" in stage or stage == "make_data"]
    assert found["check_data"].jobs == 1


def test_networks_of_two_data_sets_never_share_a_job() -> None:
    molecules = {"a": "water", "b": "methane"}
    datasets = {name: {"source": "generate", "molecule": text} for name, text in molecules.items()}
    found = of(Machine(variants_per_job=256), datasets=datasets)
    assert found["explain"].jobs == 2
    assert found["make_data"].jobs == 2
    assert found["collect"].jobs == 1
    # Of the larger molecule more.
    one = of(Machine(variants_per_job=256), datasets={"a": datasets["a"]})
    assert found["explain"].core > 2 * one["explain"].core
