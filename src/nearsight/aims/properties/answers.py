"""The questions of a study of properties, answered from its table."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nearsight.aims.answering import Answers, Said, Shown, Tables
from nearsight.aims.saying import extremes, known, label, of_sound, plural, soundness, with_interval


def ask(tables: Tables) -> Sequence[Said]:
    """Accuracy, then how relevance is pooled over atoms and by element."""
    table = tables["properties"]
    return [soundness(table), _errors(tables), _pooling(tables), _species(tables)]


def _errors(tables: Tables) -> Said:
    rows = known(tables["properties"], "mae")
    told = []
    for target in dict.fromkeys(rows["target"].to_numpy().astype(str)):
        own = rows.isel(model=np.flatnonzero(rows["target"] == target))
        unit = str(own["error_unit"].to_numpy()[0]) if "error_unit" in own else ""
        told.append(f"{target.replace('_', ' ')} {extremes(own, 'mae', unit)}")
    return Said(
        "How accurate are the models?",
        f"Mean absolute errors on test structures: {'; '.join(told) or 'none'}.",
    )


def _pooling(tables: Tables) -> Said:
    table = tables["properties"]
    rows = known(table, "alkane_size_exponent")
    lines = []
    for k in range(rows.sizes["model"]):
        row = rows.isel(model=k)
        lines.append(f"{label(row)} {with_interval(row, 'alkane_size_exponent')}")
    some = "; ".join(lines[:8]) + (" and more in the table" if len(lines) > 8 else "")
    return Said(
        "Do predictions grow with the molecule, or stay as averages do?",
        f"Along the alkanes the summed size of relevance grows with the number of atoms to the "
        f"power: {some or 'no network has it'}. 1 is what a sum does, 0 an average.",
        ("pooling",),
        "none" if lines else "not_applicable",
    )


def _species(tables: Tables) -> Said:
    table = of_sound(tables["properties"])
    count = table.sizes["model"]
    return Said(
        "Which atoms carry the prediction?",
        f"The share of relevance on the strongest atoms goes "
        f"{extremes(_flat(table), 'top_share')}, over {plural(count, 'network')}; shares by "
        "element stand in the figure.",
        ("species",),
    )


def _flat(table: xr.Dataset) -> xr.Dataset:
    """The table without columns that have further dimensions."""
    return table[[name for name in table.data_vars if table[name].dims == ("model",)]]


COLUMNS = (
    Shown("dataset", "Data set"),
    Shown("target", "Property"),
    Shown("pooling", "Pooling"),
    Shown("family", "Family"),
    Shown("cutoff", "Cutoff", "Å"),
    Shown("depth", "Depth"),
    Shown("seed", "Seed"),
    Shown("status", "Status"),
    Shown("mae", "MAE", words="mean absolute error on test structures, in the unit beside"),
    Shown("error_unit", "Unit"),
    Shown("top_share", "Top share", words="of relevance on the atoms that have most of it"),
    Shown("alkane_size_exponent", "Size exponent", words="1 for a sum, 0 for an average"),
)

ANSWERS = Answers(ask, COLUMNS)
