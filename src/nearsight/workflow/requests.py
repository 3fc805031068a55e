"""Run time and memory that jobs ask for, as functions of problem size and of the attempt.

The constants come from runs on one CPU core (benchmarks/README.md) and are generous: a job that is
killed at its limit costs more than one that asked for too much. Every failed attempt doubles the
request, up to what the profile allows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from nearsight.config import GeneratedDataset, Given, Machine, Row, Study, Variant
from nearsight.data.named_molecules import count_atoms

UNKNOWN_ATOMS = 40
"""Atoms assumed for imported data, which are counted only when they are read."""

_FRAMES = 10_000
"""Test frames assumed of data that are not generated."""
_START = 8.0
"""Minutes for imports on a busy file system, and to spare."""
_IMPORTS = 900.0
"""MB of a process that imported torch and schnetpack, with room."""
_PER_SECOND = 3.0e8
"""Multiplications of layers that one core surely gets through in a second, forces included."""
_GPU = 20.0
"""Times as fast a GPU is taken to be as a core: a cautious assumption, not a measurement."""
_GIVEN = 10.0
"""Times the reference engine that a given model is taken to cost; SO3LR some seven, on ethanol."""
_GIVEN_DEPTH, _GIVEN_VALUES = 3, 512
"""Blocks of a given model, and numbers by pair in each, as far as memory and walks are asked."""
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

    def minutes_of_training(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: frames × epochs × the cost of a training step, which is three evaluations.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, side by side.
            attempt: 1 for the first, which every failure doubles.
        """
        epochs = self.study.training.max_epochs
        seconds = [
            3 * variant.n_train * epochs * self._work(dataset, variant) / _PER_SECOND
            for variant in self._chosen(variants)
            if isinstance(variant, Variant)
        ]
        return self.minutes(max(seconds) / self._speed, attempt)

    def minutes_of_evaluation(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: test frames, as far as their number is known, × the cost of one evaluation.

        Args:
            dataset: name of the data set.
            variants: names of given models.
            attempt: 1 for the first, which every failure doubles.
        """
        spec = self.study.datasets[dataset]
        n = spec.sampling.n_frames if isinstance(spec, GeneratedDataset) else _FRAMES
        seconds = [n * self._work(dataset, v) / _PER_SECOND for v in self._chosen(variants)]
        return self.minutes(sum(seconds), attempt)

    def minutes_of_dynamics(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: replica-steps × the cost of one evaluation.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, side by side.
            attempt: 1 for the first, which every failure doubles.
        """
        dynamics = self.study.dynamics_on(dataset)
        replicas = dynamics.replicas + 2 * min(dynamics.halved_replicas, dynamics.replicas)
        steps = replicas * 1000 * dynamics.duration / dynamics.timestep
        seconds = [
            steps * self._work(dataset, variant) / _PER_SECOND for variant in self._chosen(variants)
        ]
        return self.minutes(max(seconds) / self._speed, attempt)

    def minutes_of_relevance(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: structures × atoms × the cost of one evaluation, per unit of depth.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        n = self.study.explain.n_structures
        seconds = [
            n * self.atoms[dataset] * _depth(variant) * self._work(dataset, variant) / _PER_SECOND
            for variant in self._chosen(variants)
        ]
        return self.minutes(sum(seconds), attempt)

    def minutes_of_response(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: structures × three rows per atom × the cost of two evaluations.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        n = self.study.respond.n_structures
        seconds = [
            6 * n * self.atoms[dataset] * self._work(dataset, variant) / _PER_SECOND
            for variant in self._chosen(variants)
        ]
        return self.minutes(sum(seconds), attempt)

    def minutes_of_stability(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: frames of all replicas × pairs of atoms, read and binned.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        dynamics = self.study.dynamics
        frames = 1000 * dynamics.duration / dynamics.timestep / dynamics.write_interval
        pairs = frames * dynamics.replicas * self.atoms[dataset] ** 2
        return self.minutes(len(list(variants)) * pairs / 1e6, attempt)

    def minutes_of_failures(self, dataset: str, variants: Iterable[str], attempt: int) -> int:
        """Minutes: as of relevance for every replica and test frame, and the engine twice each.

        Args:
            dataset: name of the data set.
            variants: ids of the variants that the job handles, one after another.
            attempt: 1 for the first, which every failure doubles.
        """
        replicas = self.study.dynamics_on(dataset).replicas
        frames = replicas + self.study.failures.n_structures
        chosen = self._chosen(variants)
        seconds = [
            frames * self.atoms[dataset] * _depth(variant) * self._work(dataset, variant)
            / _PER_SECOND
            for variant in chosen
        ]  # fmt: skip
        engine = len(chosen) * 2 * frames * self._engine_seconds(dataset)
        return self.minutes(sum(seconds) + engine, attempt)

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
        held = [
            copies * self._pairs(dataset, v) * _values(v) * _depth(v) * _BYTES_PER_PAIR / 1e6
            for v in self._chosen(variants)
        ]
        return self.megabytes(at_once * (_IMPORTS + max(held)), attempt)

    def megabytes(self, base: float, attempt: int) -> int:
        """MB: a base, doubled by every failed attempt, up to what the profile allows."""
        # Snakemake itself runs beside the job, twice.
        return min(ceil(600 + base) * 2 ** (attempt - 1), self.machine.most_megabytes)

    @property
    def _speed(self) -> float:
        return _GPU if self.machine.has_gpus else 1.0

    def minutes(self, seconds: float, attempt: int) -> int:
        """Minutes for a job that surely takes so long, beside its start."""
        minutes = ceil(_START + seconds / 60) * 2 ** (attempt - 1)
        return min(minutes, self.machine.most_minutes)

    def _engine_seconds(self, dataset: str) -> float:
        return max(0.01, 0.15 * (self.atoms[dataset] / 42) ** 2)

    def _chosen(self, variants: Iterable[str]) -> list[Row]:
        return [self.variants[name] for name in variants]

    def _pairs(self, dataset: str, variant: Row) -> float:
        """Directed pairs within the cutoff: neighbours grow with its volume, up to all atoms."""
        atoms = self.atoms[dataset]
        return atoms * min(atoms - 1, 4 + 0.1 * variant.pair_cutoff**3)

    def _work(self, dataset: str, variant: Row) -> float:
        """Cost of energy and forces of one molecule."""
        if isinstance(variant, Given):
            return _GIVEN * self._engine_seconds(dataset) * _PER_SECOND
        return variant.work(self.atoms[dataset], self._pairs(dataset, variant))


def _depth(row: Row) -> float:
    return _GIVEN_DEPTH if isinstance(row, Given) else row.depth


def _values(row: Row) -> int:
    return _GIVEN_VALUES if isinstance(row, Given) else row.values_per_pair


def count_dataset_atoms(study: Study) -> dict[str, int]:
    """Number of atoms by data set, before any data are there.

    Raises:
        MissingFileError, MoleculeError: as :func:`nearsight.data.named_molecules.count_atoms`.
    """
    return {
        name: count_atoms(spec.molecule) if isinstance(spec, GeneratedDataset) else UNKNOWN_ATOMS
        for name, spec in study.datasets.items()
    }
