"""Small multiples: a panel for each cutoff beside the other, a row for each family."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nearsight.figures import style
from nearsight.figures.wording import cutoff_name, shorten

MOST_COLUMNS = 4


@dataclass(frozen=True)
class Multiple:
    """One panel: where it stands, what it is called, its group (None where there is none)."""

    row: int
    column: int
    title: str
    group: int | None


def multiples(data: xr.Dataset) -> list[Multiple]:
    """Panels of groups of one depth: data set and family by row, cutoffs by column.

    Args:
        data: groups of a single depth and of at most ``MOST_COLUMNS`` cutoffs.
    """
    datasets = list(dict.fromkeys(data["dataset"].to_numpy().astype(str)))
    families = style.families_in_order(data["family"].to_numpy().astype(str))
    cutoffs = np.unique(data["cutoff"].to_numpy())
    found = []
    together = list(zip(data["dataset"].to_numpy(), data["family"].to_numpy(), strict=True))
    places = [(d, a) for d in datasets for a in families if (d, a) in together]
    for row, (name, family) in enumerate(places):
        for column, cutoff in enumerate(cutoffs):
            same = _same(data["cutoff"].to_numpy(), cutoff)
            chosen = same & (data["dataset"] == name) & (data["family"] == family)
            members = np.flatnonzero(chosen.to_numpy())
            parts = [shorten(name)] if len(datasets) > 1 and not column else []
            parts.append(f"{style.family_name(family)} {cutoff_name(cutoff)}")
            found.append(
                Multiple(row, column, ",\n".join(parts), int(members[0]) if len(members) else None)
            )
    return found


def _same(cutoffs: np.ndarray, cutoff: float) -> np.ndarray:
    """(group,) which have a cutoff (Å), or none where that is NaN."""
    return np.isnan(cutoffs) if np.isnan(cutoff) else cutoffs == cutoff
