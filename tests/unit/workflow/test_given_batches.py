"""A given model in the rules: its files, its name on a command line, and what runs it anew."""

import json
import shlex
from pathlib import Path

import pytest

from nearsight.config import GivenModel
from nearsight.workflow.batches import ALONE, Batch, batches, given_batches

XTB = GivenModel(calculator="tblite.ase:TBLite", arguments={"method": "GFN1-xTB", "deep": {}})


def batch_of(model: GivenModel) -> Batch:
    (found,) = given_batches({"mine": model})
    return found


def test_one_rule_stands_for_any_data_set() -> None:
    found = batch_of(XTB)
    assert found.files("response.nc") == ["results/{study}/{dataset}/mine/response.nc"]
    assert (found.label, found.name, found.is_wildcard) == ("{dataset}/mine", "mine", False)


def test_a_calculator_is_named_with_its_arguments_and_has_no_file() -> None:
    found = batch_of(XTB)
    assert found.models == []
    assert found.model == "{params.model}"
    name, option, text = shlex.split(found.parameters["model"])
    assert (name, option) == ("tblite.ase:TBLite", "--calculator-arguments")
    assert json.loads(text) == XTB.arguments


def test_without_arguments_none_are_named() -> None:
    assert batch_of(GivenModel(calculator="a.b:c")).parameters == {"model": "a.b:c"}


def test_another_version_of_its_package_is_another_calculator() -> None:
    assert batch_of(XTB).parameters["package"].startswith("tblite ")
    assert "package" not in batch_of(GivenModel(file="a.safetensors")).parameters


@pytest.mark.parametrize("name", ["with space.safetensors", "quote'.safetensors", "$HOME.x"])
def test_a_file_is_one_word_of_a_shell(name: str) -> None:
    found = batch_of(GivenModel(file=name))
    assert shlex.split(found.parameters["model"]) == [name]
    assert found.models == [name]


def test_the_files_of_a_folder_are_inputs(tmp_path: Path) -> None:
    for name in ("weights.safetensors", "hyperparameters.json", "notes.txt"):
        (tmp_path / name).touch()
    found = batch_of(GivenModel(folder=str(tmp_path)))
    assert [Path(path).name for path in found.models] == [
        "weights.safetensors", "hyperparameters.json",
    ]  # fmt: skip
    assert shlex.split(found.parameters["model"]) == [str(tmp_path)]


def test_rules_of_variants_are_what_they_were() -> None:
    """Nothing that Snakemake compares has changed: no command, no parameter, no input."""
    for found in (ALONE, *batches("s", {"d": ["a~1", "a~2"]}, 2)):
        assert found.parameters == {}
        assert found.model == "'{{//}}/model.safetensors'"
        assert found.models == found.files("model.safetensors")


def test_a_gpu_is_for_networks_alone() -> None:
    """What a calculator runs on is up to its arguments, which no rule knows."""
    assert not batch_of(XTB).is_of_networks
    assert batch_of(GivenModel(file="a.safetensors")).is_of_networks
    assert ALONE.is_of_networks


def test_no_models_no_rules() -> None:
    assert given_batches({}) == []
