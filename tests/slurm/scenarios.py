"""What clusters do to jobs, each done to the training of one network.

Every scenario begins when its network has a checkpoint and ends when it is trained. It asserts that
the fault did happen and that the training went on from where it was.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from slurm_cluster import Cluster, output, wait_for
from slurm_study import (
    SECONDS,
    SlurmStudy,
    processes_of,
    run,
    variant,
)

Scenario = Callable[[SlurmStudy, Cluster], None]
BESIDE = 7
"""Seed of a network that is trained beside another and comes to no harm."""


def went_on(study: SlurmStudy, before: list[float]) -> bool:
    """Whether the finished training holds the epochs that were done before the fault."""
    assert len(before) >= 5
    return study.epochs_of_model()[: len(before)] == before


def cancelled(study: SlurmStudy, cluster: Cluster) -> None:
    """Cancelled at every attempt a job is given up; the others go on; a second run ends it."""
    study.start("--retries", "1", also=BESIDE)
    job = ""
    for _ in range(2):
        job = study.training(other_than=job)
        before = study.epochs_of_checkpoint()
        output("scancel", job)
    assert study.finish() == 1
    assert not (study.home / "model.safetensors").exists()
    other = study.folder / variant(BESIDE) / "model.safetensors"
    assert other.is_file()
    written = other.stat().st_mtime_ns
    study.start(also=BESIDE)
    assert study.finish() == 0, study.said
    assert went_on(study, before)
    assert other.stat().st_mtime_ns == written


def node_down(study: SlurmStudy, cluster: Cluster) -> None:
    """The machine dies under the job, which then runs on another one."""
    study.start(partition="fragile")
    job = study.training()
    before = study.epochs_of_checkpoint()
    node = output("squeue", "-h", "-j", job, "-o", "%N").strip()
    cluster.stop_node(node)
    for pid in processes_of(job):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    output("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    try:
        assert study.finish() == 0, study.said
    finally:
        cluster.start_node(node)
        output("scontrol", "update", f"nodename={node}", "state=resume")
    assert "NODE_FAIL" in study.said
    last = output("scontrol", "show", "job", study.trained_by())
    assert f" NodeList={node}" not in last
    assert went_on(study, before)


def out_of_memory(study: SlurmStudy, cluster: Cluster) -> None:
    """The next attempt asks for more."""
    study.start("--set-resources", "train:mem_mb=260 if attempt == 1 else 3000")
    assert study.finish() == 0, study.said
    assert study.said.count("exceeded memory limit") + study.slurm_logs().count(
        "exceeded memory limit"
    )
    assert "MinMemoryNode=3000M" in output("scontrol", "show", "job", study.trained_by())


def time_limit(study: SlurmStudy, cluster: Cluster) -> None:
    """Held up beyond its limit the training saves itself, and goes on in the next attempt."""
    study.start("--set-resources", "train:runtime=1 if attempt == 1 else 20")
    job = study.training()
    for pid in processes_of(job):
        if b"\0each\0" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGSTOP)
    before = study.epochs_of_checkpoint()
    wait_for(lambda: "asked to end (SIGTERM)" in study.log(), "the time limit", SECONDS)
    assert study.finish() == 0, study.said
    assert "TIMEOUT" in study.said
    assert "TimeLimit=00:20:00" in output("scontrol", "show", "job", study.trained_by())
    assert went_on(study, before)


def preempted(study: SlurmStudy, cluster: Cluster) -> None:
    """A job of higher priority needs the node: a checkpoint is written within the grace time."""
    study.start(partition="shared")
    job = study.training()
    before = study.epochs_of_checkpoint()
    output("sbatch", "-p", "urgent", "-c", "4", "-o", "/dev/null", "--wrap", "sleep 1")
    wait_for(lambda: "asked to end (SIGTERM)" in study.log(), "the request to end", SECONDS)
    assert study.finish() == 0, study.said
    assert study.trained_by() != job
    assert went_on(study, before)


def snakemake_killed(study: SlurmStudy, cluster: Cluster) -> None:
    """A second Snakemake is refused; after the first was killed, what was whole stays so."""
    study.start(also=BESIDE)
    job = study.training()
    os.kill(next(pid for pid in trainings(job)), signal.SIGSTOP)
    wait_for(lambda: "Finished jobid" in study.said, "the other network", SECONDS)
    second = run(study.folder, variant(study.seed) / "model.safetensors", "--cores", "1")
    assert second.returncode == 1
    assert "cannot be locked" in second.stdout + second.stderr

    assert study.process is not None
    study.process.kill()
    study.process.wait()
    assert study.job() == job
    before = study.epochs_of_checkpoint()
    other = study.folder / variant(BESIDE) / "model.safetensors"
    written = other.stat().st_mtime_ns
    # As docs/cluster.md tells a user.
    output("scancel", f"--name={study.run_id}")
    wait_for(lambda: not study.jobs(), "the end of the jobs", SECONDS)
    assert not (study.home / "model.safetensors").exists()
    unlocked = run(study.folder, "--unlock")
    assert unlocked.returncode == 0, unlocked.stderr
    study.start(also=BESIDE)
    assert study.finish() == 0, study.said
    assert other.stat().st_mtime_ns == written
    assert went_on(study, before)


def controller_restarted(study: SlurmStudy, cluster: Cluster) -> None:
    """The controller dies without warning and comes back: the job never notices."""
    study.start()
    job = study.training()
    cluster.restart_controller(seconds_away=5.0)
    assert study.finish() == 0, study.said
    assert study.trained_by() == job


def trainings(job: str) -> list[int]:
    """Process ids of the trainings of a job."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes_of(job)}
    return [pid for pid, command in commands.items() if b"\0each\0" in command]


SIDE_BY_SIDE: dict[str, Scenario] = {
    "cancelled": cancelled,
    "time_limit": time_limit,
    "snakemake_killed": snakemake_killed,
    "node_down": node_down,
    "preempted": preempted,
    "out_of_memory": out_of_memory,
}
ALONE: dict[str, Scenario] = {"controller_restarted": controller_restarted}
SEEDS = {name: seed for seed, name in enumerate((*SIDE_BY_SIDE, *ALONE))}
