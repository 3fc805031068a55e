"""Why a model that is sound has no value of something: its stage says so, and so do tables."""

from collections.abc import Sequence
from typing import Final

import xarray as xr

from nearsight.collect.cases import Case
from nearsight.collect.models import MODEL, WHY
from nearsight.labels import variable

STAGES: Final = {
    "relevance": ("relevance", "body_order_share", "range_share", "reach_share", "element"),
    "response": ("response",),
    "faithfulness": ("faithfulness", "ablation", "choice_descriptor", "randomised_agreement"),
    "stability": (
        "survival", "restricted_mean_survival_time", "end_share", "drift", "distance_error",
        "distance_distribution", "spectrum", "block_", "incidence", "heating",
    ),
}  # fmt: skip
"""Stages, with what the names of their variables begin with."""


def with_reasons(table: xr.Dataset, cases: Sequence[Case]) -> xr.Dataset:
    """The table with a column ``<stage>_reason`` of each stage that some model lacks.

    Variables of the stage name it by the attribute of ancillary variables (CF conventions).

    Args:
        table: along ``model``, in the order of the cases.
        cases: of the study.
    """
    columns = {}
    for stage, starts in STAGES.items():
        reasons = [str(getattr(case, stage).attrs.get("reason") or "") for case in cases]
        if not any(reasons):
            continue
        name = f"{stage}_reason"
        text = f"why there is no {stage}; empty where there is"
        columns[name] = variable(MODEL, reasons, "", text)
        for own in table.data_vars:
            if str(own).startswith(starts) and table[own].dims[:1] == (MODEL,):
                table[own].attrs[WHY] = name
    return table.assign(columns)
