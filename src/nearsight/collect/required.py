"""What each file that is joined must be, by its name: enough to tell it from all others."""

from nearsight.storage import Kind

_PAIR = (("pair",), "f")
_RESPONSE = Kind("file of a response", "nearsight respond", {"norm": _PAIR, "distance": _PAIR})
_STABILITY = Kind(
    "file of stability",
    "nearsight stability",
    {"survival": (("time",), "f"), "end_share": (("end_kind",), "f")},
)

KINDS: dict[str, Kind] = {
    "history.nc": Kind(
        "history of a training", "nearsight train", {"train_loss": (("epoch",), "f")}
    ),
    "relevance.nc": Kind(
        "file of relevance",
        "nearsight explain",
        {"relevance": _PAIR, "distance": _PAIR, "size": (("structure",), "i")},
    ),
    "response.nc": _RESPONSE,
    "faithfulness.nc": Kind(
        "file of tests of relevance",
        "nearsight faithfulness",
        {
            "relevance": (("choice", "pair"), "f"),
            "ablation_energy": (("order", "structure", "fraction"), "f"),
        },
    ),
    "stability.nc": _STABILITY,
    "failures.nc": Kind(
        "file of failures",
        "nearsight failures",
        {
            "cause": (("failure",), "s"),
            "element_pair": (("failure",), "s"),
            "end_time": (("failure",), "f"),
            "good_time": (("failure",), "f"),
            "pair_force_error_good": (("failure",), "f"),
            "typical_pair_force_error": (("failure",), "f"),
        },
    ),
    "reference_response.nc": _RESPONSE,
    "reference_curves.nc": Kind(
        "file of curves of known decay", "nearsight reference-curves", {"bond_order": _PAIR}
    ),
    "reference_stability.nc": _STABILITY,
}
