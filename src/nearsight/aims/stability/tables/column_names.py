"""Columns of the study table: unit and name of each; what they mean stands in docs/decay.md."""

from nearsight import units
from nearsight.aims.stability.tables.ablation_areas import NAMED
from nearsight.aims.stability.tables.heating_excess import EXCESS, PAIRS
from nearsight.aims.stability.tables.range_shares import HELD
from nearsight.collect.decay.ratios import DISTANCES
from nearsight.train.evaluate import SUMMARY

DECADES = "decades"


def _decay_columns(name: str, text: str) -> dict[str, tuple[str, str]]:
    """Columns of the fits to one curve."""
    return {
        f"{name}_exponent": (units.ONE, f"exponent of the power law fitted to {text}"),
        f"{name}_length": (units.LENGTH, f"decay length of the exponential fitted to {text}"),
        f"{name}_power_law_weight": (units.ONE, f"Akaike weight of the power law for {text}"),
        f"{name}_exponential_weight": (units.ONE, f"Akaike weight of the exponential for {text}"),
        f"{name}_fit_start": (units.LENGTH, f"where the fits to {text} begin"),
        f"{name}_fit_end": (units.LENGTH, f"where the fits to {text} end"),
    }


COLUMNS: dict[str, tuple[str, str]] = {
    **SUMMARY,
    **{
        f"{name}_spread": (unit, f"spread over frames of the {text}")
        for name, (unit, text) in SUMMARY.items()
    },
    **_decay_columns("relevance", "two-body relevance"),
    **_decay_columns("relevance_contains", "inclusive relevance"),
    **_decay_columns("response", "the response"),
    **_decay_columns("reference", "the reference engine's response"),
    **{
        f"reference_exponent_{name}": (units.ONE, f"exponent of the reference's response, {text}")
        for name, text in (
            ("to_5", "first shell to 5 Å"),
            ("to_7", "first shell to 7 Å"),
            ("beyond_5", "beyond 5 Å"),
        )
    },
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
    "constants_share_of_sizes": (
        units.ONE,
        "size of biases, held vectors and leak, in the sum of their and all walks' sizes",
    ),
    "constants_share_after_cancellation": (
        units.ONE,
        "size of biases, held vectors and leak, beside the size of the sum of all walks",
    ),
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
    "response_deviation_signed": (DECADES, "mean log10 ratio of response to the reference's"),
    "response_deviation": (DECADES, "root mean square log10 ratio of response to the reference's"),
    **{
        f"response_ratio_{distance}": (
            units.ONE,
            f"mean response near {distance} Å over the reference's there",
        )
        for distance in DISTANCES
    },
    "response_exponent_difference": (
        units.ONE,
        "exponent of the response minus the reference's in the same bins",
    ),
    "cutoff_jump": (
        units.ONE,
        "what Hessian blocks lose at the cutoff over the reference's response there",
    ),
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

REASONS = (*(f"response_ratio_{distance}" for distance in DISTANCES), "cutoff_jump")
"""Numbers whose column ``_reason`` says why they are NaN."""

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
