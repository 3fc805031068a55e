"""Configuration: pydantic models are its only source; YAML, schema and key table follow them."""

from nearsight.config.datasets import (
    DatasetSpec,
    GeneratedDataset,
    ImportedDataset,
    PublishedDataset,
    Sampling,
    Split,
)
from nearsight.config.dynamics import Dynamics
from nearsight.config.exclusion import Exclusion
from nearsight.config.given import Given, GivenModel, Row
from nearsight.config.loading import load_entry, load_section, load_study, parse_yaml, validate
from nearsight.config.machine import Machine
from nearsight.config.question import Question
from nearsight.config.stages import (
    Explain,
    Failures,
    Faithfulness,
    Respond,
    Statistics,
)
from nearsight.config.study import Study
from nearsight.config.training import Training
from nearsight.config.yardstick import GFN2_XTB, Yardstick, same_level
from nearsight.families.specs import (
    AXES,
    REPEATS,
    AnyVariant,
    axes_of,
    look_of,
    make_variant,
)
from nearsight.families.targets import TARGET_NAMES, TARGETS, TargetName, TargetProperty
from nearsight.families.variant import Variant
from nearsight.section import Section

__all__ = [
    "AXES",
    "AnyVariant",
    "DatasetSpec",
    "Dynamics",
    "Exclusion",
    "Explain",
    "Failures",
    "Faithfulness",
    "GFN2_XTB",
    "GeneratedDataset",
    "Given",
    "GivenModel",
    "ImportedDataset",
    "PublishedDataset",
    "Machine",
    "Question",
    "REPEATS",
    "Respond",
    "Row",
    "Sampling",
    "Section",
    "Split",
    "Statistics",
    "Study",
    "TARGETS",
    "TARGET_NAMES",
    "TargetName",
    "TargetProperty",
    "Training",
    "Variant",
    "Yardstick",
    "axes_of",
    "load_entry",
    "load_section",
    "load_study",
    "look_of",
    "make_variant",
    "parse_yaml",
    "same_level",
    "validate",
]
