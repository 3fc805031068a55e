"""A real SLURM on this one machine, started without systemd: for tests, and for trying things out.

    python tests/slurm/slurm_cluster.py start [FOLDER]     start it; SLURM's commands then find it
    python tests/slurm/slurm_cluster.py stop [FOLDER]

Needs root and Debian's slurm-wlm and munge. Several nodes are pretended, each with a slurmd of its
own; GPUs are null devices, which SLURM hands out like any other. There is no accounting.
"""

import argparse
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/tmp/nearsight-slurm")  # noqa: S108 - one cluster a machine, and root's alone
LINKS = Path("/etc/slurm")
NAMES = ("slurm.conf", "gres.conf")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol")
PORT = 26817
SECONDS = 180.0

NODES = {
    # Partition by partition, so that a fault in one test touches no other's jobs.
    "steady": ("s1", "s2"),
    "fragile": ("f1", "f2"),
    "gpu": ("g1",),
    "shared": ("p1",),
}

CONFIGURATION = """\
ClusterName=nearsight
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
MinJobAge=600
KillWait=20
SlurmdTimeout=20
SlurmctldTimeout=30
InactiveLimit=0
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
SchedulerType=sched/backfill
SchedulerParameters=bf_interval=2,sched_interval=2,sched_min_interval=0,batch_sched_delay=0
JobRequeue=0
"""

PARTITIONS = """\
PartitionName=steady Nodes=s[1-2] Default=YES MaxTime=60 DefMemPerCPU=400 State=UP
PartitionName=fragile Nodes=f[1-2] MaxTime=60 DefMemPerCPU=400 State=UP
PartitionName=gpu Nodes=g1 MaxTime=60 DefMemPerCPU=400 State=UP
PartitionName=shared Nodes=p1 MaxTime=60 DefMemPerCPU=400 PriorityTier=1 GraceTime=60 State=UP
PartitionName=urgent Nodes=p1 MaxTime=60 DefMemPerCPU=400 PriorityTier=9 PreemptMode=off State=UP
"""


def missing() -> str:
    """What keeps a cluster from being started here, empty when nothing does."""
    absent = [name for name in PROGRAMS if not shutil.which(name)]
    if absent:
        return f"no {absent[0]}: install Debian's slurm-wlm and munge"
    if os.geteuid() != 0:
        return "a test cluster is started as root"
    if LINKS.is_dir() and any(
        (LINKS / name).exists() and not (LINKS / name).is_symlink() for name in NAMES
    ):
        return f"{LINKS} holds the configuration of another cluster, which is left alone"
    return ""


@dataclass
class Cluster:
    """Daemons, configuration and state in one folder."""

    folder: Path = FOLDER

    def start(self) -> None:
        """Start everything; return when all nodes take jobs."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        self.folder.chmod(0o755)
        self._configure()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        files = [
            f"--{name}={self.folder}/munge.{name}" for name in ("socket", "pid-file", "seed-file")
        ]
        files += [f"--key-file={key}", f"--log-file={self.folder}/munge.log"]
        self._daemon(["munged", "--force", *files, "--num-threads=4", "--origin=127.0.0.1"])
        self._daemon(["slurmctld", "-c"])
        for node in self.nodes:
            (self.folder / "spool" / node).mkdir()
            self.start_node(node)
        wait_for(lambda: "UP" in output("scontrol", "ping"), "the controller")
        wait_for(lambda: output("sinfo", "-hN", "-t", "idle", "-o", "%N").split(), "a node")
        wait_for(self._all_idle, "all nodes")

    def _all_idle(self) -> bool:
        idle = output("sinfo", "-hN", "-t", "idle", "-o", "%N").split()
        return set(self.nodes) <= set(idle)

    def stop(self) -> None:
        """Cancel all jobs and end all daemons of this folder."""
        if (self.folder / "slurmctld.pid").is_file() and shutil.which("scancel"):
            subprocess.run(["scancel", "--user=root"], capture_output=True, timeout=30, check=False)
        for pattern in ("slurmd.*.pid", "slurmctld.pid", "munge.pid-file"):
            for file in self.folder.glob(pattern):
                self._end(file)
        for name in NAMES:
            link = LINKS / name
            if link.is_symlink() and link.readlink() == self.folder / name:
                link.unlink()

    @property
    def nodes(self) -> list[str]:
        return [node for group in NODES.values() for node in group]

    def start_node(self, node: str) -> None:
        self._daemon(["slurmd", "-N", node])

    def stop_node(self, node: str) -> None:
        """The node's daemon dies, as with the machine; its steps are ended with it."""
        self._end(self.folder / f"slurmd.{node}.pid", signal.SIGKILL)

    def restart_controller(self, seconds_away: float) -> None:
        """Kill the controller without warning and start it again from its saved state."""
        self._end(self.folder / "slurmctld.pid", signal.SIGKILL)
        time.sleep(seconds_away)
        self._daemon(["slurmctld"])
        wait_for(lambda: "UP" in output("scontrol", "ping"), "the controller")

    def _configure(self) -> None:
        host = socket.gethostname().partition(".")[0]
        lines = [CONFIGURATION.format(host=host, port=PORT, folder=self.folder)]
        for number, node in enumerate(self.nodes):
            gres = "Gres=gpu:a100:2 " if node.startswith("g") else ""
            lines.append(
                f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={PORT + 10 + number}"
                f" CPUs=4 RealMemory=16000 {gres}State=UNKNOWN\n"
            )
        (self.folder / "slurm.conf").write_text("".join(lines) + PARTITIONS)
        devices = self.folder / "dev"
        devices.mkdir()
        for index in range(2):
            subprocess.run(["mknod", str(devices / f"nvidia{index}"), "c", "1", "3"], check=True)
        (self.folder / "gres.conf").write_text(
            f"NodeName=g1 Name=gpu Type=a100 File={devices}/nvidia[0-1]\n"
        )
        # The step that Snakemake's plugin nests forgets SLURM_CONF: the default path has to work.
        LINKS.mkdir(exist_ok=True)
        for name in NAMES:
            (LINKS / name).unlink(missing_ok=True)
            (LINKS / name).symlink_to(self.folder / name)

    def _daemon(self, command: list[str]) -> None:
        run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if run.returncode:
            raise RuntimeError(f"{' '.join(command)}: {run.stdout}{run.stderr}")

    def _end(self, pid_file: Path, number: signal.Signals = signal.SIGTERM) -> None:
        if not pid_file.is_file():
            return
        pid = int(pid_file.read_text())
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + 15
        while is_alive(pid):
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        pid_file.unlink(missing_ok=True)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def output(*command: str) -> str:
    """Standard output of a command, empty when it fails."""
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return run.stdout if run.returncode == 0 else ""


def wait_for(condition: Callable[[], object], what: str, seconds: float = SECONDS) -> None:
    """Wait until something is true.

    Raises:
        TimeoutError: it did not come true in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("what", choices=["start", "stop"])
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    given = parser.parse_args()
    cluster = Cluster(given.folder)
    if given.what == "stop":
        cluster.stop()
        return
    reason = missing()
    if reason:
        sys.exit(f"no test cluster: {reason}")
    cluster.start()


if __name__ == "__main__":
    main()
