"""By what a file of each stage is known, whatever its name is."""

from collections.abc import Mapping

from nearsight.config import TARGETS
from nearsight.lineage.products import File
from nearsight.lineage.record import ROLES, Record

_KNOWN_BY: Mapping[str, frozenset[str]] = {
    "data.nc": frozenset({"position"}),
    "history.nc": frozenset({"train_loss"}),
    "evaluation.nc": frozenset(f"{target}_mae" for target in TARGETS),
    "relevance.nc": frozenset({"site_relevance_start"}),
    "alkanes.nc": frozenset({"site_relevance_start"}),
    "response.nc": frozenset({"norm"}),
    "reference_response.nc": frozenset({"norm"}),
    "reference_curves.nc": frozenset({"dispersion_d3"}),
    "faithfulness.nc": frozenset({"ablation_energy"}),
    "dynamics.nc": frozenset({"end_time"}),
    "failures.nc": frozenset({"pair_force_error_good"}),
    "reference_dynamics.nc": frozenset({"end_time"}),
    "stability.nc": frozenset({"survival"}),
    "reference_stability.nc": frozenset({"survival"}),
}
"""Arrays of which a file of this name has one, unless it has none at all."""
_OF_OTHERS = ("data", "collect", "collect_other", "associate", "figures", "draw")
"""Stages that may record further inputs: files of the user, and of the whole study."""


def other_kind(file: File, record: Record) -> str:
    """Why a file is not what its name says; empty text where it is.

    A stage that had nothing to work on leaves a file without arrays.
    """
    name = file.path.rpartition("/")[2]
    # Figures may be called like the files of a stage.
    expected = _KNOWN_BY.get(name, frozenset()) if file.dataset else frozenset()
    if expected and record.variables and not expected & record.variables:
        title = record.attributes.get("title", "")
        return (
            f"{record.path}: has no {' or '.join(sorted(expected))}: it is no file of stage "
            f"{file.product.stage}, but {title!r}"
        )
    further = sorted(record.inputs.keys() - file.inputs.keys())
    if further and file.product.stage not in _OF_OTHERS:
        return (
            f"{record.path}: made from a {ROLES.get(further[0], further[0])} too: it is no file of "
            f"stage {file.product.stage}"
        )
    return ""
