"""Which variants one job handles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Batch:
    """Variants that one job handles one after another, or side by side.

    Attributes:
        study: its name, or the wildcard of any.
        dataset: the data set, or the wildcard of any.
        variants: ids, or the wildcard of any.
        name: what tells this batch from others in names of rules, logs and benchmarks.
    """

    study: str
    dataset: str
    variants: tuple[str, ...]
    name: str

    @property
    def is_wildcard(self) -> bool:
        """Whether one rule stands for a job of every variant."""
        return self.name == ""

    @property
    def root(self) -> str:
        """Path of the study's folder."""
        return f"results/{self.study}"

    @property
    def home(self) -> str:
        """Path of the data set's folder."""
        return f"{self.root}/{self.dataset}"

    @property
    def label(self) -> str:
        """Path below the folders of logs and benchmarks."""
        return f"{self.dataset}/{self.name or '{variant}'}"

    def files(self, *names: str) -> list[str]:
        """Paths of files of each variant."""
        return [f"{self.home}/{variant}/{name}" for variant in self.variants for name in names]


ALONE = Batch("{study}", "{dataset}", ("{variant}",), "")
"""A job of its own for every variant: one rule with wildcards, which plans fastest."""


def batches(
    study: str,
    variants: Mapping[str, Sequence[str]],
    size: int,
    weight: Callable[[str, str], float] | None = None,
) -> Iterator[Batch]:
    """Split a study into batches of up to ``size`` variants of one data set.

    Variants follow each other in the order of the axes, so those of one batch differ in the last
    axes, the seed first, and take about equally long. Their paths hold no wildcard: Snakemake then
    finds the rule of a file by its name, instead of trying all of them.

    Args:
        study: name of the study.
        variants: ids of the variants by data set.
        size: most variants of a batch; 1 gives :data:`ALONE` and nothing else.
        weight: how much a variant is to do, by data set and id. With it the batches of a data set
            are about equally heavy instead, and each begins with its heaviest variant.
    """
    if size == 1:
        yield ALONE
        return
    for dataset, own in variants.items():
        for number, chosen in enumerate(_split(dataset, own, size, weight)):
            yield Batch(study, dataset, tuple(chosen), f"batch_{number:04d}")


def _split(
    dataset: str,
    own: Sequence[str],
    size: int,
    weight: Callable[[str, str], float] | None,
) -> list[Sequence[str]]:
    if weight is None:
        return [own[first : first + size] for first in range(0, len(own), size)]
    hands: list[list[str]] = [[] for _ in range(ceil(len(own) / size))]
    for turn, name in enumerate(sorted(own, key=lambda name: -weight(dataset, name))):
        # There and back again, so that no batch gets the heavier one every time.
        round_, place = divmod(turn, len(hands))
        hands[place if round_ % 2 == 0 else -1 - place].append(name)
    return list(hands)
