import os
import shutil
import sys
from pathlib import Path

import pytest
from filelock import FileLock

sys.path.insert(0, str(Path(__file__).parent))

from snakemake_runs import IN_BATCHES, snakemake


@pytest.fixture(scope="session")
def smoke_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest study, run once for all processes of a test run; to be copied, not changed."""
    shared = tmp_path_factory.getbasetemp()
    home = (shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared) / "smoke study"
    with FileLock(f"{home}.lock"):
        if not (home / "done").exists():
            home.mkdir(exist_ok=True)
            run = snakemake(home, "--cores", "2", *IN_BATCHES)
            assert run.returncode == 0, run.stdout + run.stderr
            (home / "done").touch()
    return home


@pytest.fixture(scope="module")
def folder(smoke_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the smallest study, finished, with what Snakemake knows of it."""
    return Path(shutil.copytree(smoke_study, tmp_path_factory.mktemp("smoke") / "study"))
