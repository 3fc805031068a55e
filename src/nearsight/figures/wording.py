"""Numbers in words, for alt texts."""

import numpy as np
import xarray as xr

from nearsight.figures.style import architecture_name


def span(values: np.ndarray, unit: str = "") -> str:
    """Smallest to largest finite value, for example ``0.1 to 2.5 eV``; one number if equal."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return "unknown"
    low, high = f"{finite.min():.3g}", f"{finite.max():.3g}"
    text = low if low == high else f"{low} to {high}"
    return f"{text} {unit}".strip()


def subjects(data: xr.Dataset) -> str:
    """What was studied: architectures, cutoffs, depths and data sets."""
    architectures = dict.fromkeys(str(a) for a in data["architecture"].to_numpy())
    datasets = dict.fromkeys(str(d) for d in data["dataset"].to_numpy())
    names = " and ".join(architecture_name(a) for a in architectures)
    return (
        f"{names} (cutoff {span(data['cutoff'].to_numpy(), 'Å')}, "
        f"depth {span(data['depth'].to_numpy())}) on {', '.join(datasets)}"
    )


def plural(count: int, word: str) -> str:
    """``1 variant`` or ``12 variants``."""
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def ends(
    data: xr.Dataset, name: str, x: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """First and last positive point of each curve.

    Returns:
        ``x`` and value at the first, then at the last point, each (curve with points,).
    """
    grid = data[x].to_numpy()
    rows = []
    for row in data[name].to_numpy():
        good = np.flatnonzero(np.isfinite(row) & (row > 0))
        if len(good):
            rows.append((grid[good[0]], row[good[0]], grid[good[-1]], row[good[-1]]))
    table = np.reshape(np.array(rows, dtype=float), (-1, 4))
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3]
