"""The aim stability, as it declares itself."""

from nearsight.aims.declaration import AimSpec, Planned, Table, targets_other_than
from nearsight.product import HOME, OF_NETWORK, Product

NO_FORCES = "none"
"""What a study says of the key of forces that a file does not have."""


def check(study: Planned) -> None:
    """Refuse what has no forces: dynamics and its stability hang on them.

    Raises:
        ValueError: a variant learns something else than energies, or data are said to have none.
    """
    others = targets_other_than(study, "energy")
    if others:
        raise ValueError(
            f"aim stability needs forces, but target lists {others[0]}: set aim to properties"
        )
    for name, dataset in study.datasets.items():
        if getattr(dataset, "force_key", "") == NO_FORCES:
            raise ValueError(
                f"aim stability needs forces, but datasets.{name}.force_key is {NO_FORCES}: name "
                f"the key of the forces in {dataset.file}, or set aim to properties"
            )


_TABLES = (
    Table("decay_vs_stability", "decay and stability"),
    Table("curves", "curves behind the figures", csv=False, role="curves"),
    Table("failures", "failures of dynamics"),
)
_JOINED = ("curves", "decay_vs_stability")
_ASSOCIATED = {
    "question": "the primary question",
    "association": "association with stability",
    "hazards": "hazards of replicas",
    "sensitivity": "sensitivity to the rule of LRP",
}
_CURVES, _TABLE = "curves", "decay_vs_stability"

STABILITY = AimSpec(
    name="stability",
    text="decay of interactions and stability of dynamics",
    of_variants=(
        "card.json",
        "history.nc",
        "evaluation.nc",
        "relevance.nc",
        "response.nc",
        "faithfulness.nc",
        "stability.nc",
        "failures.nc",
    ),
    of_datasets=("reference_response.nc", "reference_curves.nc", "reference_stability.nc"),
    tables=(
        *_TABLES,
        *(
            Table(name, text, rule="associate", made_from=_JOINED)
            for name, text in _ASSOCIATED.items()
        ),
    ),
    figures={
        "relevance_decay": _CURVES,
        "response_decay": _CURVES,
        "reference_curves": _CURVES,
        "body_order": _CURVES,
        "body_order_range": _CURVES,
        "elements": _CURVES,
        "faithfulness": _CURVES,
        "agreement": _TABLE,
        "ablation": _CURVES,
        "survival": _CURVES,
        "ends": _CURVES,
        "heating": _CURVES,
        "drift": _CURVES,
        "distance_error": _CURVES,
        "spectrum": _CURVES,
        "deviation_map": _TABLE,
        "survival_map": _TABLE,
        "deviation_vs_survival": _TABLE,
        "descriptors_vs_survival": _TABLE,
        "forest": "association",
        "parity": _CURVES,
        "learning_curves": _CURVES,
    },
    products=(
        Product(
            f"{HOME}failures.nc",
            "failures",
            {**OF_NETWORK, "dynamics": f"{HOME}dynamics.nc"},
            "failures",
            by_yardstick=True,
            known_by=frozenset({"pair_force_error_good"}),
        ),
        Product(f"{HOME}failures.xyz", "failures", frames_of=f"{HOME}failures.nc"),
    ),
    needs_yardstick=True,
    needs_forces=True,
    has_rules=True,
    check=check,
)
