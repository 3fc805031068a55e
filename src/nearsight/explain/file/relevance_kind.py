"""What a file of relevance holds for those who read it."""

from nearsight.data.pair_columns import PAIR_KIND
from nearsight.storage import Kind

_PAIR = ("pair",)

RELEVANCE = Kind(
    name="file of relevance",
    verb="nearsight explain",
    variables={
        **PAIR_KIND,
        "relevance": (_PAIR, "f"),
        "size": (("structure",), "i"),
    },
    attributes={
        "rule": frozenset({"zero", "gamma", "epsilon"}),
        "rule_strength": (int, float),
        "vector": frozenset({"none", "detach", "flow"}),
    },
    index={"structure": "structure"},
    known=("distance",),
    filled=("pair",),
)
