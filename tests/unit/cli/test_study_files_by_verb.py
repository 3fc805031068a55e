"""What is said of a study file before anything runs: counts, names, warnings, schema and table."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from nearsight.cli import app
from nearsight.config.export import BEGIN, END, key_table, schema_text
from nearsight.errors import NearsightError


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, NearsightError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def demo(repository: Path, name: str = "mine", **changes: Any) -> Path:
    """The demo's study under another name, with sections replaced."""
    text = (repository / "config" / "demo.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text) | {"name": name} | changes
    path = Path(f"{name}.yaml")
    path.write_text(yaml.safe_dump(document))
    return path


def test_the_check_tells_what_is_asked_for(repository: Path) -> None:
    told = done("config", "check", demo(repository)).stdout
    lines = told.splitlines()
    assert lines[0] == "study mine is valid"
    assert re.fullmatch(r"data sets: \d+ \(\d+ \w+.*\): .+", lines[1])
    assert "on each data set" in lines[2]
    assert "yardstick:" in told
    assert re.search(r"jobs: +\d+ each of train", told)


@pytest.mark.parametrize("name", ["decay", "demo", "paper"])
def test_studies_of_the_project_pass(repository: Path, name: str) -> None:
    told = done("config", "check", repository / "config" / f"{name}.yaml", "--name", name)
    assert told.stdout.startswith(f"study {name} is valid\n")


def test_another_name_than_expected_says_what_to_set(repository: Path) -> None:
    message = refused("config", "check", demo(repository), "--name", "paper")
    assert "mine.yaml: name = 'mine', expected 'paper'" in message
    assert "set name to 'paper'" in message


def test_the_name_of_another_study_beside_it_is_taken(repository: Path) -> None:
    """Both would write to one folder of results."""
    one = demo(repository, "one")
    text = one.read_text()
    Path("two.yaml").write_text(text)
    message = refused("config", "check", "two.yaml")
    assert "one" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "study.yaml"),
        ("[1, 2]", "study.yaml"),
        ("a: b: c", "study.yaml"),
        ("name: x\nname: y\n", "twice"),
        ("{name: x, datasets: {}, nonsense: 3}", "nonsense: unknown key"),
    ],
)
def test_what_is_no_study_is_named(text: str, words: str) -> None:
    Path("study.yaml").write_text(text)
    message = refused("config", "check", "study.yaml")
    assert "study.yaml" in message
    assert words in message


def test_a_study_that_is_not_there() -> None:
    assert refused("config", "check", "none.yaml").startswith("none.yaml: no such file")


def test_data_without_a_yardstick_are_warned_of_on_the_error_stream(repository: Path) -> None:
    imported = {"source": "import", "file": "a.xyz", "energy_unit": "eV", "level_of_theory": "PBE"}
    path = demo(repository, datasets={"mine": imported}, question={}, exclude=[])
    told = done("config", "check", path)
    assert told.stderr.startswith("nearsight: warning: data set mine has no yardstick")
    assert "PBE" in told.stderr
    assert "yardstick: none" in told.stdout
    assert "warning" not in told.stdout


# Schema and table.


def test_the_schema_on_the_screen_is_that_of_the_file() -> None:
    shown = done("config", "schema").stdout
    assert shown == schema_text()
    told = done("config", "schema", "--out", "new/schema.json")
    assert told.stdout == "new/schema.json: schema of a study file\n"
    assert Path("new/schema.json").read_text(encoding="utf-8") == shown
    assert {"name", "datasets", "variants"} <= set(json.loads(shown)["properties"])


def test_the_table_keeps_the_text_around_its_markers() -> None:
    path = Path("README.md")
    path.write_text(f"before\n{BEGIN}\nwhat was\n{END}\nafter\n", encoding="utf-8")
    done("config", "table", "--out", path)
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{BEGIN}")
    assert text.endswith(f"{END}\nafter\n")
    assert "what was" not in text
    assert key_table() in text
    done("config", "table", "--out", path)
    assert path.read_text(encoding="utf-8") == text


def test_the_table_of_no_file_stands_alone() -> None:
    shown = done("config", "table").stdout
    done("config", "table", "--out", "new.md")
    assert Path("new.md").read_text(encoding="utf-8") == shown
    assert key_table() in shown
