"""Fixtures that several rooms share."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before any library reads it: more threads than cores slow everything down.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# How long an example takes is the machine's business: a busy one is no failure.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def programs_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Compiled programs go to a folder of the tests, which all of their processes share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "programs_of_tests"
    os.environ["NEARSIGHT_PROGRAMS"] = str(folder)
    yield folder
    del os.environ["NEARSIGHT_PROGRAMS"]


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data beside the checkout; never copied into the project."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no folder shared/data beside this checkout")
    return folder


@pytest.fixture
def nearsight(tmp_path: Path) -> Command:
    """The real command line in its own process, started in ``tmp_path``."""

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from nearsight.cli import main; main()"]
        return subprocess.run(
            [*command, *map(str, arguments)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )

    return run


@pytest.fixture
def in_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """The same as ``nearsight`` from here: what is imported already is not imported again."""
    from nearsight.cli import main

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = ["nearsight", *map(str, arguments)]
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", command)
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return subprocess.CompletedProcess(command, int(end.value.code or 0), said.out, said.err)

    return run
