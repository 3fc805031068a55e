"""What files say of a calculator, which has none of its own: package, arguments, what it read."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from nearsight.models.opening import open_model
from nearsight.storage import sha256

OWN = """
from ase.calculators.lj import LennardJones

def factory(**_):
    return LennardJones()
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("traced_calculator.py").write_text(OWN)


def test_an_installed_package_by_its_version() -> None:
    said = open_model("ase.calculators.lj:LennardJones", {"sigma": 1.2}).attributes
    assert said["calculator_package"] == f"ase {version('ase')}"
    assert json.loads(said["calculator_arguments"]) == {"sigma": 1.2}
    assert "calculator_files" not in said


def test_a_module_of_the_working_folder_by_its_content() -> None:
    """And the files that its arguments name; what is no file is an argument like any other."""
    Path("weights.pt").write_bytes(b"weights")
    given = {"model": "weights.pt", "size": "small", "long": "x" * 5000, "none": "", "depth": 3}
    said = open_model("traced_calculator:factory", given).attributes
    files = json.loads(said["calculator_files"])
    assert files == {name: sha256(Path(name)) for name in ("weights.pt", "traced_calculator.py")}
    assert "calculator_package" not in said
    description = open_model("traced_calculator:factory", given).description
    assert description["model_kind"] == "calculator"
    assert said.items() <= description.items()


def test_other_code_is_another_calculator() -> None:
    before = open_model("traced_calculator:factory").attributes
    Path("traced_calculator.py").write_text(OWN + "\n# changed\n")
    after = open_model("traced_calculator:factory").attributes
    assert before["calculator_files"] != after["calculator_files"]
