"""Run time and memory that jobs ask for, as functions of problem size and of the attempt.

The constants come from runs on one CPU core (benchmarks/README.md) and are generous: a job that is
killed at its limit costs more than one that asked for too much. Every failed attempt doubles the
request, up to what the profile allows. How much there is to do is counted in
:mod:`nearsight.costs.work`; ``nearsight costs`` says what it is expected to take.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from nearsight.config import Machine, Row, Study
from nearsight.costs.work import GIVEN, GPU, Work, count_dataset_atoms

__all__ = ["Requests", "count_dataset_atoms"]

_START = 8.0
"""Minutes for imports on a busy file system, and to spare."""
_IMPORTS = 900.0
"""MB of a process that imported torch and schnetpack, with room."""
_PER_SECOND = 3.0e8
"""Multiplications of layers that one core surely gets through in a second, forces included."""
_BYTES_PER_PAIR = 100.0
"""Held for a gradient, by pair, number that it carries and block."""


@dataclass(frozen=True)
class Requests:
    """Requests of a study's jobs on a machine.

    Attributes:
        study: what is run.
        machine: its limits.
        atoms: number of atoms by data set, as :func:`count_dataset_atoms` gives it.
        variants: the study's variants by id, and its given models by name.
    """

    study: Study
    machine: Machine
    atoms: Mapping[str, int]
    variants: Mapping[str, Row]

    @cached_property
    def work(self) -> Work:
        """How much there is to do."""
        return Work(self.study, self.atoms, self.variants)

    def minutes_of_training(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: frames × epochs × the cost of a training step, which is three evaluations.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, side by side.
            attempt: 1 for the first, which every failure doubles.
        """
        seconds = [self.work.training(v) * self.seconds(dataset, v) for v in variants]
        return self.minutes(self._side_by_side(seconds), attempt)

    def minutes_of_evaluation(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: test frames, as far as their number is known, × the cost of one evaluation.

        Args:
            dataset: name of the data set.
            variants: names of given models.
            attempt: 1 for the first, which every failure doubles.
        """
        n = self.work.evaluation(dataset)
        return self.minutes(sum(n * self.seconds(dataset, v) for v in variants), attempt)

    def minutes_of_dynamics(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: replica-steps × the cost of one evaluation.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, side by side.
            attempt: 1 for the first, which every failure doubles.
        """
        steps = self.work.dynamics(dataset)
        seconds = [steps * self.seconds(dataset, v) for v in variants]
        return self.minutes(self._side_by_side(seconds), attempt)

    def minutes_of_relevance(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: structures × atoms × the cost of one evaluation, per unit of depth.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        seconds = [self.work.relevance(dataset, v) * self.seconds(dataset, v) for v in variants]
        return self.minutes(sum(seconds), attempt)

    def minutes_of_response(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: structures × three rows per atom × the cost of two evaluations.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        n = self.work.response(dataset)
        return self.minutes(sum(n * self.seconds(dataset, v) for v in variants), attempt)

    def minutes_of_stability(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: frames of all replicas × pairs of atoms, read and binned.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        return self.minutes(len(list(variants)) * self.work.pair_frames(dataset) / 1e6, attempt)

    def minutes_of_failures(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: as of relevance for every replica and test frame, and the engine twice each.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        engine = 2 * self.work.looked_at(dataset) * self._engine_seconds(dataset)
        seconds = [
            self.work.failures(dataset, v) * self.seconds(dataset, v) + engine for v in variants
        ]
        return self.minutes(sum(seconds), attempt)

    def minutes_of_engine(self, dataset: str, evaluations: float, attempt: int) -> int:
        """Minutes of energies and forces by GFN2-xTB: 70 ms for 42 atoms, as the square beyond.

        Args:
            dataset: name of the data set.
            evaluations: their number.
            attempt: 1 for the first, which every failure doubles.
        """
        return self.minutes(evaluations * self._engine_seconds(dataset), attempt)

    def megabytes_of_networks(
        self, dataset: str, variants: Iterable[str], copies: int, at_once: int, attempt: int
    ) -> int:
        """MB: imports of each process, and what a gradient of molecules holds.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles.
            copies: molecules in one gradient.
            at_once: variants side by side.
            attempt: 1 for the first, which every failure doubles.
        """
        work = self.work
        held = [
            copies * work.pairs(dataset, v) * work.values(v) * work.depth(v) * _BYTES_PER_PAIR / 1e6
            for v in variants
        ]
        return self.megabytes(at_once * (_IMPORTS + max(held)), attempt)

    def megabytes(self, base: float, attempt: int) -> int:
        """MB: a base, doubled by every failed attempt, up to what the profile allows."""
        # Snakemake itself runs beside the job, twice.
        return min(ceil(600 + base) * 2 ** (attempt - 1), self.machine.most_megabytes)

    def minutes(self, seconds: float, attempt: int) -> int:
        """Minutes for a job that surely takes so long, beside its start."""
        minutes = ceil(_START + seconds / 60) * 2 ** (attempt - 1)
        return min(minutes, self.machine.most_minutes)

    def seconds(self, dataset: str, name: str) -> float:
        """Seconds that one core surely does not need for energy and forces of one molecule.

        Args:
            dataset: name of the data set.
            name: of a variant, or of a given model.
        """
        if self.work.is_given(name):
            return GIVEN * self._engine_seconds(dataset)
        return self.work.multiplications(dataset, name) / _PER_SECOND

    def _side_by_side(self, seconds: list[float]) -> float:
        """Of variants of a long job, of which some may wait for others."""
        together = min(self.machine.variants_at_once, len(seconds))
        speed = GPU if self.machine.has_gpus else 1.0
        return max(*seconds, sum(seconds) / together if together < len(seconds) else 0.0) / speed

    def _engine_seconds(self, dataset: str) -> float:
        return max(0.01, 0.15 * (self.atoms[dataset] / 42) ** 2)
