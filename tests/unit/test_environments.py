"""The environments agree with each other and with what the project says it needs."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LATER = '; python_version >= "3.12"'
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


def test_schnetpack_comes_by_its_own_metadata_on_later_versions(envs: Path) -> None:
    """The same version, and the same pins of what it brings, for CPUs and GPUs."""
    later = [
        [line for line in (envs / name).read_text().splitlines() if line.endswith(LATER)]
        for name in LOCKS
    ]
    assert later[0] == later[1]
    brought = pins([line.removesuffix(LATER) for line in later[0]])
    assert len(brought) == len(later[0]) > 5
    assert SCHNETPACK.endswith(f"schnetpack=={brought['schnetpack']}")
    common = pins((envs / LOCKS[0]).read_text().splitlines())
    assert not brought.keys() & common.keys()
    dev = pins((envs / "requirements-dev.txt").read_text().splitlines())
    both = brought.keys() & dev.keys()
    assert {name: brought[name] for name in both} == {name: dev[name] for name in both}


def stand_in(folder: Path, name: str, version: tuple[int, int] | None) -> None:
    """An interpreter of that version; without one, what a version manager leaves: it only fails."""
    text = f"import sys; sys.version_info = (*{version}, 0); exec(sys.argv[2])"
    body = "exit 127" if version is None else f'exec {sys.executable} -c "{text}" "$@"'
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def find_python(envs: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(envs / "find_python.sh"), *arguments],
        env={**os.environ, "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("there", "first"),
    [
        ({"python3.11": (3, 11), "python3.12": (3, 12)}, "python3.11"),
        ({"python3.12": (3, 12), "python3.13": (3, 13), "python3": (3, 11)}, "python3.12"),
        ({"python3.11": None, "python3.12": None, "python3.13": (3, 13)}, "python3.13"),
        ({"python3.12": None, "python3": (3, 12)}, "python3"),
        ({"python3": (3, 10)}, None),
        ({"python3": (3, 14)}, None),
        ({}, None),
    ],
)
def test_the_first_python_that_fits_is_taken(
    there: dict[str, tuple[int, int] | None], first: str | None, envs: Path, tmp_path: Path
) -> None:
    for name, version in there.items():
        stand_in(tmp_path, name, version)
    run = find_python(envs, tmp_path)
    if first is not None:
        assert (run.returncode, run.stdout, run.stderr) == (0, f"{first}\n", "")
        return
    assert run.returncode == 1
    assert run.stderr.splitlines() == [run.stderr.strip()]
    assert "needs Python 3.11, 3.12 or 3.13 with venv" in run.stderr
    assert "make PYTHON=" in run.stderr


def test_a_python_by_name_is_taken_or_named(envs: Path, tmp_path: Path) -> None:
    stand_in(tmp_path, "python3.11", (3, 11))
    stand_in(tmp_path, "old", (3, 9))
    assert find_python(envs, tmp_path, "python3.11").stdout == "python3.11\n"
    assert "and old is not that" in find_python(envs, tmp_path, "old").stderr


def test_conda_form_has_what_snakemake_asks_for(conda: dict) -> None:
    assert conda["channels"] == ["conda-forge"]
    names = [part.split("=")[0] for part in conda["dependencies"] if isinstance(part, str)]
    assert {"python", "pip"} <= set(names)


def test_versions_of_python_are_those_that_make_looks_for(repository: Path, envs: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    stated = re.findall(r"Python :: (3\.\d+)", " ".join(project["classifiers"]))
    looked_for = re.findall(r"python(3\.\d+)", (envs / "find_python.sh").read_text())
    assert stated == looked_for == ["3.11", "3.12", "3.13"]


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


def test_force_fields_of_others_change_nothing_of_the_lock(repository: Path, envs: Path) -> None:
    """They are installed without dependencies, every one with its version, beside the lock."""
    lines = (envs / "requirements-models.txt").read_text().splitlines()
    others = pins(lines)
    assert len(others) == len([line for line in lines if not line.startswith("#")]) > 2
    assert {"so3krates-torch", "chgnet"} <= others.keys()
    locked = pins((envs / LOCKS[0]).read_text().splitlines())
    assert not others.keys() & (locked.keys() | {"torch", "schnetpack", "nearsight"})
    makefile = (repository / "Makefile").read_text()
    assert "install --no-deps -r envs/requirements-models.txt" in makefile


def test_an_environment_beside_sees_the_other_behind_its_own(envs: Path, tmp_path: Path) -> None:
    base, new = tmp_path / "base", tmp_path / "new one"
    make = [sys.executable, "-m", "venv", "--without-pip", str(base)]
    subprocess.run(make, check=True)
    run = subprocess.run(["/bin/sh", str(envs / "beside.sh"), str(base), str(new)], check=False)
    assert run.returncode == 0
    for folder, text in ((base, "base"), (new, "new")):
        (packages,) = folder.glob("lib/python3*/site-packages")
        (packages / "both_have.py").write_text(f"WHO = {text!r}\n")
        (packages / f"only_{text}.py").write_text("")
    code = "import both_have, only_base, only_new; print(both_have.WHO)"
    command = [str(new / "bin" / "python"), "-c", code]
    assert subprocess.run(command, capture_output=True, text=True).stdout == "new\n"
