"""Response of many structures: norm, noise and distance of every Hessian block."""

from collections.abc import Callable, Sequence

import numpy as np
import xarray as xr
from ase import Atoms
from tqdm import tqdm

from nearsight import units
from nearsight.respond.hessian import Forces, hessian_blocks

_PAIR_VARIABLES = {
    "structure": (units.ONE, "index of the structure"),
    "atom": (units.ONE, "first atom of the pair"),
    "atom_other": (units.ONE, "second atom of the pair"),
    "atomic_number": (units.ONE, "nuclear charge of the first atom"),
    "atomic_number_other": (units.ONE, "nuclear charge of the second atom"),
    "distance": (units.LENGTH, "distance of the pair"),
    "norm": (units.HESSIAN, "Frobenius norm of the symmetrised Hessian block"),
    "asymmetry": (
        units.HESSIAN,
        "Frobenius norm of the block's antisymmetric part under exchange, the numerical noise",
    ),
}


def response(
    structures: Sequence[Atoms],
    forces_of: Callable[[np.ndarray], Forces],
    step: float,
    *,
    label: str,
) -> xr.Dataset:
    """Hessian blocks of every pair of atoms i < j of every structure.

    Args:
        structures: geometries; they may differ in size.
        forces_of: from nuclear charges (atom,) to the batched forces of that molecule.
        step: displacement of the central differences in Å.
        label: name shown at the progress bar.

    Returns:
        Table over ``pair`` with norm and asymmetry (eV/Å²) and distance (Å).
    """
    rows: dict[str, list[np.ndarray]] = {name: [] for name in _PAIR_VARIABLES}
    for index, atoms in enumerate(tqdm(structures, desc=label, unit="structure", disable=None)):
        blocks = hessian_blocks(forces_of(atoms.numbers), atoms.positions, step)
        transposed = blocks.transpose(1, 0, 3, 2)
        i, j = np.triu_indices(len(atoms), k=1)
        symmetric, antisymmetric = (blocks + transposed) / 2, (blocks - transposed) / 2
        values = (
            np.full(len(i), index),
            i,
            j,
            atoms.numbers[i],
            atoms.numbers[j],
            np.linalg.norm(atoms.positions[i] - atoms.positions[j], axis=1),
            np.linalg.norm(symmetric[i, j], axis=(1, 2)),
            np.linalg.norm(antisymmetric[i, j], axis=(1, 2)),
        )
        for name, column in zip(_PAIR_VARIABLES, values, strict=True):
            rows[name].append(column)
    return xr.Dataset(
        {
            name: ("pair", np.concatenate(rows[name]), {"units": unit, "long_name": text})
            for name, (unit, text) in _PAIR_VARIABLES.items()
        },
        attrs={"step_angstrom": step, "status": "ok", "reason": ""},
    )
