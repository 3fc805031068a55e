# The study, the names that wildcards may take, and resources as functions of problem size.
from pathlib import Path

from snakemake.exceptions import WorkflowError

from nearsight.config import GeneratedDataset
from nearsight.config.loading import load_workflow_study
from nearsight.errors import NearsightError

try:
    STUDY = load_workflow_study(
        files=workflow.overwrite_configfiles,
        values=config,
        default=Path(workflow.basedir) / "config" / "demo.yaml",
    )
except NearsightError as error:
    raise WorkflowError(str(error)) from None

VARIANTS = STUDY.variant_table()
FIGURES = [
    "relevance_decay",
    "response_decay",
    "reference_curves",
    "body_order",
    "body_order_range",
    "elements",
    "faithfulness",
    "agreement",
    "ablation",
    "survival",
    "ends",
    "drift",
    "distance_error",
    "spectrum",
    "deviation_vs_survival",
    "descriptors_vs_survival",
    "learning_curves",
]


def any_of(names):
    """Regular expression of exactly these names; one that never matches when there are none."""
    return "|".join(re.escape(name) for name in names) or r"(?!)"


GENERATED = [
    name for name, spec in STUDY.datasets.items() if isinstance(spec, GeneratedDataset)
]
IMPORTED = [name for name in STUDY.datasets if name not in GENERATED]


wildcard_constraints:
    study=re.escape(STUDY.name),
    dataset=any_of(STUDY.datasets),
    variant=any_of(VARIANTS),


# One thread a process, one process a core: more threads than cores cost a factor of two to a hundred.
shell.prefix("export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1; ")


def per_variant(file):
    """Paths of one file of every variant on every data set."""
    return expand(
        "results/{study}/{dataset}/{variant}/{file}",
        file=file,
        study=STUDY.name,
        dataset=STUDY.datasets,
        variant=VARIANTS,
    )


def spec_of(wildcards):
    """Where the data set of a job comes from."""
    return STUDY.datasets[wildcards.dataset]


def neighbors(variant):
    """Rough number of neighbours of an atom: it grows with the volume within the cutoff."""
    return min(60, 0.1 * variant.cutoff**3)


def minutes_of_training(wildcards, attempt):
    """Run time to ask for: proportional to frames, epochs, depth, features and neighbours."""
    variant = VARIANTS[wildcards.variant]
    steps = variant.n_train * STUDY.training.max_epochs
    work = steps * variant.depth * variant.features * (4 + neighbors(variant))
    return attempt * (10 + int(work / 5e8))


def minutes_of_dynamics(wildcards, attempt):
    """Run time to ask for: proportional to replica-steps and the cost of one evaluation."""
    variant, dynamics = VARIANTS[wildcards.variant], STUDY.dynamics
    replicas = dynamics.replicas + 2 * min(dynamics.halved_replicas, dynamics.replicas)
    steps = replicas * 1000 * dynamics.duration / dynamics.timestep
    work = steps * variant.depth * variant.features * (4 + neighbors(variant))
    return attempt * (10 + int(work / 5e8))


def minutes_of_reference_dynamics(wildcards, attempt):
    """Run time to ask for: 0.1 s for every evaluation, which is enough for about 40 atoms."""
    dynamics = STUDY.dynamics
    steps = dynamics.reference_replicas * 1000 * dynamics.duration / dynamics.timestep
    return attempt * (10 + int(0.1 * steps / 60))


def megabytes(base):
    """Memory to ask for: a base for the imports, doubled by every failed attempt."""
    return lambda wildcards, attempt: base * 2 ** (attempt - 1)
