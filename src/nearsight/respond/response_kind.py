"""What a file of a response holds for those who read it."""

from nearsight.storage import Kind

_PAIR = ("pair",)

RESPONSE = Kind(
    name="file of a response",
    verb="nearsight respond",
    variables={
        "structure": (_PAIR, "i"),
        "atom": (_PAIR, "i"),
        "atom_other": (_PAIR, "i"),
        "atomic_number": (_PAIR, "i"),
        "atomic_number_other": (_PAIR, "i"),
        "distance": (_PAIR, "f"),
        "norm": (_PAIR, "f"),
    },
    counted=("structure",),
    known=("distance",),
    filled=("pair",),
)
