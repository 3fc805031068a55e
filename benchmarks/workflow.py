"""What the workflow costs beside the work: planning, submission, imports, and what batches gain.

    python benchmarks/workflow.py planning [--variants 100 1000 10000]
    python benchmarks/workflow.py imports results/demo [--structures 100]
    python benchmarks/workflow.py submission

The last needs a SLURM: python tests/slurm/slurm_cluster.py start. What is compared is timed one
after the other on this machine, in CPU seconds, user and system, of all processes, unless wall time
is named.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SNAKEMAKE = [sys.executable, "-m", "snakemake"]
# A trivial workflow: as many jobs with as many files between them as a study has, and with the
# directives that every rule has, all of them constant.
HEAD = """
IDS = [f"v{{i}}" for i in range({number})]
rule all:
    input:
        [f"{{v}}/{{n}}" for v in IDS for n in {results}]
"""
RULE = """
rule {name}:
    input:
        {inputs}
    output:
        {outputs}
    log:
        "logs/{name}/{{v}}.log"
    benchmark:
        "benchmarks/{name}/{{v}}.tsv"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        settings="{{}}",
    message:
        "{name} of {{wildcards.v}}"
    shell:
        "touch {{output:q}} > {{log:q}} 2>&1"
"""
FILES = {
    "train": ([], ["model", "history", "evaluation", "card"]),
    "dynamics": (["model"], ["dynamics", "trajectories"]),
    "explain": (["model"], ["relevance"]),
    "respond": (["model"], ["response"]),
    "faithfulness": (["model", "relevance", "response"], ["faithfulness"]),
    "stability": (["dynamics", "trajectories"], ["stability"]),
    "failures": (["model", "dynamics", "trajectories"], ["failures"]),
}


def trivial(number: int) -> str:
    """Text of the trivial workflow."""
    results = (
        "card",
        "history",
        "evaluation",
        "relevance",
        "response",
        "faithfulness",
        "stability",
        "failures",
    )
    text = HEAD.format(number=number, results=results)
    for name, files in FILES.items():
        inputs, outputs = (", ".join(f'"{{v}}/{file}"' for file in part) for part in files)
        text += RULE.format(name=name, inputs=inputs, outputs=outputs)
    return text


STUDY = """
name: many
datasets: {ethanol: {source: generate, molecule: ethanol, sampling: {n_frames: 2000}}}
variants:
  family: [schnet, painn]
  cutoff: [3.0, 4.0, 5.0, 6.0, 7.0]
  depth: [1, 2]
  n_train: [100]
  seed: [%s]
"""
# Architectures × cutoffs × depths of the study above.
PER_SEED = 20

TOUCH = """
rule all:
    input: expand("{i}", i=range(%d))
rule one:
    output: "{i}"
    resources: mem_mb=400, runtime=5
    shell: "touch {output}"
"""


def cpu_seconds(command: Sequence[str | os.PathLike[str]], folder: Path) -> float:
    """CPU seconds of a command and its children, which has to end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        list(command), cwd=folder, capture_output=True, text=True, env=environment(), check=False
    )
    if run.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{run.stdout}{run.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def environment() -> dict[str, str]:
    """Our commands are found also where the virtual environment is not activated."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "OMP_NUM_THREADS": "1"}


def planning(numbers: Sequence[int]) -> None:
    """`snakemake --dry-run` of a study against a trivial workflow of as many jobs."""
    print("variants     jobs  trivial (CPU s)  study   beyond, ms a job   batches of 8 and 4")
    for number in numbers:
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home)
            (folder / "Snakefile").write_text(trivial(number))
            seeds = ", ".join(map(str, range(number // PER_SEED)))
            (folder / "many.yaml").write_text(STUDY % seeds)
            # The first dry run makes Snakemake's own folder.
            cpu_seconds([*SNAKEMAKE, "--dry-run", "v0/model", "--quiet", "all"], folder)
            plan = ["--dry-run", "--scheduler", "greedy", "--quiet", "all"]
            plain = cpu_seconds([*SNAKEMAKE, *plan], folder)
            ours = [*SNAKEMAKE, "--snakefile", REPOSITORY / "Snakefile", "--directory", folder]
            ours += ["results/many/tables/decay_vs_stability.nc", *plan]
            ours += ["--configfile", folder / "many.yaml"]
            study = cpu_seconds(ours, folder)
            facts = ["--config", "variants_per_job=8", "variants_per_training=4"]
            batched = cpu_seconds([*ours, *facts], folder)
            jobs = number * len(FILES)
            beyond = 1000 * (study - plain) / jobs
            print(
                f"{number:8d} {jobs:8d} {plain:14.1f} {study:7.1f} {beyond:18.2f} {batched:20.1f}",
                flush=True,
            )


def imports(results: Path, structures: int) -> None:
    """Share of a job that passes before it begins to work, alone and in batches."""
    data = next(results.glob("*/data.nc"))
    models = sorted(results.glob("*/*/model.safetensors"))
    settings = {
        "explain": ["explain", "{}", data, "--set", f"n_structures={structures}"],
        "respond": ["respond", data, "--model", "{}", "--set", f"n_structures={structures}"],
    }
    begin = "from nearsight.cli.shared import import_for; import_for({verb!r})"
    print("verb        networks   CPU s of the job   share of imports")
    for verb, arguments in settings.items():
        code = begin.format(verb=verb)
        alone = min(cpu_seconds([sys.executable, "-c", code], results) for _ in range(2))
        for number in (1, 3, 12):
            with tempfile.TemporaryDirectory() as out:
                chosen = [str(model.resolve()) for model in models[:number]]
                filled = [
                    str(part.resolve() if isinstance(part, Path) else part) for part in arguments
                ]
                command = [sys.executable, "-c", "from nearsight.cli import main; main()", "each"]
                command += [*filled, "--out", f"{out}{{}}.nc", ":::", *chosen]
                whole = cpu_seconds(command, results)
            print(f"{verb:12s}{len(chosen):8d} {whole:18.1f} {alone / whole:18.0%}", flush=True)


def submission(number: int) -> None:
    """Empty jobs on the cluster that SLURM's commands find: rate, and what one costs."""
    if not shutil.which("sbatch") or subprocess.run(["sinfo"], capture_output=True).returncode:
        sys.exit("no SLURM answers here: python tests/slurm/slurm_cluster.py start")
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        (folder / "Snakefile").write_text(TOUCH % number)
        command = [*SNAKEMAKE, "--executor", "slurm", "--jobs", str(number)]
        command += ["--slurm-status-command", "squeue", "--latency-wait", "30"]
        command += ["--slurm-init-seconds-before-status-checks", "1"]
        start = time.monotonic()
        with subprocess.Popen(
            command, cwd=folder, stderr=subprocess.PIPE, text=True, env=environment()
        ) as process:
            said = process.stderr or []
            times = [time.monotonic() for line in said if "submitted with SLURM" in line]
        whole = time.monotonic() - start
        if process.returncode or len(times) != number:
            sys.exit(
                f"{len(times)} of {number} jobs were submitted, exit code {process.returncode}"
            )
        rate = 60 * (number - 1) / (times[-1] - times[0])
        cores = os.cpu_count() or 1
        print(f"{number} jobs: {rate:.0f} submitted a minute, all done after {whole:.0f} s of wall")
        print(f"at most {cores * whole / number:.1f} CPU s for an empty job ({cores} cores)")


def main() -> None:
    """Print one of the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    parts.add_parser("planning").add_argument(
        "--variants", type=int, nargs="+", default=[100, 1000, 10000]
    )
    of_imports = parts.add_parser("imports")
    of_imports.add_argument("results", type=Path)
    of_imports.add_argument("--structures", type=int, default=10)
    parts.add_parser("submission").add_argument("--jobs", type=int, default=40)
    given = parser.parse_args()
    if given.part == "planning":
        planning(given.variants)
    elif given.part == "imports":
        imports(given.results, given.structures)
    else:
        submission(given.jobs)


if __name__ == "__main__":
    main()
