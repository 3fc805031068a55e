"""What is compared with stability: listed here before any study runs, so that none is picked."""

from typing import Final

ERROR: Final = "force_mae"
"""The accuracy that is held fixed, and is put against stability itself."""
SURVIVAL: Final = "restricted_mean_survival_time"
HEATING: Final = "heating"
OUTCOMES: Final = {SURVIVAL: ("shorter survival", "longer survival"),
                   HEATING: ("less heating", "more heating")}  # fmt: skip
"""What a descriptor is put against, with the words for a smaller and a larger value."""
EVERY: Final = "all"
"""Label of all data sets, or all families, together; used where there is more than one."""

LISTED: Final[dict[str, str]] = {
    "response_deviation_signed": "does what decays too slowly, or too fast, fail? first everywhere",
    "response_ratio_7": "the same without a fit or a window: the response at 7 Å",
    HEATING: "failing networks turn potential energy into heat",
    "response_deviation": "any deviation from the reference, whatever its sign",
    ERROR: "what a user would look at first",
}
"""The family that Holm's correction is over, each with its reason."""

EXPLORATORY: Final[dict[str, str]] = {
    "response_exponent": "the slope alone, without a reference",
    "relevance_exponent": "the slope as GNN-LRP sees it",
    "relevance_tail_share": "far pairs that matter to the output",
    "relevance_range_90": "how far walks go that carry relevance",
    "effective_body_order": "many-body networks may be the softer ones",
    "faithfulness": "whether it matters that relevance and response agree",
}
"""Shown without a verdict: each that joined the list would cost the others power."""

DESCRIPTORS: Final = LISTED | EXPLORATORY
