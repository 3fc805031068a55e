"""Which groups a figure shows when a study has more than a reader can tell apart."""

import numpy as np
import xarray as xr

from nearsight.errors import one_line
from nearsight.figures import wording

LONGEST_WHY = 200
"""Characters of the reasons that a note has room for."""


def mark_shown(data: xr.Dataset, *, max_depths: int, max_cutoffs: int | None = None) -> xr.Dataset:
    """Add ``shown(group)``: one choice of features, training frames and basis; few depths.

    Features and training frames are the largest of each family, the radial basis its first one;
    depths and cutoffs are picked evenly, the smallest and the largest among them. A family that
    has no such axis is not picked by it.

    Args:
        data: averaged curves over ``group``.
        max_depths: number of depths to keep, at least 1.
        max_cutoffs: number of cutoffs to keep; all by default.
    """
    size = data.sizes["group"]
    mask = np.ones(size, dtype=bool)
    if size:
        for key, most in (("depth", max_depths), ("cutoff", max_cutoffs)):
            own = data[key].to_numpy()
            values = np.unique(own[np.isfinite(own)])
            mask &= np.isnan(own) | np.isin(own, spread_out(values, most or len(values)))
        family = data["family"].to_numpy().astype(str)
        for name in np.unique(family):
            mask[family == name] &= _one_choice(data.isel(group=np.flatnonzero(family == name)))
    attrs = {"units": "1", "long_name": "1 where the figure shows the group"}
    return data.assign(shown=("group", mask.astype("int8"), attrs))


def _one_choice(data: xr.Dataset) -> np.ndarray:
    """(group,) of one family: the largest networks, most frames, first basis."""
    mask = np.ones(data.sizes["group"], dtype=bool)
    for key in ("features", "n_train", "radial_basis"):
        if key in data.coords:
            own = data[key].to_numpy()
            first = own[0] if key == "radial_basis" else own.max()
            mask &= (own == first) | (first != first)
    return mask


def spread_out(values: np.ndarray, most: int) -> np.ndarray:
    """(picked,) at most ``most`` of sorted values, evenly picked with both ends (one: the last).

    Args:
        values: (value,) sorted.
        most: how many of them; 1 at least.
    """
    if len(values) <= most:
        return values
    if most == 1:
        return values[-1:]
    return values[np.round(np.linspace(0, len(values) - 1, most)).astype(int)]


def drawn(data: xr.Dataset) -> xr.Dataset:
    """The groups that the figure shows."""
    return data.isel(group=np.flatnonzero(data["shown"].to_numpy()))


def note(data: xr.Dataset, band: str, mark: str = "bands") -> str:
    """What a reader must know beside the picture: bands, seeds, what is left out.

    Args:
        data: groups with ``shown``.
        band: what the bands are with one seed.
        mark: what shows the interval in this figure.
    """
    parts = [_bands(data, band, mark), selection(data), remarks(data)]
    return " ".join(part for part in parts if part)


def remarks(data: xr.Dataset) -> str:
    """What reference is another level of theory or missing, and what could not be drawn."""
    return " ".join(part for part in (wording.yardstick(data), left_out(data)) if part)


def left_out(data: xr.Dataset) -> str:
    """The variants that could not be drawn, counted; empty text when there are none."""
    reasons = ("diverged", "failed", "stale", "without_data")
    counts = [(int(data.attrs[f"n_{reason}"]), reason.replace("_", " ")) for reason in reasons]
    listed = ", ".join(f"{count} {reason}" for count, reason in counts if count)
    why = str(data.attrs.get("why_without_data", ""))
    because = f" ({one_line(why, LONGEST_WHY)})" if why and counts[-1][0] else ""
    return f"Left out: {listed}{because}." if listed else ""


def _bands(data: xr.Dataset, band: str, mark: str) -> str:
    seeds = drawn(data)["n_seeds"].to_numpy()
    if not len(seeds):
        return ""
    if seeds.max() == 1:
        return f"{mark.capitalize()}: {band}." if band else ""
    fewest = "" if seeds.min() == seeds.max() else f"{seeds.min()} to "
    single = f" ({band} where there is one seed)" if band and seeds.min() == 1 else ""
    return f"Mean over {fewest}{seeds.max()} seeds; {mark}: range over seeds{single}."


def selection(data: xr.Dataset) -> str:
    """Which of many cutoffs, depths, sizes and bases are shown; empty text when all are."""
    kept = drawn(data)
    parts = []
    for key, label in (
        ("cutoff", "cutoff (Å)"),
        ("depth", "T"),
        ("features", "F"),
        ("n_train", "training frames"),
        ("radial_basis", "basis"),
    ):
        if key not in data.coords:
            continue
        some, every = (_values(one[key].to_numpy()) for one in (kept, data))
        if len(some) < len(every):
            parts.append(f"{label} = {_listed(some)} of {_listed(every)}")
    return f"Shown: {'; '.join(parts)}." if parts else ""


def _values(values: np.ndarray) -> np.ndarray:
    """Each once, without what stands for none."""
    return np.unique([value for value in values.tolist() if value == value and value != ""])


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{value:g}" if value.dtype.kind == "f" else str(value) for value in values)
