"""Models that a study is given: what can be said of them, and what is there before a job starts."""

import json
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nearsight.config import Given, GivenModel, Study, Variant, axes_of, load_study, validate
from nearsight.config.feeding import stages_of, stages_of_keys
from nearsight.config.given import TAKEN, missing_models, package_of
from nearsight.errors import ConfigError
from nearsight.families.specs import FAMILIES, REPEATS
from nearsight.storage import config_hash

Values = dict[str, Any]
Change = Callable[[str, Any], Values]
XTB = {"calculator": "tblite.ase:TBLite", "arguments": {"method": "GFN1-xTB"}}
THREE: dict[str, Values] = {
    "so3lr": XTB,
    "ours": {"file": "path/to/model.safetensors"},
    "theirs": {"folder": "path/to/converted", "level_of_theory": "PBE0"},
}


def study_with(study: Values, models: Any) -> Study:
    return validate(Study, {**study, "models": models}, "study.yaml")


def refusal(study: Values, models: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        study_with(study, models)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_each_is_one_of_three(study: Values) -> None:
    found = study_with(study, THREE).models
    assert [model.origin for model in found.values()] == ["calculator", "file", "folder"]
    assert [model.argument for model in found.values()] == [
        "tblite.ase:TBLite", "path/to/model.safetensors", "path/to/converted",
    ]  # fmt: skip


def test_they_stand_behind_the_variants_of_every_data_set(study: Values) -> None:
    made = study_with(study, THREE)
    rows = made.rows_of("a")
    assert [type(row).__name__ for row in rows.values()] == ["SchNetVariant", *["Given"] * 3]
    assert list(rows)[1:] == list(THREE)
    assert [dataset for dataset, _ in made.cases()] == ["a"] * 4 + ["b"] * 4
    assert [row.id for _, row in made.cases()] == list(rows) * 2
    assert made.trained() == [(d, r) for d, r in made.cases() if isinstance(r, Variant)]
    assert len(made.trained()) == 2


def test_none_is_trained_and_none_widens_an_axis(study: Values) -> None:
    bare, made = validate(Study, study, "study.yaml"), study_with(study, THREE)
    assert made.members == bare.members
    assert made.axes() == bare.axes()
    assert made.design() == bare.design()
    assert made.variant_table() == bare.variant_table()


def test_a_study_without_any_is_written_as_before_there_were_any(study: Values) -> None:
    """Its study.json, and the hash of its settings in every table, stay what they were."""
    bare, empty = validate(Study, study, "study.yaml"), study_with(study, {})
    for one in (bare, empty):
        assert "models" not in one.model_dump()
        assert "models" not in json.loads(one.model_dump_json())
    assert config_hash(bare.model_dump()) == config_hash(empty.model_dump())
    assert validate(Study, bare.model_dump(), "again") == bare


def test_a_study_comes_back_from_its_own_json_as_it_was(study: Values) -> None:
    made = study_with(study, THREE)
    assert validate(Study, json.loads(made.model_dump_json()), "study.json") == made


def test_a_given_model_has_no_axes_but_a_family_of_its_own() -> None:
    row = Given("so3lr", GivenModel(**XTB))
    axes = axes_of(row)
    assert (axes["family"], axes["target"], row.id) == ("so3lr", "energy", "so3lr")
    for axis in ("depth", "features", "n_train", *REPEATS):
        assert np.isnan(axes[axis]), axis
    assert row.pair_cutoff == np.inf
    assert Given("x", row.model, cutoff=4.5).pair_cutoff == 4.5


def test_its_name_is_never_the_id_of_a_variant(study: Values) -> None:
    """Ids hold a ~, which no name may: both are folders beside each other."""
    assert all("~" in variant.id for variant in study_with(study, THREE).members)
    assert "models" in refusal(study, {"schnet~rc5.0~T2~F64~n50~s0": XTB})


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "-x", "", "a b", "x" * 65, "é"])
def test_names_that_are_no_folder_are_refused(study: Values, name: str) -> None:
    assert "models" in refusal(study, {name: XTB})


@pytest.mark.parametrize("name", TAKEN)
def test_names_that_mean_something_else_are_refused(study: Values, name: str) -> None:
    message = refusal(study, {name: XTB})
    assert f"models: name {name!r}" in message
    assert "choose another" in message
    assert ("family" in message) is (name in FAMILIES)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "models.x: expected one of calculator, file and folder; found none of them"),
        ({"file": "a", "folder": "b"}, "found file and folder"),
        ({**XTB, "file": "a"}, "found calculator and file"),
        ({"file": "a", "arguments": {"k": 1}}, "arguments belong to a calculator; file has none"),
        ({"calculator": "os.system"}, "calculator = 'os.system': expected package.module:factory"),
        ({"calculator": "a:b:c"}, "expected package.module:factory"),
        ({"calulator": "a:b"}, "models.x.calulator: unknown key"),
        ({"calculator": 3}, "models.x.calculator = 3"),
        ({"file": "-o"}, "models.x.file"),
        ({"file": "{a}.safetensors"}, "wildcard to Snakemake"),
        ({"calculator": "a:b", "arguments": {"k": float("nan")}}, "models.x.arguments"),
        ({"file": "a\nb"}, "models.x.file"),
    ],
)
def test_what_is_wrong_is_said_by_key_and_value(study: Values, given: Values, words: str) -> None:
    assert words in refusal(study, {"x": given})


def test_a_list_of_models_is_refused(study: Values) -> None:
    assert "models" in refusal(study, [XTB])


def test_they_count_among_what_can_be_planned(study: Values, monkeypatch: Any) -> None:
    monkeypatch.setattr("nearsight.config.study.MOST_VARIANTS", 5)
    study_with(study, {"x": XTB})
    assert "at most 5 are planned" in refusal(study, {"x": XTB, "y": XTB})


def test_keys_name_the_stages_that_they_run_anew() -> None:
    table = stages_of_keys()
    assert set(stages_of(GivenModel, "calculator")) >= {"evaluate_given", "respond_given"}
    assert "train" not in table["models.NAME.file"]
    assert table["models.NAME.level_of_theory"] == ("evaluate_given", "collect")
    assert table["models"] == ("collect",)


def test_files_and_modules_that_are_not_there_are_named_together(
    study: Values, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "weights.safetensors").touch()
    models = {
        "good": XTB,
        "far": {"calculator": "no_such_package.of_mine:make"},
        "ours": {"file": "gone.safetensors"},
        "half": {"folder": "half"},
        "none": {"folder": "nowhere"},
    }
    found = missing_models(study_with(study, models).models)
    assert len(found) == 4
    assert found[0].startswith("models.far.calculator = 'no_such_package.of_mine:make': there is")
    assert found[1] == "models.ours.file = 'gone.safetensors': no such file"
    assert "does not hold weights.safetensors and hyperparameters.json" in found[2]
    assert found[3] == "models.none.folder = 'nowhere': no such folder"


def test_looking_for_a_module_runs_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One in the working directory counts as there; that it would fail is for its own job."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_field.py").write_text("raise SystemExit('was imported')", encoding="utf-8")
    assert missing_models({"mine": GivenModel(calculator="my_field:make")}) == []
    assert "my_field" not in sys.modules


def test_a_module_that_an_import_hook_finds_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one installed in place (`pip install -e`), which may lie on no path of Python's."""
    (tmp_path / "in_place.py").write_text("raise SystemExit('was imported')", encoding="utf-8")

    class Hook(MetaPathFinder):
        def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
            here = tmp_path / f"{name}.py"
            return spec_from_file_location(name, here) if here.is_file() else None

    given = {"mine": GivenModel(calculator="in_place:make")}
    assert len(missing_models(given)) == 1
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Hook()])
    assert missing_models(given) == []
    assert "in_place" not in sys.modules


def test_the_package_of_a_calculator_is_told_without_importing_it() -> None:
    assert package_of("tblite.ase:TBLite").startswith("tblite 0.")
    # A package that is called otherwise than its module.
    assert package_of("yaml:load").lower().startswith("pyyaml ")
    assert package_of("no_such_package.of_mine:make") == ""


def test_files_that_a_calculator_is_made_from_count_as_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("my.model", "weights.safetensors", "hyperparameters.yaml"):
        (tmp_path / name).touch()
    arguments = {"model": "my.model", "size": "small", "n": 3, "none": "", "long": "x" * 999}
    assert GivenModel(calculator="a:b", arguments=arguments).paths == ["my.model"]
    assert GivenModel(file="my.model").paths == ["my.model"]
    # Its module too, where it is one of the user's own.
    (tmp_path / "mine.py").touch()
    assert GivenModel(calculator="mine:make").paths == ["mine.py"]
    assert GivenModel(calculator="ase.calculators.emt:EMT").paths == []
    folder = GivenModel(folder=str(tmp_path)).paths
    assert [Path(path).name for path in folder] == ["weights.safetensors", "hyperparameters.yaml"]


def test_the_example_of_the_project_is_valid(repository: Path) -> None:
    made = load_study(repository / "config" / "models.yaml")
    assert list(made.models) == ["gfn1", "effective_medium"]
    assert missing_models(made.models) == []
