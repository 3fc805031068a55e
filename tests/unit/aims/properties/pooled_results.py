"""Results of a study of properties whose relevance of atoms can be written down."""

from pathlib import Path

import numpy as np
import xarray as xr

from nearsight.config import Study
from nearsight.labels import variable
from nearsight.storage import write_dataset

STUDY = {
    "name": "pooled",
    "aim": "properties",
    "datasets": {"set": {"source": "published", "name": "qm9pack", "n_frames": 100}},
    "variants": {
        "family": ["schnet"],
        "cutoff": [5.0],
        "depth": [2],
        "n_train": [50],
        "target": ["energy", "gap", "dipole"],
        "pooling": ["sum", "average", "dipole"],
    },
}
SIZES = np.array([4, 6, 9, 12, 16, 20, 25, 29])


def relevance(sizes: np.ndarray, power: float, top: float) -> xr.Dataset:
    """Structures whose first atom has the share ``top`` of N^power, the others the rest evenly."""
    values, owner, numbers = [], [], []
    for k, n in enumerate(sizes):
        rest = np.full(n - 1, (1 - top) / (n - 1))
        signs = np.where(np.arange(n) % 2, -1.0, 1.0)
        values.append(float(n) ** power * signs * np.concatenate([[top], rest]))
        owner.append(np.full(n, k))
        numbers.append(np.where(np.arange(n) % 3, 1, 6))
    flat = np.concatenate(values)
    columns = {
        "site_structure": np.concatenate(owner),
        "site_atomic_number": np.concatenate(numbers),
        "site_relevance": 2 * flat,
        "site_relevance_start": flat,
    }
    data = {name: variable("site", column, "1", name) for name, column in columns.items()}
    per_structure = {"output": -1.0 * sizes, "offset": 10.0 * sizes, "size": sizes}
    data |= {name: variable("structure", v, "1", name) for name, v in per_structure.items()}
    return xr.Dataset(data, attrs={"status": "ok", "reason": ""})


CARBON = np.arange(1, 5)


def write_results(
    folder: Path, study: Study, absent: tuple[str, str] = ("dipole", "average")
) -> Path:
    """Sums grow as N and are even, averages as N^0 with half on one atom; one case is missing."""
    for name, variant in study.variant_table().items():
        if (variant.target, variant.pooling) == ("dipole", "average"):
            continue
        extensive = variant.pooling == "sum"
        home = folder / "set" / name
        power, top = (1.0, 0.05) if extensive else (0.0, 0.5)
        write_dataset(relevance(SIZES, power, top), home / "relevance.nc", title="relevance")
        alkanes = relevance(3 * CARBON + 2, power, 0.4)
        write_dataset(alkanes, home / "alkanes.nc", title="alkanes")
        error = variable((), 42.0, "1", "error")
        evaluation = xr.Dataset({f"{variant.target}_mae": error}, attrs={"reason": ""})
        write_dataset(evaluation, home / "evaluation.nc", title="errors")
    return folder
