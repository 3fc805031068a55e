"""Columns of the study table: unit and name of each; what they mean stands in docs/decay.md."""

from nearsight import units
from nearsight.collect.ablation import NAMED
from nearsight.collect.heating import EXCESS, PAIRS
from nearsight.collect.ranges import HELD
from nearsight.train.evaluate import SUMMARY

DECADES = "decades"

COLUMNS: dict[str, tuple[str, str]] = {
    **SUMMARY,
    **{
        f"{name}_spread": (unit, f"spread over frames of the {text}")
        for name, (unit, text) in SUMMARY.items()
    },
    "relevance_exponent": (units.ONE, "exponent of the decay of two-body relevance"),
    "relevance_length": (units.LENGTH, "exponential decay length of two-body relevance"),
    "relevance_power_law_weight": (units.ONE, "Akaike weight of the power law for relevance"),
    "relevance_contains_exponent": (units.ONE, "exponent of the decay of inclusive relevance"),
    "relevance_contains_length": (
        units.LENGTH,
        "exponential decay length of inclusive relevance",
    ),
    "relevance_contains_power_law_weight": (
        units.ONE,
        "Akaike weight of the power law for inclusive relevance",
    ),
    "response_exponent": (units.ONE, "exponent of the decay of the response"),
    "response_length": (units.LENGTH, "exponential decay length of the response"),
    "response_power_law_weight": (units.ONE, "Akaike weight of the power law for the response"),
    "reference_exponent": (units.ONE, "exponent of the decay of the reference engine's response"),
    "conservation_error": (units.ENERGY, "largest |walks + constants - output|"),
    "n_parameters": (units.ONE, "parameters of the network"),
    "epochs": (units.ONE, "epochs of training"),
    "training_seconds": (units.SECOND, "wall time of training"),
    **EXCESS,
    PAIRS: (units.ONE, "replicas of network and reference engine from one start, compared"),
}
"""Numeric columns with unit and name; those with intervals also have ``_low`` and ``_high``."""

NUMBERS: dict[str, tuple[str, str]] = {
    "relevance_tail_share": (units.ONE, "share of two-body |relevance| in the far field"),
    "constants_share": (units.ONE, "share of biases, held vectors and leak beside all walks"),
    "effective_body_order": (units.ONE, "mean number of atoms on a walk, by |relevance|"),
    **{
        f"relevance_range_{percent}": (
            units.LENGTH,
            f"range of the walks that hold {percent} % of |relevance|",
        )
        for percent in HELD
    },
    "relevance_deviation": (
        DECADES,
        "root mean square log10 ratio of relevance to the reference's response, heights aligned",
    ),
    "response_deviation": (DECADES, "root mean square log10 ratio of response to the reference's"),
    "response_deviation_signed": (DECADES, "mean log10 ratio of response to the reference's"),
    "faithfulness": (units.ONE, "rank correlation of relevance and response given distance"),
    "faithfulness_contains": (units.ONE, "the same of inclusive relevance"),
    "faithfulness_within_bins": (
        units.ONE,
        "rank correlation of relevance and response within bins of distance",
    ),
    "faithfulness_raw": (units.ONE, "rank correlation of relevance and response, uncontrolled"),
    "faithfulness_distance_only": (units.ONE, "rank correlation of closeness and response"),
    **{
        f"ablation_area_{order}": (
            units.ONE,
            f"area of the ablation curve in the order of {order}, above random",
        )
        for order in NAMED
    },
    "randomised_agreement": (
        units.ONE,
        "rank correlation of relevance with that of random weights given distance",
    ),
}
"""Descriptors of a case that have an interval; defined in docs/decay.md."""

FROM_REFERENCE: dict[str, tuple[str, str]] = {
    "survival": (units.ONE, "share of replicas not ended at the end of the runs"),
    "restricted_mean_survival_time": (
        units.PICOSECOND,
        "mean time until the end, restricted to the duration",
    ),
    "drift": (units.DRIFT, "drift of the total energy"),
    "fluctuation": (
        units.MEV_PER_ATOM,
        "root mean square deviation of the total energy from its drift",
    ),
    "distance_error": (units.ONE, "integral of the absolute error of the distances' h(r)"),
    "temperature": (units.TEMPERATURE, "mean kinetic temperature before the end"),
    "heating": (units.TEMPERATURE, "change of the kinetic temperature over the run"),
    "potential_energy_change": (units.ENERGY, "change of the potential energy over the run"),
}
"""Columns of the reference engine's own dynamics with their intervals: the floor of the rules."""
