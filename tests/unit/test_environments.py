"""The environments agree with each other and with what the project says it needs."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("requirements-cpu.txt", "requirements-gpu.txt")
SCHNETPACK = "--no-deps --ignore-requires-python schnetpack==2.2.0"


def pins(lines: list[str]) -> dict[str, str]:
    found = (re.fullmatch(r"\s*([\w.-]+)==([\w.+]+)", line) for line in lines)
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.fixture(scope="module")
def envs(repository: Path) -> Path:
    return repository / "envs"


@pytest.fixture(scope="module")
def conda(envs: Path) -> dict:
    return yaml.safe_load((envs / "environment.yaml").read_text())


def test_locks_and_conda_form_hold_the_same_versions(envs: Path, conda: dict) -> None:
    cpu, gpu = (pins((envs / name).read_text().splitlines()) for name in LOCKS)
    (by_pip,) = (part["pip"] for part in conda["dependencies"] if isinstance(part, dict))
    assert len(cpu) > 50
    assert cpu == gpu == pins(by_pip)


def test_every_dependency_is_pinned_within_its_bounds(repository: Path, envs: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    locked = pins((envs / LOCKS[0]).read_text().splitlines())
    for text in project["dependencies"]:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if name == "schnetpack":
            continue
        assert locked[name] in requirement.specifier, text


def test_schnetpack_is_installed_the_same_way_everywhere(repository: Path, envs: Path) -> None:
    places = ("Makefile", "envs/nearsight.def", "envs/environment.post-deploy.sh")
    assert all(SCHNETPACK in (repository / place).read_text() for place in places)


def test_conda_form_has_what_snakemake_asks_for(conda: dict) -> None:
    assert conda["channels"] == ["conda-forge"]
    names = [part.split("=")[0] for part in conda["dependencies"] if isinstance(part, str)]
    assert {"python", "pip"} <= set(names)


def test_apptainer_definition(repository: Path, envs: Path) -> None:
    """Its sections are Apptainer's, what it copies is there, its Python is ours."""
    text = (envs / "nearsight.def").read_text()
    header, *rest = re.split(r"^%", text, flags=re.M)
    assert re.search(r"^Bootstrap: docker$", header, re.M)
    assert "python:3.11" in header
    sections = {part.split("\n", 1)[0]: part.split("\n", 1)[1] for part in rest}
    known = {"arguments", "files", "post", "environment", "test", "runscript", "labels", "help"}
    assert sections.keys() == known
    lock = re.search(r"LOCK=(\S+)", sections["arguments"])
    assert lock
    assert lock[1] in LOCKS
    for line in sections["files"].splitlines():
        if line.strip():
            source, target = line.replace("{{ LOCK }}", lock[1]).split()
            assert (repository / source).exists(), source
            assert target.startswith("/opt/nearsight/")
