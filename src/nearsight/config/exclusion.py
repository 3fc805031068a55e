"""Combinations of data sets and values of axes that a study leaves out."""

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from nearsight.config.variants import (
    MOST_VALUES,
    Cutoff,
    Depth,
    Family,
    Features,
    RadialBasis,
    Seed,
    TrainingFrames,
    Variant,
)
from nearsight.families.targets import Pooling, TargetName
from nearsight.section import Section, setting

DatasetName = Annotated[str, Field(max_length=64)]


def _values(axis: str, unit: str = "") -> Any:
    """Declare the values of an axis that are left out; none named means every one."""
    text = f"Of these {axis} only; of all where empty."
    return setting([], unit=unit, description=text, max_length=MOST_VALUES)


class Exclusion(Section):
    """Networks that a study leaves out: those that match every key given.

    ``{family: [painn], seed: [2, 3]}`` leaves out the PaiNNs of two seeds.
    """

    stages: ClassVar[tuple[str, ...]] = ("collect",)

    dataset: list[DatasetName] = _values("data sets")
    family: list[Family] = _values("families")
    cutoff: list[Cutoff] = _values("cutoffs", "angstrom")
    depth: list[Depth] = _values("depths", "blocks")
    features: list[Features] = _values("numbers of features", "1")
    n_train: list[TrainingFrames] = _values("numbers of training frames", "frames")
    seed: list[Seed] = _values("seeds", "1")
    frames_seed: list[Seed] = _values("seeds of training frames", "1")
    radial_basis: list[RadialBasis] = _values("radial bases")
    target: list[TargetName] = _values("targets")
    pooling: list[Pooling] = _values("poolings")

    @model_validator(mode="after")
    def _it_says_something(self) -> "Exclusion":
        if not self.given():
            raise ValueError("an entry of exclude names no value: it would leave out everything")
        return self

    def given(self) -> dict[str, list[object]]:
        """The keys that name values."""
        return {name: values for name, values in self.model_dump().items() if values}

    def matches(self, dataset: str, variant: Variant) -> bool:
        """Whether it leaves out a variant on a data set."""
        own = {"dataset": dataset, **variant.model_dump()}
        return all(own[name] in values for name, values in self.given().items())
