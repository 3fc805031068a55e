"""Schema and key table follow the models, and the files in config/ follow both."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from nearsight.config import Exclusion, GivenModel, Study, load_study, parse_yaml
from nearsight.config.blocks import BLOCKS
from nearsight.config.export import BEGIN, END, key_table, schema, schema_text, with_key_table

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_readme_is_in_step(repository: Path) -> None:
    text = (repository / "config" / "README.md").read_text(encoding="utf-8")
    assert text == with_key_table(text), "run: nearsight config table --out config/README.md"


def test_schema_is_in_step(repository: Path) -> None:
    text = (repository / "config" / "schema.json").read_text(encoding="utf-8")
    assert text == schema_text(), "run: nearsight config schema --out config/schema.json"


@pytest.mark.parametrize("name", ["demo.yaml", "paper.yaml"])
def test_studies_of_the_project_are_valid(name: str, repository: Path) -> None:
    assert load_study(repository / "config" / name).name == name.removesuffix(".yaml")


SECTIONS = {"exclude": Exclusion, "variants": BLOCKS["painn"]}
"""Sections that are entries of a list."""


def rows() -> dict[str, list[str]]:
    lines = [line for line in key_table().splitlines() if line.startswith("| `")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_table_has_every_key_with_description_and_unit() -> None:
    leaves = {
        f"{section}.{key}"
        for section, field in Study.model_fields.items()
        if section not in ("name", "aim", "datasets", "models")
        for key in SECTIONS.get(section, field.annotation).model_fields
    }
    table = rows()
    assert leaves < set(table)
    assert {f"models.NAME.{key}" for key in GivenModel.model_fields} < set(table)
    assert {"name", "datasets", "datasets.NAME.sampling.n_frames"} < set(table)
    for key, cells in table.items():
        assert len(cells) == 6, key
        assert cells[0], key
        assert cells[5].endswith("."), f"{key} has no description"
        assert bool(cells[1]) == ("number" in cells[0]), f"{key}: a number needs a unit"


def test_row_by_hand() -> None:
    table = rows()
    assert table["variants.cutoff"][:4] == [
        "list of numbers",
        "angstrom",
        "required",
        "at least 1 entry; at most 1000 entries; each > 0.5; <= 30",
    ]
    assert table["explain.vector"][:4] == ["text", "", "`detach`", "`detach`, `flow`"]
    assert table["dynamics.replicas"][:4] == ["whole number", "1", "`32`", ">= 1; <= 100000"]


def test_defaults_read_back_as_what_they_are() -> None:
    """A default copied from the table into a study file must not turn into text (1e-06)."""
    properties = {
        key: rows()[f"training.{key}"][2] for key in schema()["$defs"]["Training"]["properties"]
    }
    parsed = {key: parse_yaml(text.strip("`"), key) for key, text in properties.items()}
    assert parsed == {
        key: value["default"] for key, value in schema()["$defs"]["Training"]["properties"].items()
    }
    assert isinstance(parsed["min_learning_rate"], float)


def test_table_goes_between_the_markers() -> None:
    text = f"before\n{BEGIN}\noutdated\n{END}\nafter\n"
    result = with_key_table(text)
    assert result.startswith(f"before\n{BEGIN}\n")
    assert result.endswith(f"{END}\nafter\n")
    assert "outdated" not in result
    assert with_key_table(result) == result
    assert with_key_table("no markers") == with_key_table("")


def test_commands_write_what_the_functions_give(in_process: Command, tmp_path: Path) -> None:
    (tmp_path / "keys.md").write_text(f"mine\n{BEGIN}{END}", encoding="utf-8")
    assert in_process("config", "table", "--out", "keys.md").returncode == 0
    assert in_process("config", "schema", "--out", "new/schema.json").returncode == 0
    assert key_table() in (tmp_path / "keys.md").read_text(encoding="utf-8")
    assert (tmp_path / "keys.md").read_text(encoding="utf-8").startswith("mine\n")
    assert json.loads((tmp_path / "new" / "schema.json").read_text(encoding="utf-8")) == schema()
    assert in_process("config", "schema").stdout == schema_text()


def test_check_says_what_the_study_asks_for(
    in_process: Command, study: dict, tmp_path: Path
) -> None:
    study["variants"][0]["cutoff"] = [3.0, 5.0, 8.0]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    run = in_process("config", "check", "study.yaml")
    assert run.returncode == 0, run.stderr
    assert "study small is valid" in run.stdout
    assert "2 (1 generate, 1 import): a, b" in run.stdout
    assert "3 on each data set (cutoff 3)" in run.stdout
    assert "6 each of train, explain, respond, faithfulness, dynamics, stability" in run.stdout
    assert "yardstick: a: " in run.stdout


def test_check_says_what_another_aim_asks_for(
    nearsight: Command, study: dict, tmp_path: Path
) -> None:
    """No network of a study of accuracy is explained or moved, and none needs a yardstick."""
    study["aim"] = "accuracy"
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    run = nearsight("config", "check", "study.yaml")
    assert "2 each of train, and a few per data set" in run.stdout, run.stderr
    assert "yardstick" not in run.stdout + run.stderr


def test_check_knows_the_name_that_a_study_must_have(
    in_process: Command, study: dict, tmp_path: Path
) -> None:
    """`make study STUDY=x` reports results/x, whatever else the file says."""
    for name in ("small.yaml", "x.yaml"):
        (tmp_path / name).write_text(yaml.safe_dump(study), encoding="utf-8")
    run = in_process("config", "check", "small.yaml", "--name", "x")
    assert run.returncode == 1
    assert "small.yaml: name = 'small', expected 'x'" in run.stderr
    run = in_process("config", "check", "x.yaml")
    assert run.returncode == 1
    assert "x.yaml: name = 'small' is that of small.yaml" in run.stderr
    assert in_process("config", "check", "small.yaml", "--name", "small").returncode == 0
