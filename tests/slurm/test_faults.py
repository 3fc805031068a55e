"""What clusters do to jobs; after all of it the study's table is the one that nothing disturbed."""

import os
import re
import shutil
import subprocess
from concurrent.futures import Future
from pathlib import Path

import pytest
import xarray as xr
from safetensors.numpy import load_file
from scenarios import SEEDS
from slurm_cluster import Cluster, output
from slurm_study import (
    COMMAND,
    CONFIG,
    DATA,
    REPOSITORY,
    SECONDS,
    TABLE,
    TRAINED,
    SlurmStudy,
    environment,
    in_cores,
    variant,
)

pytestmark = [pytest.mark.slurm, pytest.mark.slow]
COSTS = re.compile("seconds")
"""What no two runs agree on."""

Outcomes = dict[str, Future[None]]


def same_file(one: Path, other: Path) -> None:
    with xr.open_dataset(one) as first, xr.open_dataset(other) as second:
        costs = [name for name in first.variables if COSTS.search(str(name))]
        xr.testing.assert_equal(first.drop_vars(costs), second.drop_vars(costs))


@pytest.mark.parametrize("fault", SEEDS)
def test_network_is_the_undisturbed_one(
    fault: str, outcomes: Outcomes, studies: dict[str, SlurmStudy], undisturbed: Path
) -> None:
    outcomes[fault].result()
    study = studies[fault]
    expected = undisturbed / variant(study.seed)
    weights, others = (load_file(home / "model.safetensors") for home in (study.home, expected))
    assert weights.keys() == others.keys()
    assert all((weights[name] == others[name]).all() for name in weights)
    for name in ("history.nc", "evaluation.nc"):
        same_file(study.home / name, expected / name)
    # Nothing half-written, and no checkpoint of what is done.
    assert sorted(path.name for path in study.home.iterdir()) == sorted(TRAINED)


def test_table_is_the_undisturbed_one(
    outcomes: Outcomes, studies: dict[str, SlurmStudy], undisturbed: Path, tmp_path: Path
) -> None:
    """The networks that came through, and all that follows from them."""
    folder = tmp_path / "joined"
    left = shutil.ignore_patterns("tables", *(variant(seed).name for seed in SEEDS.values()))
    shutil.copytree(undisturbed, folder, ignore=left)
    for name, study in studies.items():
        outcomes[name].result()
        shutil.copytree(study.home, folder / variant(study.seed))
    said = in_cores(folder)
    assert not re.search(r"^train", said.rpartition("Job stats:")[2], re.M)
    same_file(folder / TABLE, undisturbed / TABLE)
    with xr.open_dataset(folder / TABLE) as table:
        assert (table["status"] == "ok").all()
        assert dict(table.sizes)["model"] == len(list((folder / DATA).glob("schnet*")))


def test_profile_of_a_user(cluster: Cluster, undisturbed: Path, tmp_path: Path) -> None:
    """`make slurm-profile`, two of three lines edited, and networks share a GPU."""
    home = {**environment(), "XDG_CONFIG_HOME": str(tmp_path)}
    put = ["bash", str(REPOSITORY / "workflow" / "profiles" / "put.sh")]
    told = subprocess.run(put, capture_output=True, text=True, env=home, check=True).stdout
    assert told.count("EDIT") == 3
    profile = tmp_path / "snakemake" / "slurm" / "profile.v9+.yaml"
    text = profile.read_text()
    text = text.replace('slurm_partition: ""', 'slurm_partition: "steady"')
    text = text.replace('gpu_partition: ""', 'gpu_partition: "gpu"')
    profile.write_text(text)
    again = subprocess.run(put, capture_output=True, text=True, env=home, check=True).stdout
    assert "stays as it is" in again
    assert profile.read_text() == text

    study = SlurmStudy(tmp_path / "study", undisturbed, seed=0)
    command = [*COMMAND, study.home.relative_to(study.folder) / "model.safetensors"]
    command += ["--directory", study.folder, "--profile", "slurm", "--configfile", CONFIG]
    command += ["--slurm-init-seconds-before-status-checks", "1"]
    run = subprocess.run(
        [os.fspath(part) for part in command],
        cwd=study.folder,
        capture_output=True,
        text=True,
        env=home,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    job = output("scontrol", "show", "job", study.trained_by())
    assert "Partition=gpu" in job
    assert "gres:gpu:1" in job or "gres/gpu=1" in job
    # Four networks side by side, each with a core.
    assert "NumCPUs=4" in job
    for seed in range(4):
        same_file(
            study.folder / variant(seed) / "evaluation.nc",
            undisturbed / variant(seed) / "evaluation.nc",
        )
