"""Every mistake in a study file ends in one ConfigError: what, where and what is allowed."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nearsight.config import Study, load_study, validate
from nearsight.errors import ConfigError, MissingFileError

Write = Callable[[str | dict[str, Any]], Path]

BAD_VALUES: list[tuple[str, Any, tuple[str, ...]]] = [
    # where, what, what the message must hold: key path, value, what is allowed
    ("training|epochs", 3, ("training.epochs", "unknown key", "config/README.md")),
    ("colour", "red", ("colour", "unknown key")),
    ("two\nlines", 1, (r"'two\nlines'", "unknown key")),
    ("training|learning_rate", "1e-3", ("training.learning_rate = '1e-3'", "write 1.0e-3")),
    ("training|learning_rate", -1.0, ("training.learning_rate = -1.0", "greater than 0")),
    ("training|learning_rate", float("nan"), ("training.learning_rate = nan", "finite")),
    ("training|learning_rate", True, ("training.learning_rate = True", "valid number")),
    ("training|max_epochs", True, ("training.max_epochs = True", "valid integer")),
    ("training|max_epochs", 3.0, ("training.max_epochs = 3.0", "valid integer")),
    ("training|max_epochs", "3", ("training.max_epochs = '3'", "valid integer")),
    ("training|max_epochs", None, ("training.max_epochs = None", "valid integer")),
    ("training|max_epochs", [3], ("training.max_epochs = [3]", "valid integer")),
    ("training", [], ("training = []", "dictionary")),
    ("dynamics|duration", float("inf"), ("dynamics.duration = inf", "finite")),
    ("dynamics|precision", "float16", ("dynamics.precision = 'float16'", "'float32' or 'float64'")),
    ("dynamics|seed", 2**40, ("dynamics.seed", "less than or equal to 2147483647")),
    ("explain|vector", "keep", ("explain.vector = 'keep'", "'detach' or 'flow'")),
    ("every_variant|n_train", [1000], ("n_train asks for 1000", "datasets.a.sampling.n_frames")),
    ("variants|0|cutoff", [], ("variants.0.cutoff = []", "at least 1")),
    ("variants|0|cutoff", [5.0, 5], ("variants", "cutoff lists a value twice", "5.0, 5.0")),
    ("variants|0|cutoff", [5.0, float("nan")], ("variants.0.cutoff.1 = nan", "finite")),
    ("variants|0|cutoff", [0.0], ("variants.0.cutoff.0 = 0.0", "greater than 0.5")),
    ("variants|0|cutoff", 5.0, ("variants.0.cutoff = 5.0", "valid list")),
    ("variants|0|depth", [0], ("variants.0.depth.0 = 0", "greater than or equal to 1")),
    ("variants|0|family", "gap", ("variants.0.family = 'gap'", "'schnet', 'painn'")),
    ("variants|0|colour", [1], ("variants.0.colour", "unknown key")),
    ("variants", [{"cutoff": [5.0]}], ("variants.0.family", "missing", "'schnet', 'painn'")),
    ("variants", [], ("variants = []", "at least 1")),
    ("variants|0|n_train", [40], ("n_train stands in variants.0 and in every_variant",)),
    ("every_variant|seed", [1, 1], ("every_variant", "seed lists a value twice")),
    ("variants|0|radial_spacing", 1e-9, ("variants.0.radial_spacing = 1e-09", "0.01")),
    ("name", "../x", ("name = '../x'", "match pattern")),
    ("name", "a/b", ("name = 'a/b'", "match pattern")),
    ("name", ".hidden", ("name = '.hidden'", "match pattern")),
    ("name", "a\n", (r"name = 'a\n'", "match pattern")),
    ("name", "", ("name = ''", "match pattern")),
    ("name", "x" * 65, ("name = 'xxx", "match pattern")),
    ("name", False, ("name = False", "valid string")),
    ("datasets", {}, ("datasets", "at least 1")),
    ("datasets|../up", {"source": "import"}, ("datasets.../up = '../up'", "match pattern")),
    (
        "datasets|a|source",
        "buy",
        ("datasets.a.source = 'buy'", "'generate', 'import' or 'published'"),
    ),
    ("datasets|c", {}, ("datasets.c.source", "missing", "'generate', 'import' or 'published'")),
    ("datasets|import", {"source": "generate"}, ("datasets.import.molecule", "missing")),
    ("datasets|a|file", "a.xyz", ("datasets.a.file", "unknown key")),
    ("datasets|b|energy_unit", "Ry", ("datasets.b.energy_unit = 'Ry'", "'kcal/mol'")),
    ("datasets|a|split", {"validation": 0.5, "test": 0.5}, ("datasets.a.split", "below 1")),
    ("datasets|a|split", {"test": 1.5}, ("datasets.a.split.test = 1.5", "less than 1")),
    ("datasets|a|sampling|n_frames", 99, ("datasets.a.sampling", "99", "multiple of")),
    ("datasets|tables", {"source": "generate", "molecule": "water"}, ("'tables'", "taken")),
]


@pytest.mark.parametrize(("path", "value", "expected"), BAD_VALUES)
def test_bad_value(
    path: str,
    value: Any,
    expected: tuple[str, ...],
    change: Callable[[str, Any], dict[str, Any]],
    study_file: Write,
) -> None:
    file = study_file(change(path, value))
    with pytest.raises(ConfigError) as caught:
        load_study(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert "\n" not in message
    for part in expected:
        assert part in message


@pytest.mark.parametrize("key", ["name", "datasets", "variants"])
def test_missing_key(key: str, study: dict[str, Any], study_file: Write) -> None:
    del study[key]
    with pytest.raises(ConfigError, match=rf"study\.yaml: {key}: required key is missing"):
        load_study(study_file(study))


def test_every_fault_is_named_in_one_error(
    change: Callable[[str, Any], dict[str, Any]], study_file: Write
) -> None:
    change("name", "a/b")
    file = study_file(change("training|max_epochs", 0))
    with pytest.raises(ConfigError) as caught:
        load_study(file)
    assert "name = 'a/b'" in str(caught.value)
    assert "training.max_epochs = 0" in str(caught.value)


BAD_TEXT = {
    "key twice": ("name: a\nname: b\n", "key 'name' is given twice (line 2)"),
    "key twice, inside": ("a: {b: 1,\n b: 2}\n", "key 'b' is given twice (line 2)"),
    "no text": ("", "expected keys and values, found NoneType"),
    "a list": ("- 1\n", "expected keys and values, found list"),
    "a false key": ("no: 1\n", "key False is not text"),
    "a list as key": ("? [a]\n: 1\n", "key ['a'] is not text"),
    "merge": ("a: &a {b: 1}\nc: {<<: *a}\n", "merge keys (<<) are not read (line 2)"),
    "a tab": ("a:\n\t- b\n", "not valid YAML"),
    "two documents": ("--- 1\n--- 2\n", "not valid YAML"),
    "no such day": ("name: 2020-99-99\n", "not valid YAML: month must be in 1..12"),
    "tag and value": ("name: !!int abc\n", "not valid YAML"),
    "tag without value": ("name: !!float ''\n", "not valid YAML"),
    "wrong bool": ("name: !!bool abc\n", "not valid YAML"),
    "wrong time": ("name: !!timestamp abc\n", "not valid YAML"),
    "too long a number": ("name: " + "9" * 5000, "not valid YAML"),
    "too deep": ("name: " + "[" * 1500 + "]" * 1500, "not valid YAML: nested too deeply"),
    "a control character": ("name: \x07\n", "not valid YAML"),
}


@pytest.mark.parametrize(("text", "expected"), BAD_TEXT.values(), ids=BAD_TEXT.keys())
def test_bad_text(text: str, expected: str, study_file: Write) -> None:
    file = study_file(text)
    with pytest.raises(ConfigError) as caught:
        load_study(file)
    assert str(caught.value).startswith(f"{file}: {expected}")
    assert "\n" not in str(caught.value)


def test_objects_are_never_made(study_file: Write, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    file = study_file(f"name: !!python/object/apply:os.system ['touch {trace}']\n")
    with pytest.raises(ConfigError, match=r"python/object/apply:os\.system"):
        load_study(file)
    assert not trace.exists()


def test_aliases_cannot_fill_the_message(study_file: Write) -> None:
    lines = ["l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 8)}]" for k in range(1, 12)]
    with pytest.raises(ConfigError) as caught:
        load_study(study_file("\n".join([*lines, "name: *l11"])))
    assert len(str(caught.value)) < 5000


def test_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(b"name: \xff\xfe")
    with pytest.raises(ConfigError, match=r"study\.yaml: not UTF-8 text"):
        load_study(path)


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_file_that_is_not_there(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file"):
        load_study(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nname: b\n", "'name' is given twice"),
        ("name: ../x\n", "name = '../x'"),
        ("training: {learning_rate: 1e-3}\n", "write 1.0e-3"),
        ('"two\\nlines": 1\n', r"'two\nlines': unknown key"),
        ("a: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        (None, "no such file"),
    ],
)
def test_command_line_ends_in_one_line(
    text: str | None,
    expected: str,
    study_file: Write,
    in_process: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    file = study_file(text) if text is not None else Path("absent.yaml")
    run = in_process("config", "check", file)
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr.startswith("nearsight: error: ")
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert expected in run.stderr
    assert "Traceback" not in run.stderr
    assert os.fspath(file) in run.stderr


def test_dynamics_need_energies(study: dict) -> None:
    study["every_variant"]["target"] = ["energy", "gap"]
    with pytest.raises(ConfigError, match=r"aim stability needs forces, .* lists gap"):
        validate(Study, study, "study.yaml")
    study["aim"] = "properties"
    assert len(validate(Study, study, "study.yaml").variant_table()) >= 2


def test_more_training_frames_than_are_drawn(study: dict) -> None:
    study["aim"] = "accuracy"
    study["every_variant"]["n_train"] = [100]
    study["datasets"] = {"qm9": {"source": "published", "name": "qm9pack", "n_frames": 100}}
    with pytest.raises(ConfigError, match=r"about 70 of 100 .* raise datasets\.qm9\.n_frames"):
        validate(Study, study, "study.yaml")
