"""The work of a study: how often each stage evaluates what, and how much an evaluation is.

The model behind what jobs ask for (:mod:`nearsight.workflow.requests`, with generous constants) and
behind what a study is expected to cost (:mod:`nearsight.costs.expected`, with measured ones).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nearsight.config import GeneratedDataset, Given, Row, Study, Variant
from nearsight.data.named_molecules import count_atoms

UNKNOWN_ATOMS = 40
"""Atoms assumed for imported data, which are counted only when they are read."""
FRAMES = 10_000
"""Test frames assumed of data that are not generated."""
GPU = 20.0
"""Times as fast a GPU is taken to be as a core: a cautious assumption, not a measurement."""
GIVEN = 10.0
"""Times the reference engine that a given model is taken to cost; SO3LR some seven, on ethanol."""
GIVEN_DEPTH, GIVEN_VALUES = 3, 512
"""Blocks of a given model, and numbers by pair in each, as far as memory and walks are asked."""


@dataclass(frozen=True)
class Work:
    """Work of a study, by stage, data set and network.

    Attributes:
        study: what is run.
        atoms: number of atoms by data set, as :func:`count_dataset_atoms` gives it.
        rows: the study's variants by id, and its given models by name.
    """

    study: Study
    atoms: Mapping[str, int]
    rows: Mapping[str, Row]

    def training(self, name: str) -> float:
        """Evaluations: frames × epochs × 3, which is what a step of training takes of them."""
        row = self.rows[name]
        if isinstance(row, Given):
            return 0.0
        return 3.0 * row.n_train * self.study.training.max_epochs

    def evaluation(self, dataset: str) -> float:
        """Test frames, as far as their number is known."""
        spec = self.study.datasets[dataset]
        return spec.sampling.n_frames if isinstance(spec, GeneratedDataset) else FRAMES

    def dynamics(self, dataset: str) -> float:
        """Steps of all replicas; those that are run again with half the step count twice."""
        dynamics = self.study.dynamics_on(dataset)
        replicas = dynamics.replicas + 2 * min(dynamics.halved_replicas, dynamics.replicas)
        return replicas * 1000 * dynamics.duration / dynamics.timestep

    def relevance(self, dataset: str, name: str) -> float:
        """Structures × atoms, per unit of depth."""
        return self.study.explain.n_structures * self.atoms[dataset] * self.depth(name)

    def response(self, dataset: str) -> float:
        """Structures × three rows per atom, of two evaluations each."""
        return 6.0 * self.study.respond.n_structures * self.atoms[dataset]

    def failures(self, dataset: str, name: str) -> float:
        """As of relevance, for every replica and test frame."""
        return self.looked_at(dataset) * self.atoms[dataset] * self.depth(name)

    def looked_at(self, dataset: str) -> int:
        """Frames that the stage of failures looks at: last ones of replicas, and test frames."""
        return self.study.dynamics_on(dataset).replicas + self.study.failures.n_structures

    def pair_frames(self, dataset: str) -> float:
        """Distances between atoms over all frames that dynamics writes."""
        dynamics = self.study.dynamics
        frames = 1000 * dynamics.duration / dynamics.timestep / dynamics.write_interval
        return frames * dynamics.replicas * self.atoms[dataset] ** 2

    def pairs(self, dataset: str, name: str) -> float:
        """Directed pairs within the cutoff: neighbours grow with its volume, up to all atoms."""
        atoms = self.atoms[dataset]
        return atoms * min(atoms - 1, 4 + 0.1 * self.rows[name].pair_cutoff ** 3)

    def multiplications(self, dataset: str, name: str) -> float:
        """Of energy and forces of one molecule by a variant.

        Raises:
            KeyError: no variant of this name, but a given model, of which nobody knows.
        """
        row = self.rows[name]
        if not isinstance(row, Variant):
            raise KeyError(name)
        return row.work(self.atoms[dataset], self.pairs(dataset, name))

    def is_given(self, name: str) -> bool:
        """Whether it is a given model, which is not trained."""
        return isinstance(self.rows[name], Given)

    def depth(self, name: str) -> float:
        """Blocks of a network."""
        row = self.rows[name]
        return GIVEN_DEPTH if isinstance(row, Given) else row.depth

    def values(self, name: str) -> int:
        """Numbers that a pair carries in each block."""
        row = self.rows[name]
        return GIVEN_VALUES if isinstance(row, Given) else row.values_per_pair


def work_of(study: Study) -> Work:
    """The work of a study whose data are not there yet.

    Raises:
        MissingFileError, MoleculeError: as :func:`nearsight.data.named_molecules.count_atoms`.
    """
    return Work(study, count_dataset_atoms(study), {row.id: row for _, row in study.cases()})


def count_dataset_atoms(study: Study) -> dict[str, int]:
    """Number of atoms by data set, before any data are there.

    Raises:
        MissingFileError, MoleculeError: as :func:`nearsight.data.named_molecules.count_atoms`.
    """
    return {
        name: count_atoms(spec.molecule) if isinstance(spec, GeneratedDataset) else UNKNOWN_ATOMS
        for name, spec in study.datasets.items()
    }
