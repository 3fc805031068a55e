"""`config check` on a study with given models: what is there, what is not, and no code is run."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from nearsight.cli import app
from nearsight.errors import ConfigError

STUDY: dict[str, Any] = {
    "name": "mine",
    "datasets": {"ethanol": {"source": "generate", "molecule": "ethanol"}},
    "variants": [{"family": "schnet", "cutoff": [4.0], "depth": [1], "n_train": [50]}],
}
XTB = {"calculator": "tblite.ase:TBLite", "arguments": {"method": "GFN1-xTB"}}
Check = Callable[[Any], Result]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    monkeypatch.chdir(tmp_path)

    def run(models: Any) -> Result:
        Path("mine.yaml").write_text(yaml.safe_dump({**STUDY, "models": models}), encoding="utf-8")
        return CliRunner().invoke(app, ["config", "check", "mine.yaml"])

    return run


def test_models_and_their_jobs_stand_in_the_summary(check: Check) -> None:
    Path("model.safetensors").touch()
    said = check({"gfn1": XTB, "ours": {"file": "model.safetensors"}})
    assert said.exit_code == 0, said.output
    assert (
        "models:    gfn1 (tblite.ase:TBLite), ours (model.safetensors), given and not trained"
        in said.output
    )
    jobs = next(line for line in said.output.splitlines() if line.startswith("jobs:"))
    assert "1 each of train, " in jobs
    assert "2 each of evaluate_given, explain, respond_given, " in jobs


def test_a_study_without_models_says_nothing_of_them(check: Check) -> None:
    said = check({})
    assert said.exit_code == 0
    assert "models" not in said.output
    assert "given" not in said.output


def test_every_fault_is_named_at_once_with_key_and_value(check: Check) -> None:
    said = check(
        {
            "a": {"calculator": "nowhere.of:mine"},
            "b": {"file": "gone.safetensors"},
            "c": {"folder": "nothing"},
        }
    )
    assert isinstance(said.exception, ConfigError)
    message = str(said.exception)
    assert "\n" not in message
    for part in ("mine.yaml: models.a.calculator", "models.b.file", "models.c.folder"):
        assert part in message


def test_unknown_keys_and_bad_values_are_named_by_their_path(check: Check) -> None:
    said = check({"a": {**XTB, "kind": "xtb"}, "b": {}})
    message = str(said.exception)
    assert "models.a.kind: unknown key" in message
    assert "models.b: expected one of calculator, file and folder" in message


def test_no_code_of_a_calculator_is_run(check: Check) -> None:
    Path("explosive.py").write_text("raise SystemExit('was run')", encoding="utf-8")
    assert check({"a": {"calculator": "explosive:make"}}).exit_code == 0
    assert "explosive" not in sys.modules
