"""A diagnosis for machines: JSON under a schema, written beside the page."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from nearsight.diagnose.finding import Finding, Threshold, Verdict
from nearsight.diagnose.subject import Effort
from nearsight.models.open_model import Kind

FORMAT: Literal[1] = 1


def _known(value: float | None) -> float | None:
    """JSON has no word for what is not finite."""
    return value if value is not None and math.isfinite(value) else None


Number = Annotated[float | None, AfterValidator(_known)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class ThresholdPart(_Part):
    """What a number is compared with."""

    warn: Number = Field(description="Beyond it the verdict is warn.")
    fail: Number = Field(description="Beyond it the verdict is fail.")
    source: str = Field(description="Where the numbers come from.")
    smaller_is_better: bool = Field(description="Whether beyond means above.")


class FindingPart(_Part):
    """One thing that was measured; null is a number that is not there."""

    quantity: str = Field(description="Name, unique within its check.")
    text: str = Field(description="What it is.")
    value: Number = Field(description="The number, in its unit.")
    low: Number = Field(description="Lower bound of its interval.")
    high: Number = Field(description="Upper bound of its interval.")
    unit: str = Field(description="UDUNITS spelling.")
    threshold: ThresholdPart | None = Field(description="Null where it is only told.")
    verdict: Verdict
    reason: str = Field(description="Why the verdict is what it is.")
    advice: str = Field(description="What to do; empty where there is nothing to do.")


class CheckPart(_Part):
    """A check of one model."""

    name: str
    title: str
    question: str
    verdict: Verdict = Field(description="The gravest of its findings.")
    answer: str = Field(description="The findings in a sentence or two.")
    seconds: float = Field(description="Wall time that it took, in s.", ge=0)
    findings: list[FindingPart]


class ModelPart(_Part):
    """A model that was diagnosed."""

    label: str
    kind: Kind
    files: dict[str, str] = Field(description="SHA-256 of its files, by role.")
    attributes: dict[str, str] = Field(description="What it is beyond its files.")
    cutoff_angstrom: float | None
    depth: int | None
    verdict: Verdict = Field(description="The gravest of its checks.")
    checks: list[CheckPart]


class Document(_Part):
    """What ``nearsight diagnose`` found."""

    format: Literal[1] = FORMAT
    nearsight_version: str
    git_commit: str
    date: str = Field(description="ISO 8601, UTC.")
    hardware: str
    packages: dict[str, str]
    effort: Effort
    seed: int
    structures: str = Field(description="File of the structures.")
    structures_sha256: str
    n_structures: int = Field(ge=1)
    formulas: list[str] = Field(description="Of the structures, each once.")
    labels: str = Field(description="File of labelled data, or empty.")
    labels_sha256: str
    reference: str = Field(description="What models are compared with, or none.")
    reference_attributes: dict[str, str]
    verdict: Verdict = Field(description="The gravest of all models.")
    models: list[ModelPart]


def finding_part(finding: Finding) -> FindingPart:
    """A finding as JSON has it."""
    return FindingPart.model_validate(finding)


def finding_of(part: FindingPart) -> Finding:
    """The finding that stands in JSON."""
    limit = part.threshold
    threshold = None if limit is None else Threshold(**_filled(limit))
    return Finding(**{**_filled(part), "threshold": threshold})


def _filled(part: _Part) -> dict[str, Any]:
    """The fields, NaN in the place of null."""
    return {name: math.nan if value is None else value for name, value in part}


def schema() -> Mapping[str, Any]:
    """JSON schema of a document."""
    return Document.model_json_schema()
