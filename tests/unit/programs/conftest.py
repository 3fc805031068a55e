"""One folder of programs, made by two processes that wanted the same program at the same time."""

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from nearsight.programs import machine


def put_compiler(folder: Path, script: str) -> Path:
    """A folder for PATH whose ``g++`` is a script that speaks as the real one does."""
    real = shutil.which("g++")
    if real is None:
        pytest.skip("there is no g++ here")
    folder.mkdir(exist_ok=True)
    told = f'#!/bin/sh\nREAL={real}\n[ "$1" = --version ] && exec $REAL --version\n'
    (folder / "g++").write_text(f"{told}{script}\n")
    (folder / "g++").chmod(0o755)
    return folder


@dataclass(frozen=True)
class Placed:
    """A folder of programs and the two processes that filled it."""

    folder: Path
    calls: list[str]
    runs: list[subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Placed:
    """Two processes at once, with a compiler that notes every call."""
    home = tmp_path_factory.mktemp("programs")
    home.chmod(stat.S_IRWXU)
    calls = home / "calls"
    path = put_compiler(home / "bin", f'echo "$@" >> {calls}\nexec $REAL "$@"')
    environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    folder = home / "store"
    code = f"import compiled_pieces; compiled_pieces.compile_one({str(folder)!r})"
    command = [sys.executable, "-c", code]
    started = [
        subprocess.Popen(
            command,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    runs = []
    for process in started:
        out, err = process.communicate(timeout=600)
        runs.append(subprocess.CompletedProcess(command, process.returncode, out, err))
    return Placed(folder, calls.read_text().splitlines(), runs)


@pytest.fixture
def compiler_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Puts a script in the place of the compiler."""

    def put(script: str) -> None:
        folder = put_compiler(tmp_path / "bin", script)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    machine.compiler.cache_clear()
    yield put
    machine.compiler.cache_clear()
