# The study, the machine, the names that wildcards may take, and what jobs ask for.
import shlex
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

from nearsight.aims.specs import AIMS
from nearsight.config import GeneratedDataset, PublishedDataset
from nearsight.config.given import missing_models
from nearsight.config.feeding import operation_of, settings_of
from nearsight.config.loading import load_workflow
from nearsight.costs.items import ENDING as ITEMS
from nearsight.data.levels import missing_yardsticks
from nearsight.errors import NearsightError
from nearsight.lineage.products import collected
from nearsight.workflow.batches import batches
from nearsight.workflow.given import given_jobs
from nearsight.workflow.parameters import Untracked, as_json, as_options
from nearsight.workflow.records import unseen_changes
from nearsight.workflow.requests import Requests, count_dataset_atoms

try:
    STUDY, MACHINE = load_workflow(
        files=workflow.overwrite_configfiles,
        values=config,
        default=Path(workflow.basedir) / "config" / "demo.yaml",
    )
    ATOMS = count_dataset_atoms(STUDY)
    WITHOUT_YARDSTICK = missing_yardsticks(
        STUDY, Path(workflow.basedir) / "config" / "datasets.tsv"
    )
except NearsightError as error:
    raise WorkflowError(str(error)) from None

# Once, and not in every job of a cluster. Snakemake's own log is on standard output in a dry run.
if workflow.is_main_process:
    unseen = unseen_changes(STUDY, Path("results") / STUDY.name / "study.json")
    absent = missing_models(STUDY.models)
    if absent:
        raise WorkflowError("; ".join(absent))
    for warning in [*WITHOUT_YARDSTICK, *([unseen] if unseen else [])]:
        print(f"nearsight: warning: {warning}", file=sys.stderr)

# What the text of the report counts.
config["design"] = STUDY.design()
VARIANTS = STUDY.variant_table()
VARIANTS_OF = {name: list(STUDY.variants_of(name)) for name in STUDY.datasets}
N_NETWORKS = len(STUDY.cases())
ROWS = {row.id: row for _, row in STUDY.cases()}
REQUESTS = Requests(STUDY, MACHINE, ATOMS, ROWS)
# What the study is for: which files, tables, figures and rules it has.
AIM = AIMS[STUDY.aim]
CAPTIONS = Path(workflow.basedir) / "workflow" / "report" / AIM.name


def any_of(names):
    """Regular expression of exactly these names; one that never matches when there are none."""
    return "|".join(re.escape(name) for name in names) or r"(?!)"


GENERATED = [
    name for name, spec in STUDY.datasets.items() if isinstance(spec, GeneratedDataset)
]
PUBLISHED = [
    name for name, spec in STUDY.datasets.items() if isinstance(spec, PublishedDataset)
]
IMPORTED = [name for name in STUDY.datasets if name not in GENERATED + PUBLISHED]


wildcard_constraints:
    study=re.escape(STUDY.name),
    dataset=any_of(STUDY.datasets),
    # Not all names: Snakemake keeps the text of a constraint in every path, and thousands take long.
    variant="[a-z][a-z0-9]*~[^/]+",


if MACHINE.container:

    container: MACHINE.container


# One thread a process, one process a core: more threads than cores cost a factor of two to a hundred.
# PyTorch is told its own number. No parameter of a rule: what a machine is like reruns nothing.
# Memory that is given back is kept for the next tensors: asking the system for it again and again
# takes up to a sixth of the time of networks (benchmarks/README.md).
shell.prefix(
    "export MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000"
    " OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1"
    f" NEARSIGHT_DEVICE={MACHINE.device} NEARSIGHT_THREADS={MACHINE.threads}"
    f" NEARSIGHT_PROCESSES={MACHINE.threads}; "
)
# Variants side by side: as many as the job was given cores for. For the shell of a rule.
AT_ONCE = "$(( ({threads} + NEARSIGHT_THREADS - 1) / NEARSIGHT_THREADS ))"


def shared(size, weight=None):
    """The study's variants, so many to a job."""
    return list(batches(STUDY.name, VARIANTS_OF, size, weight))


# Jobs that run networks for long: trained side by side, since a small network leaves a GPU idle.
# Where not all of a job are, jobs are made to take equally long.
LONG = shared(
    MACHINE.variants_per_training,
    (
        REQUESTS.seconds
        if MACHINE.variants_at_once < MACHINE.variants_per_training
        else None
    ),
)
# Jobs that handle a network in seconds: one after another, since imports take longer than the work.
SHORT = shared(MACHINE.variants_per_job)


def threads_of(batch):
    """Threads of a long job: of each variant that runs at a time its own."""
    return MACHINE.threads * min(len(batch.variants), MACHINE.variants_at_once)


# What a long job asks for beside time and memory.
GPU = (
    {
        "gpu": 1,
        "slurm_partition": MACHINE.gpu_partition,
        **({"gpu_model": MACHINE.gpu_model} if MACHINE.gpu_model else {}),
    }
    if MACHINE.has_gpus
    else {}
)


COLLECTED = [file.path for file in collected(STUDY) if file.variant]


def per_variant(file):
    """Paths of one file of every variant, and given model, that has it, on every data set."""
    return [
        f"results/{STUDY.name}/{path}"
        for path in COLLECTED
        if path.rpartition("/")[2] == file
    ]


def caption(name):
    """The caption of a figure or table in the report, if the aim has one."""
    path = CAPTIONS / f"{name}.rst"
    return str(path) if path.is_file() else None


def as_text(table):
    """Path of a table as text, with its place in the report."""
    return report(
        f"results/{{study}}/{table.csv_place}",
        caption=caption(f"{table.name}_table"),
        category="Study table",
        labels={"table": table.text, "format": "CSV"},
    )


def fed(stage, section):
    """What a stage is told of a section: the keys that feed it, so that others rerun nothing."""
    return as_json(settings_of(section, stage))


def fed_on_dataset(stage, batch=None):
    """The same of dynamics, whose temperature may be a data set's own."""

    def settings(wildcards):
        dataset = wildcards.dataset if batch is None else chosen(batch, wildcards)[0]
        return fed(stage, STUDY.dynamics_on(dataset))

    return settings


def operation(section):
    """Options of how the work is done; no reason to do it again."""
    return Untracked(
        as_options({"--set": [f"{k}={v}" for k, v in operation_of(section).items()]})
    )


def molecule_file(molecule):
    """The file of a molecule that is given by one; nothing to wait for otherwise."""
    return [molecule] if molecule.strip().lower().endswith(".xyz") else []


def spec_of(wildcards):
    """Where the data set of a job comes from."""
    return STUDY.datasets[wildcards.dataset]


def named(stage, batch):
    """Name of the rule of a stage's batch."""
    return "_".join(
        part for part in (stage, batch.dataset, batch.name) if "{" not in part and part
    )


def described(batch):
    """The variants of a job, for its message."""
    if batch.is_wildcard:
        return "{wildcards.variant} on {wildcards.dataset}"
    return f"{len(batch.variants)} variants on {batch.dataset} ({batch.name})"


def chosen(batch, wildcards):
    """Data set and variants of a job."""
    if batch.is_wildcard:
        if wildcards.variant not in VARIANTS_OF[wildcards.dataset]:
            raise WorkflowError(
                f"study {STUDY.name} has no variant {wildcards.variant!r}"
                f" on {wildcards.dataset}"
            )
        return wildcards.dataset, [wildcards.variant]
    return batch.dataset, batch.variants


def variants_of(batch):
    """The variants of a job by name, for its command alone."""
    return lambda wildcards: Untracked(
        as_json(
            {name: VARIANTS[name].model_dump() for name in chosen(batch, wildcards)[1]}
        )
    )


# The command that carries out a verb for each variant of a job, and says what each cost.
EACH = "exec nearsight each --costs {params.costs:q}"


def costs_of(stage, batch):
    """Where a job says what its variants cost: no reason to run anything again."""
    path = f"{batch.root}/benchmarks/{stage}/{batch.label}{ITEMS}"
    return lambda wildcards: Untracked(path.format(**dict(wildcards.items())))


def minutes_of(stage, batch):
    """Run time of a job of a stage, from the size of its problem."""
    estimate = getattr(REQUESTS, f"minutes_of_{stage}")
    return lambda wildcards, attempt: estimate(*chosen(batch, wildcards), attempt)


def megabytes_of(copies, batch):
    """Memory of a job whose processes hold gradients of so many molecules each."""
    return lambda wildcards, attempt, threads: REQUESTS.megabytes_of_networks(
        *chosen(batch, wildcards), copies, max(1, threads // MACHINE.threads), attempt
    )


def minutes(seconds):
    """Run time of a job that surely takes so long."""
    return lambda wildcards, attempt: REQUESTS.minutes(seconds, attempt)


def minutes_of_engine(evaluations):
    """Run time of a job of the reference engine, from the number of its evaluations."""
    return lambda wildcards, attempt: REQUESTS.minutes_of_engine(
        wildcards.dataset, evaluations(wildcards), attempt
    )


def megabytes(base):
    """Memory to ask for beside that of Snakemake itself."""
    return lambda wildcards, attempt: REQUESTS.megabytes(base, attempt)


def command_of_given(job):
    """The command of a job of a given model, from its data set."""
    return lambda wildcards: job.command(wildcards.dataset)


def minutes_of_given(job):
    """Run time of a job of a given model."""
    estimate = getattr(REQUESTS, f"minutes_of_{job.estimate}")
    return lambda wildcards, attempt: estimate(wildcards.dataset, [job.name], attempt)


def megabytes_of_given(job):
    """Memory of a job of a given model, in which replicas may be side by side."""
    copies = STUDY.dynamics.replicas if job.stage == "dynamics" else 20
    return lambda wildcards, attempt: REQUESTS.megabytes_of_networks(
        wildcards.dataset, [job.name], copies, 1, attempt
    )
