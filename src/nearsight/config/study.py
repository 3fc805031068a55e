"""A study: data sets, variants and the settings of every stage."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model, model_validator

from nearsight.aims.specs import AIMS, MOVED
from nearsight.config.blocks import MOST_BLOCKS, Block, SharedAxes, Variants, blocks_of_axes
from nearsight.config.datasets import DatasetSpec, GeneratedDataset, PublishedDataset
from nearsight.config.dynamics import Dynamics
from nearsight.config.exclusion import Exclusion
from nearsight.config.given import MOST_MODELS, Given, GivenModel, Row, why_taken
from nearsight.config.moved import with_moved_keys
from nearsight.config.question import Question
from nearsight.config.stages import Explain, Failures, Faithfulness, Respond, Statistics
from nearsight.config.training import Training
from nearsight.config.yardstick import Yardstick, YardstickSetting
from nearsight.families.specs import AXES, REPEATS, axes_of
from nearsight.families.variant import Variant
from nearsight.limits import MOST_VARIANTS
from nearsight.section import Section, setting

MOST_EXCLUSIONS = 1000

# Names become folders: no separator, no leading dot, nothing a shell would expand.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]

RESERVED = {"tables", "figures", "logs", "benchmarks", "so_far"}

if TYPE_CHECKING:
    AimName = str
else:
    AimName = Literal[tuple(AIMS)]


class Study(Section):
    """Everything that defines a study; one YAML file."""

    name: Name = setting(
        unit="",
        description="Name of the study and of its results folder.",
        stages=("all",),
    )
    aim: AimName = setting(
        next(iter(AIMS)),
        unit="",
        description="What the study is for: "
        + "; ".join(f"{name}, {spec.text}" for name, spec in AIMS.items())
        + ".",
        stages=("collect",),
    )
    datasets: dict[Name, DatasetSpec] = setting(
        unit="", description="Data sets by name.", min_length=1, max_length=1000
    )
    variants: list[Block] = setting(
        unit="",
        description="What is trained on every data set: blocks, a family each, with its axes.",
        stages=("train",),
        min_length=1,
        max_length=MOST_BLOCKS,
    )
    every_variant: SharedAxes = Field(
        default_factory=SharedAxes, description="Axes that all blocks share."
    )
    exclude: list[Exclusion] = setting(
        [],
        unit="",
        description="Combinations that are left out, each as {axis: [values]}, also by dataset.",
        stages=("collect",),
        max_length=MOST_EXCLUSIONS,
    )
    models: dict[Name, GivenModel] = setting(
        {},
        unit="",
        description="Models that are there already, by the name of their row: they stand beside"
        " the variants on every data set and are not trained.",
        stages=("collect",),
        max_length=MOST_MODELS,
        # A study without any is written as before there were any.
        exclude_if=lambda models: not models,
    )
    question: Question = Field(default_factory=Question)
    training: Training = Field(default_factory=Training, description="Fit of a variant.")
    explain: Explain = Field(default_factory=Explain, description="Relevance of walks.")
    yardstick: YardstickSetting = Field(default_factory=Yardstick)
    respond: Respond = Field(default_factory=Respond, description="Hessian blocks.")
    faithfulness: Faithfulness = Field(
        default_factory=Faithfulness, description="Tests of relevance."
    )
    dynamics: Dynamics = Field(default_factory=Dynamics, description="NVE dynamics.")
    failures: Failures = Field(default_factory=Failures, description="What broke in dynamics.")
    statistics: Statistics = Field(default_factory=Statistics, description="Bins and intervals.")

    @model_validator(mode="before")
    @classmethod
    def _blocks_of_axes(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not isinstance(values.get("variants"), Mapping):
            return values
        blocks, shared = blocks_of_axes(dict(values["variants"]))
        given = values.get("every_variant", {})
        both = {**shared, **given} if isinstance(given, Mapping) else given
        return {**values, "variants": blocks, "every_variant": both}

    @model_validator(mode="before")
    @classmethod
    def _keys_stand_where_they_do_now(cls, values: Any) -> Any:
        return with_moved_keys(values, MOVED)

    @model_validator(mode="after")
    def _names_are_free(self) -> "Study":
        taken = sorted(RESERVED & self.datasets.keys())
        if taken:
            raise ValueError(f"data set name {taken[0]!r} is taken by a folder of the results")
        fault = why_taken(self.models)
        if fault:
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _it_can_be_planned(self) -> "Study":
        count = (len(self.members) + len(self.models)) * len(self.datasets)
        if count > MOST_VARIANTS:
            raise ValueError(
                f"variants times datasets are {count} networks; at most {MOST_VARIANTS} are planned"
            )
        return self

    @model_validator(mode="after")
    def _exclusions_are_of_this_study(self) -> "Study":
        known = {"dataset": list(self.datasets), **self.axes()}
        for k, entry in enumerate(self.exclude):
            for name, values in entry.given().items():
                for value in values:
                    if value not in known[name]:
                        raise ValueError(
                            f"exclude.{k}.{name} names {value!r}, which the study does not have:"
                            f" it has {', '.join(map(str, known[name]))}"
                        )
        for dataset in self.datasets:
            if not self.variants_of(dataset):
                raise ValueError(
                    f"exclude leaves no variant on data set {dataset}: leave the data set out"
                )
        return self

    @model_validator(mode="after")
    def _question_is_of_this_study(self) -> "Study":
        name = self.question.dataset
        if name and name not in self.datasets:
            raise ValueError(
                f"question.dataset is {name!r}, which the study does not have: it has"
                f" {', '.join(self.datasets)}"
            )
        return self

    @model_validator(mode="after")
    def _it_serves_its_aim(self) -> "Study":
        AIMS[self.aim].check(self)
        return self

    @model_validator(mode="after")
    def _enough_frames(self) -> "Study":
        largest = max(self.axes()["n_train"])
        for name, spec in self.datasets.items():
            n_frames, key = _frames(spec)
            if n_frames is None:
                continue
            share = 1 - spec.split.validation - spec.split.test
            available = round(n_frames * share)
            if largest > available:
                raise ValueError(
                    f"n_train asks for {largest} frames, but data set {name} leaves about "
                    f"{available} of {n_frames} for training: raise datasets.{name}.{key}"
                )
        return self

    @cached_property
    def members(self) -> tuple[Variant, ...]:
        """All variants that the blocks span, made once: they are asked for again and again."""
        return Variants(self.variants, self.every_variant).members

    @property
    def needs_yardstick(self) -> bool:
        """Whether its aim compares networks with a reference engine."""
        return AIMS[self.aim].needs_yardstick

    def axes(self) -> dict[str, list[Any]]:
        """Values on every axis, in the order of the study; NaN or no text is no value."""
        found = [axes_of(variant) for variant in self.members]
        return {
            axis: [
                value
                for value in dict.fromkeys(values[axis] for values in found)
                if value == value and value != ""
            ]
            for axis in AXES
        }

    def design(self) -> dict[str, int]:
        """How many ``settings`` a family has, and ``seeds`` a setting; the largest of all."""
        seeds = Counter(
            tuple(value for axis, value in axes_of(variant).items() if axis not in REPEATS)
            for variant in self.members
        )
        settings = Counter(setting[0] for setting in seeds)
        return {"settings": max(settings.values()), "seeds": max(seeds.values())}

    def variant_table(self) -> dict[str, Variant]:
        """Variants by their id, of all data sets together."""
        if not self.exclude:
            return {variant.id: variant for variant in self.members}
        chosen = {name for dataset in self.datasets for name in self.variants_of(dataset)}
        return {v.id: v for v in self.members if v.id in chosen}

    def variants_of(self, dataset: str) -> dict[str, Variant]:
        """Variants on a data set by their id: the axes' product without what is excluded."""
        return {
            variant.id: variant
            for variant in self.members
            if not any(entry.matches(dataset, variant) for entry in self.exclude)
        }

    def rows_of(self, dataset: str) -> dict[str, Row]:
        """What stands on a data set by its id: its variants, then the given models."""
        given = {name: Given(name, model) for name, model in self.models.items()}
        return {**self.variants_of(dataset), **given}

    def cases(self) -> list[tuple[str, Row]]:
        """Every row of the study: data set, and variant or given model, in their order."""
        return [(name, row) for name in self.datasets for row in self.rows_of(name).values()]

    def trained(self) -> list[tuple[str, Variant]]:
        """Every network that the study trains: data set and variant, in their order."""
        return [
            (name, variant) for name in self.datasets for variant in self.variants_of(name).values()
        ]

    def primary_question(self) -> Question:
        """The question with its data set named."""
        dataset = self.question.dataset or next(iter(self.datasets))
        return self.question.model_copy(update={"dataset": dataset})

    def dynamics_on(self, dataset: str) -> Dynamics:
        """Settings of dynamics on a data set, which may have a temperature of its own."""
        own = self.datasets[dataset].dynamics_temperature
        return self.dynamics.model_copy(update={"temperature": own}) if own else self.dynamics


def _frames(spec: DatasetSpec) -> tuple[int | None, str]:
    """Number of frames, where it is known before the data are there, and the key that sets it."""
    if isinstance(spec, GeneratedDataset):
        return spec.sampling.n_frames, "sampling.n_frames"
    if isinstance(spec, PublishedDataset) and spec.n_frames:
        return spec.n_frames, "n_frames"
    return None, ""


if not TYPE_CHECKING:
    # Keys of one aim alone stand in a section of its name, which its folder declares.
    Study = create_model(
        "Study",
        __base__=Study,
        __module__=__name__,
        __doc__=Study.__doc__,
        **{
            name: (spec.settings, Field(default_factory=spec.settings, description=spec.text))
            for name, spec in AIMS.items()
            if spec.settings is not None
        },
    )
