"""Running the workflow in a folder of its own, as a user would from the command line."""

import os
import re
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CONFIG = Path(__file__).with_name("smoke.yaml")
IN_BATCHES = ("--config", "variants_per_job=2", "variants_per_training=2")
"""Networks share jobs, and so what a job imports; what they come to is the same."""


def snakemake(
    folder: Path, *arguments: str, config: Path | None = CONFIG
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake on the repository's Snakefile with results in ``folder``."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(REPOSITORY / "Snakefile")]
    command += ["--directory", str(folder), *arguments]
    if config is not None:
        command += ["--configfile", str(config)]
    # Also where the environment is not activated, rules find its commands.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, "PATH": path},
    )


def planned_jobs(output: str) -> dict[str, int]:
    """Number of jobs by rule in the job table that Snakemake prints."""
    table = output.rpartition("Job stats:")[2]
    rows = re.findall(r"^(\w+)\s+(\d+)$", table, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in rows}
