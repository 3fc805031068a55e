"""Sections from a file, from text and from single keys."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from nearsight.config import Machine, Respond, Study, Training, load_section, validate
from nearsight.config.loading import load_workflow
from nearsight.errors import ConfigError, MissingFileError


def test_defaults() -> None:
    assert load_section(Respond, None, {}) == Respond()


def test_text_file_and_overrides(tmp_path: Path) -> None:
    (tmp_path / "r.yaml").write_text("n_structures: 7\nstep: 0.02\n", encoding="utf-8")
    assert load_section(Respond, "{n_structures: 7}", {}).n_structures == 7
    assert load_section(Respond, "n_structures: 7", {}).n_structures == 7
    chosen = load_section(Respond, str(tmp_path / "r.yaml"), {"step": 0.03})
    assert (chosen.n_structures, chosen.step) == (7, 0.03)


def test_text_that_our_own_tools_write_reads_back() -> None:
    """Rules hand sections over as JSON, where 1e-6 is a number; in YAML it would be text."""
    training = Training(min_learning_rate=1e-6, learning_rate=1e-3)
    assert "1e-6" in training.model_dump_json()
    assert load_section(Training, training.model_dump_json(), {}) == training


def test_json_key_given_twice() -> None:
    with pytest.raises(ConfigError, match="settings: key 'step' is given twice"):
        load_section(Respond, '{"step": 0.01, "step": 0.02}', {})


@pytest.mark.parametrize("text", ["[1]", "7", "some words"])
def test_text_that_is_no_section(text: str) -> None:
    with pytest.raises(ConfigError, match="settings: expected keys and values"):
        load_section(Respond, text, {})


def test_settings_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"absent\.yaml: no such file"):
        load_section(Respond, str(tmp_path / "absent.yaml"), {})


def test_override_is_checked_too() -> None:
    with pytest.raises(ConfigError, match=r"settings: step = 0\.5: .* less than or equal to 0\.1"):
        load_section(Respond, None, {"step": 0.5})


def test_nothing_to_fit() -> None:
    with pytest.raises(ConfigError, match="nothing to fit"):
        load_section(Training, "{energy_weight: 0, force_weight: 0}", {})


def test_workflow_study_merges_single_keys_into_the_default(
    study: dict[str, Any], tmp_path: Path
) -> None:
    default = tmp_path / "demo.yaml"
    default.write_text(yaml.safe_dump(study), encoding="utf-8")
    changed, _ = load_workflow([], {"training": {"max_epochs": 2}}, default)
    assert changed.training.max_epochs == 2
    assert changed.model_copy(update={"training": Training()}) == validate(Study, study, "test")


def test_workflow_refuses_a_key_given_twice(study: dict[str, Any], tmp_path: Path) -> None:
    """Snakemake keeps the last of two: its own merged values would look fine."""
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(study) + "name: other\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="'name' is given twice"):
        load_workflow([file], {**study, "name": "other"}, file)


def test_a_copy_whose_name_was_not_changed_is_refused(
    study: dict[str, Any], tmp_path: Path
) -> None:
    """Wherever it lies: both would write the results of one name."""
    (tmp_path / "config").mkdir()
    (tmp_path / "mine").mkdir()
    default = tmp_path / "config" / "small.yaml"
    default.write_text(yaml.safe_dump(study), encoding="utf-8")
    for copy in (tmp_path / "config" / "copy.yaml", tmp_path / "mine" / "copy.yaml"):
        copy.write_text(default.read_text(encoding="utf-8"), encoding="utf-8")
        with pytest.raises(
            ConfigError, match=r"'small' is that of .*small.yaml.*set name to 'copy"
        ):
            load_workflow([copy], study, default)
        # A name of the command line, or of its own, is another folder.
        assert load_workflow([copy], {**study, "name": "else"}, default)[0].name == "else"
        copy.write_text(yaml.safe_dump({**study, "name": "copied"}), encoding="utf-8")
        assert load_workflow([copy], {**study, "name": "copied"}, default)[0].name == "copied"
    assert load_workflow([default], study, default)[0].name == "small"
    # The study.json among its results is the same study, and no copy that somebody forgot to name.
    written = tmp_path / "results" / "small" / "study.json"
    written.parent.mkdir(parents=True)
    written.write_text(json.dumps(study), encoding="utf-8")
    assert load_workflow([written], study, default)[0].name == "small"
    moved = written.rename(tmp_path / "results" / "study.json")
    with pytest.raises(ConfigError, match="'small' is that of"):
        load_workflow([moved], study, default)


def test_facts_of_the_machine_stand_beside_the_study(study: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump(study), encoding="utf-8")
    facts = {"variants_per_job": 8, "gpu_partition": "gpu", "gpu_model": None}
    found, machine = load_workflow([file], {**study, **facts}, file)
    assert found == validate(Study, study, "test")
    assert machine == Machine(variants_per_job=8, gpu_partition="gpu")
    for wrong, expected in (
        ({"variants_per_job": 0}, "variants_per_job = 0"),
        ({"device": "tpu"}, "device = 'tpu'"),
        ({"gpu_partition": "gpu; rm -rf x"}, "gpu_partition"),
    ):
        with pytest.raises(ConfigError, match=f"--config or the profile.*{expected}"):
            load_workflow([file], {**study, **wrong}, file)


@pytest.mark.parametrize("key", sorted(Machine.model_fields))
def test_a_study_file_says_nothing_of_the_machine(
    key: str, study: dict[str, Any], tmp_path: Path
) -> None:
    """Snakemake merges the file's keys with those of --config: only the file itself tells."""
    file = tmp_path / "study.yaml"
    file.write_text(yaml.safe_dump({**study, key: 1}), encoding="utf-8")
    for files in ([file], []):
        with pytest.raises(ConfigError, match=f"{key} is a fact of a machine"):
            load_workflow(files, study, file)
