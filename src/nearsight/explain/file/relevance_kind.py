"""What a file of relevance holds for those who read it."""

from nearsight.storage import Kind

_PAIR = ("pair",)

RELEVANCE = Kind(
    name="file of relevance",
    verb="nearsight explain",
    variables={
        "structure": (_PAIR, "i"),
        "atom": (_PAIR, "i"),
        "atom_other": (_PAIR, "i"),
        "atomic_number": (_PAIR, "i"),
        "atomic_number_other": (_PAIR, "i"),
        "distance": (_PAIR, "f"),
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
