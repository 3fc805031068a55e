"""No name of a family stands outside its folder: adding one changes nothing else.

Searched are string literals that are values, and identifiers, of the package, the workflow and the
scripts of the docs. Prose may name families where it cites a paper or shows an example: docstrings,
comments, help texts of the command line, captions, and error messages of a study's own files.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from nearsight.families.registry import FAMILIES
from nearsight.families.specs import look_of

REPOSITORY = Path(__file__).parents[2]
PACKAGE = REPOSITORY / "src" / "nearsight"
LISTS = {PACKAGE / "families" / "specs.py", PACKAGE / "families" / "registry.py"}
NAMES = re.compile("|".join(rf"{name}(?!pack)" for name in FAMILIES), re.IGNORECASE)
EXAMPLES = re.compile(r"Example|e\.g\.|for example", re.IGNORECASE)


def sources() -> list[Path]:
    own = [PACKAGE / "families" / name for name in FAMILIES]
    found = [*PACKAGE.rglob("*.py"), *(REPOSITORY / "docs").glob("*.py")]
    return [f for f in found if f not in LISTS and not any(home in f.parents for home in own)]


def docstrings(tree: ast.AST) -> set[int]:
    """Nodes of text that stands as a statement: docstrings, also those of constants."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def helps(tree: ast.AST) -> set[int]:
    """Texts of keywords ``help`` and ``description`` that show an example."""
    return {
        id(node)
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg in ("help", "description")
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Constant) and EXAMPLES.search(str(node.value))
    }


def named(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every literal and identifier that names a family."""
    tree = ast.parse(source)
    prose = docstrings(tree) | helps(tree)
    for node in ast.walk(tree):
        texts: list[str] = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            texts = [node.value]
        elif isinstance(node, ast.Name):
            texts = [node.id]
        elif isinstance(node, ast.Attribute):
            texts = [node.attr]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            texts = [node.name]
        elif isinstance(node, ast.arg | ast.keyword):
            texts = [node.arg or ""]
        elif isinstance(node, ast.ImportFrom | ast.Import):
            texts = [alias.name for alias in node.names]
            texts += [getattr(node, "module", None) or ""]
        yield from ((getattr(node, "lineno", 0), text) for text in texts if NAMES.search(text))


def test_no_source_names_a_family() -> None:
    found = [
        f"{file.relative_to(REPOSITORY)}:{line}: {text}"
        for file in sources()
        for line, text in named(file.read_text(encoding="utf-8"))
    ]
    assert not found, "\n".join(found)


def test_no_rule_of_the_workflow_names_a_family() -> None:
    rules = [*(REPOSITORY / "workflow").rglob("*.smk"), *(REPOSITORY / "workflow").rglob("*.py")]
    assert rules
    rules.append(REPOSITORY / "Snakefile")
    for file in rules:
        code = re.sub(r"#.*", "", file.read_text(encoding="utf-8"))
        assert not NAMES.search(code), f"{file}: {NAMES.search(code)}"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ('x = family == "painn"', True),
        ('KINDS = {"SchNet": 1}', True),
        ("from nearsight.families.painn.walks import a", True),
        ("def freeze_schnet(): ...", True),
        ("import schnetpack as spk", False),
        ('def f(x):\n    """PaiNN of Schütt et al."""', False),
        ("f(help=\"The variant, e.g. '{family: painn}'.\")", False),
        ('f(help="PaiNN or not")', True),
        ("x = 1  # as PaiNN", False),
    ],
)
def test_the_search_finds_what_it_is_for(source: str, seen: bool) -> None:
    assert any(named(source)) == seen


def test_titles_are_searched_for_too() -> None:
    assert all(NAMES.search(look_of(name).title) for name in FAMILIES)
