"""A study: data sets, variants and the settings of every stage."""

from typing import Annotated

from pydantic import Field, model_validator

from nearsight.config.datasets import DatasetSpec, GeneratedDataset
from nearsight.config.dynamics import Dynamics
from nearsight.config.section import Section, setting
from nearsight.config.stages import Explain, Faithfulness, Respond, Statistics, Training
from nearsight.config.variants import Variant, VariantAxes

# Names become folders: no separator, no leading dot, nothing a shell would expand.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]

RESERVED = {"tables", "figures", "logs", "benchmarks", "so_far"}


class Study(Section):
    """Everything that defines a study; one YAML file."""

    name: Name = setting(unit="", description="Name of the study and of its results folder.")
    datasets: dict[Name, DatasetSpec] = setting(
        unit="", description="Data sets by name.", min_length=1
    )
    variants: VariantAxes = Field(description="Axes whose product is trained on every data set.")
    training: Training = Field(default_factory=Training, description="Fit of a variant.")
    explain: Explain = Field(default_factory=Explain, description="Relevance of walks.")
    respond: Respond = Field(default_factory=Respond, description="Hessian blocks.")
    faithfulness: Faithfulness = Field(
        default_factory=Faithfulness, description="Tests of relevance."
    )
    dynamics: Dynamics = Field(default_factory=Dynamics, description="NVE dynamics.")
    statistics: Statistics = Field(default_factory=Statistics, description="Bins and intervals.")

    @model_validator(mode="after")
    def _names_are_free(self) -> "Study":
        taken = sorted(RESERVED & self.datasets.keys())
        if taken:
            raise ValueError(f"data set name {taken[0]!r} is taken by a folder of the results")
        return self

    @model_validator(mode="after")
    def _enough_frames(self) -> "Study":
        largest = max(self.variants.n_train)
        for name, spec in self.datasets.items():
            if not isinstance(spec, GeneratedDataset):
                continue
            share = 1 - spec.split.validation - spec.split.test
            available = round(spec.sampling.n_frames * share)
            if largest > available:
                raise ValueError(
                    f"variants.n_train asks for {largest} frames, but data set {name} leaves about "
                    f"{available} of {spec.sampling.n_frames} for training: raise "
                    f"datasets.{name}.sampling.n_frames"
                )
        return self

    def variant_table(self) -> dict[str, Variant]:
        """Variants by their id."""
        return {variant.id: variant for variant in self.variants.expand()}
