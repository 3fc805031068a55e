"""What a study is expected to cost, before it has run: its work times what work took before.

The work is that of :mod:`nearsight.costs.work`, from which jobs' requests are made as well; the
paces (:class:`nearsight.families.pace.Pace`) are measured (benchmarks/README.md), where those of
requests are generous.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Final

from nearsight.config import GeneratedDataset, Machine, Sampling, Variant
from nearsight.costs.work import GIVEN, GPU, Work

FACTORS: Final[Mapping[str, float]] = {
    "train": 1.0,
    "evaluate_given": 1.0,
    "dynamics": 1.1,
    "explain": 0.7,
    "explain_alkanes": 0.7,
    "respond": 2.3,
    "respond_given": 1.0,
    "faithfulness": 3.0,
    "failures": 0.25,
}
"""Time of an evaluation as a stage counts them, in those of a step of training."""
START: Final = 3.0
"""CPU time of a job that imports PyTorch, before it does anything (s)."""
ITEM: Final = 0.3
"""CPU time of each network in a job: opened, read, written (s)."""
ENGINE: Final = 6e-3
"""CPU time of energy and forces of 22 atoms by GFN2-xTB (s); it grows as the square of atoms."""
DISTANCES: Final = 3e6
"""Distances that are read and binned in a second."""
_ON_GPUS: Final = ("train", "dynamics")
_SIDE_BY_SIDE: Final = ("train", "dynamics")
_OF_DATA: Final = {"check_data": 1.0, "reference_curves": 2.5, "reference_stability": 3.0}
_OF_STUDY: Final = {"collect": (5.0, 0.2), "associate": (7.0, 0.02), "figures": (12.0, 0.1)}
"""CPU time by the study, and by each of its networks (s)."""


@dataclass(frozen=True)
class Expected:
    """What a stage is expected to cost.

    Attributes:
        jobs: how many.
        core: CPU time on cores alone (s).
        gpu: time of GPUs, if the stage has them (s); it then takes no other time.
    """

    jobs: int = 0
    core: float = 0.0
    gpu: float = 0.0

    def __add__(self, other: "Expected") -> "Expected":
        """Of both together."""
        return Expected(self.jobs + other.jobs, self.core + other.core, self.gpu + other.gpu)


def expected(
    work: Work,
    networks: Iterable[tuple[str, str, str]],
    machine: Machine,
    done: Mapping[str, int] | None = None,
) -> dict[str, Expected]:
    """What a study is expected to cost, by stage.

    Args:
        work: how much there is to do.
        networks: stage, data set and name of every network, or given model, that a stage handles.
        machine: says how many networks share a job.
        done: number of jobs by stage where it is known, which the machine need then not say.
    """
    items: dict[tuple[str, str], list[float]] = defaultdict(list)
    for stage, dataset, name in networks:
        items[stage, dataset].append(_seconds(work, stage, dataset, name))
    found: dict[str, Expected] = defaultdict(Expected)
    for (stage, _), seconds in items.items():
        found[stage] += _of_jobs(stage, seconds, machine)
    for stage, jobs in (done or {}).items():
        if stage in found:
            more = jobs - found[stage].jobs
            found[stage] += Expected(more, START * more)
    for dataset in work.study.datasets:
        for stage, engine in _of_dataset(work, dataset).items():
            found[stage] += Expected(1, engine)
    n_networks = len(work.study.cases())
    for stage, (whole, each) in _OF_STUDY.items():
        found[stage] += Expected(1, whole + each * n_networks)
    return dict(found)


def _of_jobs(stage: str, seconds: list[float], machine: Machine) -> Expected:
    is_long = stage in _SIDE_BY_SIDE
    size = machine.variants_per_training if is_long else machine.variants_per_job
    jobs = ceil(len(seconds) / size)
    core = sum(seconds) + ITEM * len(seconds) + START * jobs
    return Expected(jobs, core, sum(seconds) / GPU if stage in _ON_GPUS else 0.0)


def _seconds(work: Work, stage: str, dataset: str, name: str) -> float:
    """CPU time of a network in a stage, beside its start (s)."""
    if stage == "stability":
        return work.pair_frames(dataset) / DISTANCES
    counts = {
        "train": lambda: work.training(name),
        "evaluate_given": lambda: work.evaluation(dataset),
        "dynamics": lambda: work.dynamics(dataset),
        "respond": lambda: work.response(dataset),
        "respond_given": lambda: work.response(dataset),
        "failures": lambda: work.failures(dataset, name),
    }
    count = counts.get(stage, lambda: work.relevance(dataset, name))()
    return count * FACTORS.get(stage, 1.0) * _evaluation(work, dataset, name)


def _evaluation(work: Work, dataset: str, name: str) -> float:
    row = work.rows[name]
    if not isinstance(row, Variant):
        return GIVEN * _engine(work, dataset)
    many = work.multiplications(dataset, name)
    return row.pace.block * work.depth(name) + many / row.pace.speed


def _engine(work: Work, dataset: str) -> float:
    return max(ENGINE * (work.atoms[dataset] / 22) ** 2, 1e-3)


def _of_dataset(work: Work, dataset: str) -> dict[str, float]:
    """CPU time of what is done once for a data set (s)."""
    spec, study = work.study.datasets[dataset], work.study
    found = dict(_OF_DATA)
    engine = _engine(work, dataset)
    if isinstance(spec, GeneratedDataset):
        found["make_data"] = START + engine * _sampled(spec.sampling)
    if study.needs_yardstick:
        dynamics = study.dynamics_on(dataset)
        steps = dynamics.reference_replicas * 1000 * dynamics.duration / dynamics.timestep
        # Its field begins afresh at every step, and in every displacement.
        found["reference_dynamics"] = START + 1.3 * engine * steps
        found["respond_reference"] = START + engine * 2 * work.response(dataset)
        return found
    return {stage: seconds for stage, seconds in found.items() if "reference" not in stage}


def _sampled(sampling: Sampling) -> float:
    return sampling.n_frames * sampling.stride + sampling.n_trajectories * sampling.equilibration
