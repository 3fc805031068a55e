"""A study that trains on the test cluster while harm is done to it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import xarray as xr
from slurm_cluster import output, wait_for

REPOSITORY = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("faults.yaml")
COMMAND = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
HOME = Path("results/faults")
DATA = HOME / "ethanol"
TABLE = HOME / "tables" / "decay_vs_stability.nc"
TRAINED = ("model.safetensors", "history.nc", "evaluation.nc", "card.json")
# Patience for a machine that does other work too; a test that passes does not wait so long.
SECONDS = 600.0


def variant(seed: int) -> Path:
    """Folder of the network with a seed."""
    return DATA / f"schnet~rc4.0~T2~F8~n40~s{seed}"


def environment() -> dict[str, str]:
    """Rules find our commands also where the virtual environment is not activated."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Snakemake on this machine, to its end."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments), "--directory", folder, "--configfile", CONFIG],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=900,
        env=environment(),
        check=False,
    )


def in_cores(folder: Path) -> str:
    """Do what is left of the study on this machine; return what Snakemake said."""
    together = ("--config", "variants_per_job=8", "variants_per_training=8")
    ended = run(folder, TABLE, "--cores", "2", *together)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


class SlurmStudy:
    """Snakemake in a folder of its own that trains one network, and what SLURM knows of it."""

    def __init__(self, folder: Path, whole: Path, seed: int) -> None:
        """Begin where the data are there and nothing else is.

        Args:
            folder: to be made.
            whole: folder of the undisturbed study, whose data are taken over.
            seed: of the network.
        """
        self.folder, self.seed, self.home = folder, seed, folder / variant(seed)
        self.process: subprocess.Popen[bytes] | None = None
        self._said = folder / "snakemake.txt"
        (folder / DATA).mkdir(parents=True)
        for file in (HOME / "study.json", DATA / "data.nc", DATA / "data.check.txt"):
            shutil.copy2(whole / file, folder / file)
        self._said.touch()

    def start(self, *arguments: str, partition: str = "steady", also: int | None = None) -> None:
        """Train the network on the cluster, and another one beside it."""
        seeds = [self.seed] if also is None else [self.seed, also]
        command = [*COMMAND, *(str(variant(seed) / "model.safetensors") for seed in seeds)]
        command += ["--directory", str(self.folder)]
        command += ["--profile", str(REPOSITORY / "workflow" / "profiles" / "ci")]
        command += ["--default-resources", f"slurm_partition={partition}"]
        command += ["--configfile", str(CONFIG), *arguments]
        with self._said.open("ab") as said:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=said, stderr=subprocess.STDOUT, env=environment()
            )

    def finish(self) -> int:
        """Wait for Snakemake's own end."""
        assert self.process is not None
        return self.process.wait(timeout=SECONDS)

    def end(self) -> None:
        """Leave nothing behind, whatever the test has come to."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for job in self.jobs():
            output("scancel", job)

    @property
    def said(self) -> str:
        """What Snakemake has said so far."""
        return self._said.read_text(errors="replace")

    @property
    def run_id(self) -> str:
        """The name under which the last Snakemake submits its jobs."""
        found = re.findall(r"SLURM run ID: (\S+)", self.said)
        return found[-1] if found else ""

    def jobs(self) -> list[str]:
        """SLURM's ids of the jobs of the last Snakemake that have not ended."""
        if not self.run_id:
            return []
        return output("squeue", "-h", f"--name={self.run_id}", "-o", "%A").split()

    def job(self) -> str:
        """SLURM's id of the job that trains the network now, empty when there is none."""
        if not self.run_id:
            return ""
        lines = output("squeue", "-h", "-t", "running", f"--name={self.run_id}", "-o", "%A %k")
        found = [line.split()[0] for line in lines.splitlines() if self.home.name in line]
        return found[-1] if found else ""

    def training(self, other_than: str = "") -> str:
        """Wait until the network is trained by a job and has a checkpoint.

        Args:
            other_than: a job before this one.

        Returns:
            SLURM's id of the job.
        """

        def under_way() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, self.said
            return self.checkpoint.is_file() and self.job() not in ("", other_than)

        wait_for(under_way, "a training with a checkpoint", SECONDS)
        return self.job()

    @property
    def checkpoint(self) -> Path:
        return self.home / "checkpoint.safetensors"

    def epochs_of_checkpoint(self) -> list[float]:
        """Seconds of each epoch until the checkpoint: no second run would take the same."""
        content = self.checkpoint.read_bytes()
        size = int.from_bytes(content[:8], "little")
        text = json.loads(content[8 : 8 + size])["__metadata__"]
        return [row["seconds"] for row in json.loads(text["values"])["history"]]

    def epochs_of_model(self) -> list[float]:
        """Seconds of each epoch of the finished training."""
        with xr.open_dataset(self.home / "history.nc") as history:
            return history["seconds"].to_numpy().tolist()

    def trained_by(self) -> str:
        """SLURM's id of the job that finished the training, as its files say."""
        with xr.open_dataset(self.home / "history.nc") as history:
            return str(history.attrs["slurm_job_id"])

    def log(self) -> str:
        """What the training that is under way has said."""
        path = self.folder / HOME / "logs" / "train" / "ethanol" / f"{self.home.name}.log"
        return path.read_text() if path.is_file() else ""

    def slurm_logs(self) -> str:
        """What SLURM wrote of the jobs that failed."""
        files = (self.folder / ".snakemake" / "slurm_logs").rglob("*.log")
        return "".join(path.read_text(errors="replace") for path in files)


def processes_of(job: str) -> list[int]:
    """Process ids of a job, its step daemons included."""
    wanted = f"SLURM_JOB_ID={job}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            inside = wanted in (entry / "environ").read_bytes().split(b"\0")
            daemon = f"slurmstepd: [{job}." in (entry / "cmdline").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if inside or daemon:
            found.append(int(entry.name))
    return found
