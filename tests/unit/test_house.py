"""Rules of the house, read off the source: docstrings, types, sizes, no pickles, a quick CLI."""

import ast
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "nearsight"
FILES = sorted(SOURCE.rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef

UNPICKLES = "unpickled.py"
FORBIDDEN = {
    "pickle": re.compile(
        r"\b(?:import|from)\s+(?:c?[pP]ickle|dill|cloudpickle|joblib|shelve|marshal)\b"
    ),
    "torch.load": re.compile(r"\btorch\.load\("),
    "torch.save": re.compile(r"\btorch\.save\("),
    "allow_pickle": re.compile(r"allow_pickle\s*=\s*True"),
    "read_pickle": re.compile(r"\b(?:read|to)_pickle\("),
    "eval and exec": re.compile(r"(?<![\w.])(?:eval|exec)\("),
    "shell": re.compile(r"shell\s*=\s*True|\bos\.system\("),
    "loose YAML": re.compile(
        r"yaml\.(?:unsafe_|full_)?load(?:_all)?\((?!text, Loader=_StrictLoader\))"
    ),
}


def names(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """Module-level functions and classes, and methods of public classes, without an underscore."""
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, Function) and not inner.name.startswith("_"):
                        yield f"{node.name}.{inner.name}", inner


def unannotated(function: Function) -> list[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    missing = [a.arg for a in named if a.annotation is None and a.arg not in ("self", "cls")]
    return missing + (["return"] if function.returns is None else [])


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=names)
def test_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), "the module has no docstring"
    missing = [name for name, node in public_functions(tree) if not ast.get_docstring(node)]
    assert not missing, f"no docstring: {missing}"


@pytest.mark.parametrize("path", FILES, ids=names)
def test_annotations(path: Path) -> None:
    functions = [
        n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, Function)
    ]
    missing = {node.name: unannotated(node) for node in functions if unannotated(node)}
    assert not missing


@pytest.mark.parametrize("path", FILES, ids=names)
def test_sizes(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, Function):
            start = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            assert (node.end_lineno or 0) - start.lineno < 60, f"{node.name} is too long"


@pytest.mark.parametrize("path", FILES, ids=names)
def test_nothing_unsafe(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    found = [name for name, pattern in FORBIDDEN.items() if pattern.search(text)]
    assert found == (["torch.load"] if path.name == UNPICKLES else [])


def test_what_unpickles_runs_in_a_process_of_its_own() -> None:
    """One module loads a pickle that a user trusts, and no other imports it."""
    assert [path.name for path in FILES].count(UNPICKLES) == 1
    imported = re.compile(r"(?:import|from)\s[^\n]*\bunpickled\b")
    assert imported.search("from nearsight.models.unpickled import main")
    assert not [path for path in FILES if imported.search(path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("import pickle", "pickle"),
        ("x = torch.load(path)", "torch.load"),
        ("np.load(p, allow_pickle=True)", "allow_pickle"),
        ("yaml.load(text)", "loose YAML"),
        ("yaml.load(text, Loader=yaml.Loader)", "loose YAML"),
        ("yaml.unsafe_load(text)", "loose YAML"),
        ("eval(text)", "eval and exec"),
    ],
)
def test_the_patterns_find_what_they_are_for(line: str, name: str) -> None:
    assert FORBIDDEN[name].search(line)
    assert not FORBIDDEN["loose YAML"].search("yaml.safe_load(text)")
    assert not FORBIDDEN["eval and exec"].search("network.eval()")


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=240, check=False
    )


def children_seconds() -> float:
    """CPU seconds of finished child processes: what a wait takes on an idle machine."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_of(code: str, *arguments: str) -> float:
    """CPU seconds of a Python process, the fewest of five."""
    seconds = []
    for _ in range(5):
        start = children_seconds()
        command = [sys.executable, "-c", code, *arguments]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds.append(children_seconds() - start)
        assert run.returncode == 0, run.stderr
    return min(seconds)


def test_help_answers_at_once() -> None:
    """About as soon as typer could, whatever the machine."""
    least = cpu_of("import typer.main, typer.rich_utils, rich.markdown, rich.table")
    assert cpu_of("from nearsight.cli import main; main()", "--help") < 2 * least


HEAVY = {
    "torch", "schnetpack", "numpy", "xarray", "scipy", "ase", "MDAnalysis", "tblite", "rdkit",
    "lifelines", "matplotlib", "netCDF4", "pandas", "safetensors", "snakemake",
}  # fmt: skip


def test_the_command_line_imports_nothing_heavy() -> None:
    run = python("import sys, nearsight.cli; print(*sys.modules)")
    assert run.returncode == 0, run.stderr
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert "typer" in loaded
    assert not loaded & HEAVY


def test_data_and_configuration_do_without_networks() -> None:
    modules = "nearsight.config, nearsight.data.frames, nearsight.storage"
    code = f"import sys, {modules}; print(*sys.modules)"
    loaded = {name.partition(".")[0] for name in python(code).stdout.split()}
    assert "nearsight" in loaded
    assert not loaded & {"torch", "schnetpack", "matplotlib", "MDAnalysis"}
