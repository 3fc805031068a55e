import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scenarios import ALONE, SEEDS, SIDE_BY_SIDE
from slurm_cluster import Cluster, missing
from slurm_study import SlurmStudy, in_cores

AT_ONCE = 4
"""Scenarios wait more than they compute."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    reason = missing()
    if reason:
        pytest.skip(f"no SLURM to be had here: {reason}")
    cluster = Cluster()
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def undisturbed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study as it comes out where nothing happens, on this machine and without SLURM."""
    folder = tmp_path_factory.mktemp("undisturbed")
    in_cores(folder)
    return folder


@pytest.fixture(scope="session")
def studies(
    undisturbed: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, SlurmStudy]]:
    """A study for every scenario."""
    home = tmp_path_factory.mktemp("disturbed")
    made = {name: SlurmStudy(home / name, undisturbed, seed) for name, seed in SEEDS.items()}
    yield made
    for study in made.values():
        study.end()


@pytest.fixture(scope="session")
def outcomes(cluster: Cluster, studies: dict[str, SlurmStudy]) -> dict[str, Future[None]]:
    """Every scenario played to its end; asking for the result of one raises what it raised."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures = {
            name: pool.submit(scenario, studies[name], cluster)
            for name, scenario in SIDE_BY_SIDE.items()
        }
        wait(futures.values())
        for name, scenario in ALONE.items():
            futures[name] = pool.submit(scenario, studies[name], cluster)
            wait([futures[name]])
    return futures
