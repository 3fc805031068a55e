"""`nearsight diagnose` on a calculator that everybody has, and what it refuses."""

import json
from pathlib import Path

import ase.io
import pytest
from ase import Atoms
from ase.build import molecule
from typer.testing import CliRunner

from nearsight.cli.app import app
from nearsight.errors import ConfigError, NearsightError
from nearsight.storage import read_groups

GOOD = "ase.calculators.lj:LennardJones"
SHIFTED = "{sigma: 1.0, epsilon: 0.1, rc: 20.0, smooth: true}"
BAD = '''
from ase.calculators.calculator import Calculator, all_changes


class Anchored(Calculator):
    """A molecule on springs that are fixed in space: its energy is not that of the molecule."""

    implemented_properties = ["energy", "forces"]

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {
            "energy": 0.5 * float((self.atoms.positions**2).sum()),
            "forces": -self.atoms.positions,
        }
'''


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a cluster, and a module of the user's that is wrong."""
    monkeypatch.chdir(tmp_path)
    ase.io.write("cluster.xyz", Atoms("Ar3", [[0, 0, 0], [1.1, 0, 0], [0.5, 1.0, 0.2]]))
    (tmp_path / "anchored.py").write_text(BAD, encoding="utf-8")
    return tmp_path


def run(*arguments: object):
    return CliRunner().invoke(app, ["diagnose", *map(str, arguments)])


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert isinstance(result.exception, NearsightError), result.output
    return str(result.exception)


def test_a_sound_calculator_passes_and_a_page_says_so(here: Path) -> None:
    result = run(
        GOOD, "cluster.xyz", "--calculator-arguments", SHIFTED, "--check", "symmetry", "--quick",
        "--reference", "none", "--strict", "--out", "out",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    document = json.loads((here / "out" / "diagnosis.json").read_text(encoding="utf-8"))
    assert document["verdict"] == "pass"
    assert document["effort"] == "quick"
    assert document["models"][0]["attributes"]["calculator"] == GOOD
    text = (here / "out" / "diagnosis.html").read_text(encoding="utf-8")
    assert GOOD in text
    assert document["models"][0]["checks"][0]["question"] in text
    assert "symmetry" in result.output or "symmetries" in result.output


def test_a_wrong_one_fails_and_strict_ends_with_one(here: Path) -> None:
    arguments = (
        "anchored:Anchored", "cluster.xyz", "--check", "symmetry", "--quick", "--reference", "none",
    )  # fmt: skip
    told, strict = run(*arguments, "--out", "told"), run(*arguments, "--strict", "--out", "strict")

    assert (told.exit_code, strict.exit_code) == (0, 1)
    for folder in ("told", "strict"):
        document = json.loads((here / folder / "diagnosis.json").read_text(encoding="utf-8"))
        assert document["verdict"] == "fail"
        findings = document["models"][0]["checks"][0]["findings"]
        bad = [finding for finding in findings if finding["verdict"] == "fail"]
        assert any("translation" in finding["quantity"] for finding in bad)
        assert all(finding["advice"] for finding in bad)


def test_several_models_are_compared(here: Path) -> None:
    result = run(
        GOOD, "anchored:Anchored", "cluster.xyz", "--calculator-arguments", SHIFTED,
        "--calculator-arguments", "{}", "--label", "pairs", "--label", "springs",
        "--check", "symmetry", "--quick", "--reference", "none", "--out", "out",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    document = json.loads((here / "out" / "diagnosis.json").read_text(encoding="utf-8"))
    assert [(m["label"], m["verdict"]) for m in document["models"]] == [
        ("pairs", "pass"),
        ("springs", "fail"),
    ]
    assert {"/model_0/symmetry", "/model_1/symmetry"} <= set(
        read_groups(here / "out" / "diagnosis.nc")
    )


def test_nothing_is_left_beside_the_folder(here: Path) -> None:
    before = {path.name for path in here.iterdir()}
    result = run(
        GOOD, "cluster.xyz", "--calculator-arguments", SHIFTED, "--quick", "--check", "symmetry",
        "--check", "dynamics", "--reference", "none", "--out", "out",
    )  # fmt: skip

    assert result.exit_code == 0, result.output
    assert {path.name for path in here.iterdir()} - before <= {"out", "__pycache__"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--quick", "--full"), "--quick and --full: choose one of them"),
        (("--check", "horoscope"), "--check horoscope: expected one of symmetry, cutoff"),
        (("--reference", "no_module:factory"), "no_module"),
        (("--calculator-arguments", "[1, 2]"), "expected {key: value, ...}"),
        (("--calculator-arguments", "{}", "--label", "a", "--label", "b"), "--label: given 2"),
        (("--labels", "absent.nc"), "absent.nc: no such file"),
    ],
)
def test_what_is_wrong_ends_in_a_line_before_any_work(
    here: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert message in refused(GOOD, "cluster.xyz", *arguments, "--out", "out")
    assert not (here / "out").exists()


@pytest.mark.parametrize("name", ["notes.txt", "frames_mine.xyz"])
def test_a_folder_that_holds_other_things_is_not_replaced(here: Path, name: str) -> None:
    (here / "out").mkdir()
    (here / "out" / name).write_text("mine", encoding="utf-8")

    assert name in refused(GOOD, "cluster.xyz", "--out", "out")
    assert (here / "out" / name).read_text(encoding="utf-8") == "mine"


def test_structures_that_are_not_there_are_named(here: Path) -> None:
    assert "absent.xyz: no such file" in refused(GOOD, "absent.xyz", "--out", "out")


def test_the_output_is_never_an_input(here: Path) -> None:
    (here / "folder").mkdir()
    ase.io.write(here / "folder" / "frames_model_0_in.xyz", molecule("H2O"))

    result = run(GOOD, "folder/frames_model_0_in.xyz", "--out", "folder")
    assert isinstance(result.exception, ConfigError)
    assert (here / "folder" / "frames_model_0_in.xyz").exists()
