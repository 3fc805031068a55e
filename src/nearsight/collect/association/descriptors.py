"""What is compared with stability: listed here before any study runs, so that none is picked."""

from typing import Final

DESCRIPTORS: Final[dict[str, str]] = {
    "response_deviation": "the question itself: does decay unlike the reference's go with failure?",
    "response_deviation_signed": "too long and too short may differ in what they do",
    "response_exponent": "the slope alone, without a reference",
    "relevance_exponent": "the slope as GNN-LRP sees it",
    "relevance_tail_share": "far pairs that matter to the output",
    "relevance_range_90": "how far walks go that carry relevance",
    "effective_body_order": "many-body networks may be the softer ones",
    "faithfulness": "whether it matters that relevance and response agree",
}
"""The family that Holm's correction is over, each with its reason."""

ERROR: Final = "force_mae"
"""The accuracy that is held fixed, and shown beside as what a user would look at first."""
SURVIVAL: Final = "restricted_mean_survival_time"
EVERY: Final = "all"
"""Label of all data sets, or all architectures, together."""
