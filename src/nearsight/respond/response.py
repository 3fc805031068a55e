"""Response of many structures: norm, anisotropy, noise and distance of every Hessian block."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from ase import Atoms

from nearsight import units
from nearsight.data.pair_columns import columns_of
from nearsight.labels import variable
from nearsight.progress import progress_bar

Blocks = Callable[[Atoms], np.ndarray]
"""From a structure to its Hessian blocks (atom, atom, 3, 3) in eV/Å²."""

_VARIABLES = {
    "norm": (units.HESSIAN, "Frobenius norm of the symmetrised Hessian block"),
    "anisotropy": (units.ONE, "1 - smallest over largest singular value of the symmetrised block"),
    "asymmetry": (
        units.HESSIAN,
        "Frobenius norm of the block's antisymmetric part under exchange, the numerical noise",
    ),
}


def response(structures: Sequence[Atoms], blocks_of: Blocks, *, label: str) -> xr.Dataset:
    """Hessian blocks of every pair of atoms i < j of every structure.

    Args:
        structures: geometries; they may differ in size.
        blocks_of: the Hessian blocks of one of them.
        label: name shown at the progress bar.

    Returns:
        Table over ``pair`` with norm and asymmetry (eV/Å²), anisotropy (1; NaN where the block is
        exactly zero) and distance (Å).
    """
    progress = progress_bar(structures, desc=label, unit="structure")
    parts = [_describe(blocks_of(atoms)) for atoms in progress]
    columns = {
        name: variable("pair", np.concatenate([part[name] for part in parts]), unit, text)
        for name, (unit, text) in _VARIABLES.items()
    }
    return xr.Dataset({**columns_of(structures), **columns}, attrs={"status": "ok", "reason": ""})


def _describe(blocks: np.ndarray) -> dict[str, np.ndarray]:
    """Columns over the pairs i < j of one structure."""
    i, j = np.triu_indices(len(blocks), k=1)
    own, mirrored = blocks[i, j], blocks[j, i].transpose(0, 2, 1)
    symmetric = (own + mirrored) / 2
    largest, _, smallest = np.linalg.svd(symmetric, compute_uv=False).T
    return {
        "norm": np.linalg.norm(symmetric, axis=(1, 2)),
        "anisotropy": 1
        - np.divide(smallest, largest, out=np.full(len(i), np.nan), where=largest > 0),
        "asymmetry": np.linalg.norm((own - mirrored) / 2, axis=(1, 2)),
    }
