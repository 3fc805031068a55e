"""SchNetPack's modules without its ``__init__``: quick, and whole as soon as anybody wants that."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest


def told_by(code: str, folder: Path | None = None) -> list[str]:
    """What a Python process of its own prints, in words."""
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.split()


@pytest.mark.parametrize("family", ["schnet", "painn", "so3net"])
def test_a_network_needs_neither_lightning_nor_a_simulator(family: str) -> None:
    """Not to be made, not for forces, not for what follows."""
    code = f"""
import sys
import torch
import nearsight.models.opening, nearsight.train.run, nearsight.explain
from nearsight.config import make_variant
from nearsight.families.registry import build_network
from nearsight.models.potential import build_potential
variant = make_variant(family="{family}", cutoff=4.0, depth=2, features=8)
network = build_network(variant)
numbers, position = torch.tensor([8, 1, 1]), torch.eye(3, dtype=torch.float64)[None]
potential = build_potential(network, numbers, variant, dtype=torch.float64, device="cpu")
assert potential(position)[1].isfinite().all()
print(network.spk_version, *sys.modules)
"""
    number, *loaded = told_by(code)
    assert number == version("schnetpack")
    assert {"torch", "schnetpack.representation", "nearsight.train.run"} <= set(loaded)
    unwanted = {"pytorch_lightning", "torchmetrics", "schnetpack.md", "schnetpack.datasets"}
    assert not unwanted & set(loaded)
    # Coefficients of spherical harmonics are SO3net's alone.
    assert ("sympy.physics.wigner" in loaded) is (family == "so3net")


def test_who_wants_the_whole_package_gets_it() -> None:
    """With the same classes as before, and as a package like any other."""
    code = """
import nearsight.families
import schnetpack as spk
from schnetpack.nn import Dense
assert not hasattr(spk, "__no_such__")
before = type(spk).__name__
print(before, spk.__version__, type(spk).__name__, spk.AtomisticTask.__name__, type(spk).__name__)
assert spk.nn.Dense is Dense
"""
    assert told_by(code) == [
        "PartsOfPackage",
        version("schnetpack"),
        "PartsOfPackage",
        "AtomisticTask",
        "module",
    ]


@pytest.mark.parametrize("first", ["schnetpack", "nearsight.families"])
def test_it_does_not_matter_who_is_imported_first(first: str) -> None:
    code = f"""
import {first}, nearsight.families
from schnetpack import *
from schnetpack import md, properties
print(type(md).__name__, properties.energy, AtomisticTask.__name__)
"""
    assert told_by(code) == ["module", "energy", "AtomisticTask"]


def test_a_name_that_nobody_has_is_an_attribute_error(tmp_path: Path) -> None:
    package = tmp_path / "slow"
    package.mkdir()
    (package / "__init__.py").write_text("print('init')\nvalue = 3\n", encoding="utf-8")
    (package / "part.py").write_text("value = 4\n", encoding="utf-8")
    code = """
from nearsight.families.parts import import_parts_alone
import_parts_alone("slow")
import_parts_alone("no_such_package")
import slow
from slow import part
print(part.value, slow.part.value)
print(slow.value)
try:
    slow.no_such_name
except AttributeError:
    print("none")
"""
    assert told_by(code, tmp_path) == ["4", "4", "init", "3", "none"]


def test_nothing_is_imported_before_anybody_asks() -> None:
    code = "import nearsight.families, sys; print('schnetpack' in sys.modules)"
    assert told_by(code) == ["False"]


def test_one_finder_serves_however_often_it_is_asked_for() -> None:
    code = """
import sys
from nearsight.families.parts import PartsFinder, import_parts_alone
import_parts_alone("schnetpack")
print(sum(isinstance(one, PartsFinder) for one in sys.meta_path))
"""
    assert told_by(code) == ["1"]


MODULES = {
    "slow/__init__.py": "print('slow')",
    "slow/far/__init__.py": "",
    "slow/far/away.py": "print('away')\ndef add(a, b): return a + b",
    "user.py": "from slow.far.away import add\ndef twice(a): return add(a, a)",
}
LATER = """
import sys
from nearsight.families.parts import LaterFinder, import_when_called
for _ in range(2):
    import_when_called("user", "slow.far.away", "add")
finders = [one for one in sys.meta_path if isinstance(one, LaterFinder)]
assert [one.module for one in finders].count("user") == 1
"""


@pytest.fixture
def modules(tmp_path: Path) -> Path:
    for name, text in MODULES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_what_one_function_needs_is_imported_when_it_is_called(modules: Path) -> None:
    code = (
        LATER
        + """
import inspect, user
print("imported", "slow" in sys.modules, user.twice(2), "slow" in sys.modules, user.twice(3))
assert "from slow" in inspect.getsource(user)
assert type(user.__loader__).__name__ == type(user.__spec__.loader).__name__ == "SourceFileLoader"
"""
    )
    told = told_by(code, modules)
    assert told == ["slow", "away", "imported", "False", "4", "True", "6"]


def test_what_is_there_already_is_taken_as_it_is(modules: Path) -> None:
    code = (
        LATER
        + """
import slow
import user
print("imported", "slow.far.away" in sys.modules, user.add.__module__)
"""
    )
    assert told_by(code, modules) == ["slow", "away", "imported", "True", "slow.far.away"]


def test_a_module_that_fails_leaves_no_stand_in(modules: Path) -> None:
    (modules / "user.py").write_text("from slow.far.away import add, subtract")
    code = (
        LATER
        + """
try:
    import user
except ImportError as error:
    print(error.name)
from slow.far.away import add
print(add(1, 2))
"""
    )
    assert told_by(code, modules) == ["slow.far.away", "slow", "away", "3"]
