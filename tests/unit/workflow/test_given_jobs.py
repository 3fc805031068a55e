"""Jobs of a given model: their files, their commands, and what runs them anew."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from nearsight.aims.specs import AIMS
from nearsight.cli import app
from nearsight.config import Study, validate
from nearsight.config.feeding import stages_of_keys
from nearsight.lineage.products import files_of
from nearsight.workflow.given import COMMANDS, GivenJob, given_jobs

XTB = {"calculator": "tblite.ase:TBLite", "arguments": {"method": "GFN1-xTB", "deep": {}}}
STUDY: dict[str, Any] = {
    "name": "mine",
    "datasets": {
        "ethanol": {"source": "generate", "molecule": "ethanol", "dynamics_temperature": 250.0},
        "other": {"source": "generate", "molecule": "methanol"},
    },
    "variants": [{"family": "schnet", "cutoff": [4.0], "depth": [1], "n_train": [50]}],
}


def study_of(models: Mapping[str, Any], **changes: Any) -> Study:
    return validate(Study, {**STUDY, "models": models, **changes}, "test")


def jobs_of(model: dict[str, Any], **changes: Any) -> dict[str, GivenJob]:
    return {job.stage: job for job in given_jobs(study_of({"mine": model}, **changes))}


def words_of(job: GivenJob, dataset: str = "ethanol") -> list[str]:
    return shlex.split(job.command(dataset))


@pytest.mark.parametrize("aim", list(AIMS))
def test_their_files_are_those_of_the_study_each_once(aim: str) -> None:
    study = study_of({"gfn1": XTB, "ours": {"file": "a.safetensors"}}, aim=aim)
    made = [
        path.format(study="mine", dataset=dataset)
        for job in given_jobs(study)
        for path in (*job.outputs, *job.folders)
        for dataset in study.datasets
    ]
    expected = [f"results/mine/{file.path}" for file in files_of(study) if file.variant in
                study.models]  # fmt: skip
    assert sorted(made) == sorted(expected)


def test_no_name_makes_a_rule_that_another_model_or_the_variants_have() -> None:
    """`explain_alkanes` is a stage, and "alkanes" a name that a model may have."""
    names = ("alkanes", "x", "alkanes_x", "of_x", "batch_0000")
    found = [job.rule for job in given_jobs(study_of(dict.fromkeys(names, XTB), aim="properties"))]
    assert len(set(found) | set(COMMANDS)) == len(found) + len(COMMANDS)


@pytest.mark.parametrize("aim", list(AIMS))
def test_each_has_a_command_that_names_each_of_its_outputs_or_makes_it_beside(aim: str) -> None:
    for stage, job in jobs_of(XTB, aim=aim).items():
        assert stage in COMMANDS
        words = words_of(job)
        written = Path(words[words.index("--out") + 1])
        outputs = [Path(path.format(study="mine", dataset="ethanol")) for path in job.outputs]
        assert written in outputs
        assert {path.parent for path in outputs} == {written.parent}
        for folder in job.folders:
            assert folder.format(study="mine", dataset="ethanol") in words


@pytest.mark.parametrize("aim", list(AIMS))
def test_every_word_is_one_that_the_verb_knows(aim: str) -> None:
    """As typer reads it: no option that there is not, none without its value."""
    group: Any = get_command(app)
    for model in (XTB, {"file": "a.safetensors", "level_of_theory": "PBE0"}):
        for job in jobs_of(model, aim=aim).values():
            verb, *rest = words_of(job)
            command = group.commands[verb]
            context = command.make_context(verb, rest)
            assert context.params["out"] is not None
            assert not context.args


def test_a_calculator_is_named_with_its_arguments_and_has_no_file() -> None:
    for stage, job in jobs_of(XTB).items():
        words = words_of(job)
        if stage == "stability":
            assert "tblite.ase:TBLite" not in words
            continue
        at = words.index("tblite.ase:TBLite")
        assert words[at + 1] == "--calculator-arguments"
        assert json.loads(words[at + 2]) == XTB["arguments"]
        assert "--device" not in words
        assert all(path.startswith("results/") for path in job.inputs)


def test_without_arguments_none_are_named() -> None:
    assert "--calculator-arguments" not in words_of(jobs_of({"calculator": "a.b:c"})["explain"])


@pytest.mark.parametrize("name", ["with space.safetensors", "quote'.safetensors", "$HOME.x"])
def test_a_file_is_one_word_and_an_input(name: str) -> None:
    for stage, job in jobs_of({"file": name}).items():
        opened = stage != "stability"
        assert (name in words_of(job)) is opened
        assert (name in job.inputs) is opened


def test_the_files_of_a_folder_are_inputs(tmp_path: Path) -> None:
    for name in ("weights.safetensors", "hyperparameters.json", "notes.txt"):
        (tmp_path / name).touch()
    job = jobs_of({"folder": str(tmp_path)})["respond_given"]
    outside = [Path(path).name for path in job.inputs if not path.startswith("results/")]
    assert outside == ["weights.safetensors", "hyperparameters.json"]


def test_another_version_of_its_package_is_another_calculator() -> None:
    jobs = jobs_of(XTB)
    assert jobs["dynamics"].package.startswith("tblite ")
    assert jobs["stability"].package == ""
    assert jobs_of({"file": "a.safetensors"})["dynamics"].package == ""


def test_frames_are_waited_for_where_they_are_read() -> None:
    jobs = jobs_of(XTB)
    frames = "results/{study}/{dataset}/mine/trajectories"
    assert jobs["dynamics"].folders == [frames]
    for stage, job in jobs.items():
        assert (frames in job.inputs) is (stage in ("stability", "failures"))


def test_a_gpu_is_for_networks_that_run_long() -> None:
    """What a calculator runs on is up to its arguments, which no rule knows."""
    assert not any(job.is_of_network for job in jobs_of(XTB).values())
    wanted = [s for s, job in jobs_of({"file": "a.safetensors"}).items() if job.is_of_network]
    assert wanted == ["dynamics"]


def test_a_data_set_has_a_temperature_of_its_own() -> None:
    job = jobs_of(XTB)["dynamics"]
    settings = [json.loads(words[words.index("--settings") + 1])
                for words in (words_of(job), words_of(job, "other"))]  # fmt: skip
    assert [one["temperature"] for one in settings] == [250.0, 500.0]


def test_its_level_of_theory_is_told_where_errors_are() -> None:
    jobs = jobs_of({**XTB, "level_of_theory": "GFN1-xTB"})
    assert "GFN1-xTB" in words_of(jobs["evaluate_given"])
    told = [stage for stage, job in jobs.items() if "--level-of-theory" in words_of(job)]
    assert told == ["evaluate_given"]
    assert "--level-of-theory" not in words_of(jobs_of(XTB)["evaluate_given"])


CHANGES = {
    "explain.gamma": ({"explain": {"gamma": 0.3}}, {"explain"}),
    "respond.n_structures": ({"respond": {"n_structures": 9}}, {"respond_given"}),
    "respond.step": ({"respond": {"step": 0.01}}, {"respond_given"}),
    "faithfulness.seed": ({"faithfulness": {"seed": 5}}, {"faithfulness"}),
    "dynamics.duration": ({"dynamics": {"duration": 2.0}}, {"dynamics"}),
    "statistics.confidence": ({"statistics": {"confidence": 0.9}}, {"stability"}),
    "failures.gamma": ({"failures": {"gamma": 0.3}}, {"failures"}),
    "yardstick.engine": ({"yardstick": "gfn2"}, {"failures"}),
    "training.max_epochs": ({"training": {"max_epochs": 3}}, set()),
}


@pytest.mark.parametrize("key", CHANGES)
def test_a_changed_key_is_seen_by_the_stages_that_it_names(key: str) -> None:
    change, expected = CHANGES[key]
    before, after = jobs_of(XTB), jobs_of(XTB, **change)
    seen = {stage for stage in before if words_of(before[stage]) != words_of(after[stage])}
    assert seen == expected
    assert seen <= set(stages_of_keys()[key])


@pytest.mark.parametrize(
    "other",
    [
        {**XTB, "arguments": {"method": "GFN2-xTB"}},
        {"calculator": "ase.calculators.emt:EMT"},
        {"file": "a.safetensors"},
    ],
)
def test_another_model_is_seen_by_every_stage_that_opens_it(other: dict[str, Any]) -> None:
    before, after = jobs_of(XTB), jobs_of(other)
    seen = {stage for stage in before if words_of(before[stage]) != words_of(after[stage])}
    assert seen == set(before) - {"stability"}
    named = set(stages_of_keys()["models.NAME.calculator"])
    assert seen <= named


def test_no_models_no_jobs() -> None:
    assert given_jobs(study_of({})) == []
