"""What a file of a response holds for those who read it."""

from nearsight.data.pair_columns import PAIR_KIND
from nearsight.storage import Kind

_PAIR = ("pair",)

RESPONSE = Kind(
    name="file of a response",
    verb="nearsight respond",
    variables={
        **PAIR_KIND,
        "norm": (_PAIR, "f"),
    },
    counted=("structure",),
    known=("distance",),
    filled=("pair",),
)
