"""README: short, in its order, and its code runs."""

import re
import runpy
from pathlib import Path

import pytest
import yaml
from ase.build import molecule
from ase.io import write

from nearsight.config import make_variant
from nearsight.config.loading import load_study
from nearsight.families.registry import build_network
from nearsight.models.files import save_model
from nearsight.models.model import Model

README = Path(__file__).parents[3] / "README.md"
ORDER = [
    "Two commands", "What comes out", "Your own force field", "Your own molecule", "Your own data",
    "Python", "Where to read on",
]  # fmt: skip
EXPLAINED = ("cutoff", "depth", "response", "decay", "decade", "relevance", "walks")
GONE = ("survival points the same way", "also moves like it")


@pytest.fixture(scope="module")
def text() -> str:
    return README.read_text(encoding="utf-8")


def code(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def test_it_is_short_and_in_order(text: str) -> None:
    lines = text.splitlines()
    assert len(lines) <= 100
    assert max(map(len, lines)) <= 100
    assert re.findall(r"(?m)^## (.*)$", text) == ORDER
    assert len(re.findall(r"!\[", text)) == 1
    assert not [claim for claim in GONE if claim in text.lower()]


@pytest.mark.parametrize("word", EXPLAINED)
def test_words_are_explained_where_they_first_stand(text: str, word: str) -> None:
    """Where it is explained a word is set off; before that it does not stand."""
    first = re.search(rf"(?i)\b{word}\b", text)
    assert first is not None
    assert text[first.start() - 1] == "*", f"{word} stands before it is explained"


def test_its_links_lead_somewhere(text: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert not [link for link in links if "://" not in link and not (README.parent / link).exists()]


def test_the_study_of_an_own_molecule_is_five_lines_that_are_valid(
    text: str, tmp_path: Path
) -> None:
    own, other = code(text, "yaml")
    assert len(own.splitlines()) == 5
    path = tmp_path / "mine.yaml"
    path.write_text(own, encoding="utf-8")
    assert load_study(path).name == "mine"
    replaced = {**yaml.safe_load(own), **yaml.safe_load(other)}
    path.write_text(yaml.safe_dump(replaced), encoding="utf-8")
    assert str(load_study(path).datasets["mine"].file) == "my.xyz"


def test_its_python_runs(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (lines,) = code(text, "python")
    assert len([line for line in lines.splitlines() if line]) == 10
    variant = make_variant(family="schnet", cutoff=3.0, depth=2, features=4, seed=1)
    model = Model(build_network(variant), variant, atom_reference={1: 0.0, 6: 0.0, 8: 0.0})
    save_model(model, tmp_path / "model.safetensors")
    write(tmp_path / "molecule.xyz", molecule("CH3OH"))
    (tmp_path / "ten_lines.py").write_text(lines, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    left = runpy.run_path("ten_lines.py")
    assert left["chain"].n_atoms == len(left["molecule"]) == 6
    assert "relevance" in capsys.readouterr().out
