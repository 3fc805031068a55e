"""The one question that a study is made to answer, stated before it runs."""

from typing import ClassVar, Literal

from pydantic import model_validator

from nearsight.section import Section, setting

Descriptor = Literal[
    "none",
    "response_deviation_signed",
    "response_ratio_7",
    "response_deviation",
    "response_exponent",
    "heating",
    "relevance_exponent",
    "relevance_tail_share",
    "relevance_range_90",
    "effective_body_order",
    "faithfulness",
    "force_mae",
]
"""What may be asked of; the reasons stand in ``aims/stability/association/descriptors.py``."""
Outcome = Literal["restricted_mean_survival_time", "heating"]
Direction = Literal["negative", "positive", "either"]


class Question(Section):
    """The primary question: does a descriptor of the networks go with how their dynamics holds?

    It is tested once, within each family of models, and is the only test that spends the whole
    level.
    """

    stages: ClassVar[tuple[str, ...]] = ("collect",)

    descriptor: Descriptor = setting(
        "none",
        unit="",
        description="What is put against the outcome; with none the study only explores.",
    )
    outcome: Outcome = setting(
        "restricted_mean_survival_time",
        unit="",
        description="What the descriptor is to go with.",
    )
    direction: Direction = setting(
        "either",
        unit="",
        description="Sign of the correlation that is expected; either tests both sides.",
    )
    dataset: str = setting(
        "",
        unit="",
        description="Data set that the question is about; the first where empty.",
        max_length=64,
    )

    @model_validator(mode="after")
    def _two_things(self) -> "Question":
        if self.descriptor == self.outcome:
            raise ValueError(f"descriptor and outcome are both {self.outcome}: choose another")
        return self
