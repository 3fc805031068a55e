"""Which variants one job handles."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nearsight.config import GivenModel
from nearsight.config.given import package_of
from nearsight.workflow.parameters import as_json, as_options


@dataclass(frozen=True)
class Batch:
    """Variants that one job handles one after another, or side by side; or one given model.

    Attributes:
        study: its name, or the wildcard of any.
        dataset: the data set, or the wildcard of any.
        variants: ids, or the wildcard of any; the name of a given model.
        name: what tells this batch from others in names of rules, logs and benchmarks.
        given: the model, of a batch of one that is given and not trained.
    """

    study: str
    dataset: str
    variants: tuple[str, ...]
    name: str
    given: GivenModel | None = None

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

    @property
    def models(self) -> list[str]:
        """Paths of the models themselves, where they are files."""
        return self.files("model.safetensors") if self.given is None else self.given.paths

    @property
    def model(self) -> str:
        """The model in a command of ``each``, as Snakemake fills it in."""
        return "'{{//}}/model.safetensors'" if self.given is None else "{params.model}"

    @property
    def is_of_networks(self) -> bool:
        """Whether it runs on the device of the machine; of a calculator its arguments say that."""
        return self.given is None or not self.given.calculator

    @property
    def parameters(self) -> dict[str, str]:
        """What a rule is told of a given model: another one runs its jobs anew."""
        if self.given is None:
            return {}
        arguments = as_json(self.given.arguments) if self.given.arguments else ""
        named = as_options({"--calculator-arguments": arguments})
        told = {"model": f"{shlex.quote(self.given.argument)} {named}".strip()}
        version = package_of(self.given.calculator) if self.given.calculator else ""
        return told | ({"package": version} if version else {})


ALONE = Batch("{study}", "{dataset}", ("{variant}",), "")
"""A job of its own for every variant: one rule with wildcards, which plans fastest."""


def batches(study: str, variants: Mapping[str, Sequence[str]], size: int) -> Iterator[Batch]:
    """Split a study into batches of up to ``size`` variants of one data set.

    Variants follow each other in the order of the axes, so those of one batch differ in the last
    axes, the seed first, and take about equally long. Their paths hold no wildcard: Snakemake then
    finds the rule of a file by its name, instead of trying all of them.

    Args:
        study: name of the study.
        variants: ids of the variants by data set.
        size: most variants of a batch; 1 gives :data:`ALONE` and nothing else.
    """
    if size == 1:
        yield ALONE
        return
    for dataset, own in variants.items():
        for number, first in enumerate(range(0, len(own), size)):
            chosen = tuple(own[first : first + size])
            yield Batch(study, dataset, chosen, f"batch_{number:04d}")


def given_batches(models: Mapping[str, GivenModel]) -> list[Batch]:
    """A batch for each given model, which stands for its job on any data set.

    Args:
        models: of the study, by name.
    """
    return [Batch("{study}", "{dataset}", (name,), name, one) for name, one in models.items()]
