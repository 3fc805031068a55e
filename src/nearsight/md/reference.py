"""Guards from reference data: which atoms are bonded, and how long the bonds are on average."""

import numpy as np
import torch
from ase.data import covalent_radii

from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.md.guards import Guards
from nearsight.md.molecule import one_molecule

BOND_TOLERANCE = 1.25
"""Two atoms are bonded when their mean distance is below this multiple of their radii's sum."""


def reference_guards(frames: Frames, settings: Dynamics) -> Guards:
    """Guards from the geometries a model was trained on.

    Bonds are told from the mean distance over all frames, not from one frame, so that a bond that
    one frame happens to stretch is not lost. Radii: Cordero et al., Dalton Trans. 2832 (2008), as
    in ASE. Without any bond the shortest mean distance takes the place of the shortest bond.

    Args:
        frames: reference geometries of one molecule.
        settings: limits of the rules.

    Raises:
        DataError: no frame, frames of different molecules, or a single atom.
    """
    numbers, position = one_molecule(frames, "reference geometries")
    if len(numbers) < 2:
        raise DataError("reference geometries: dynamics needs at least 2 atoms, found 1")
    i, j = np.triu_indices(len(numbers), k=1)
    length = _mean_distances(position)
    radius = covalent_radii[numbers]
    bonded = length < BOND_TOLERANCE * (radius[i] + radius[j])
    shortest = length[bonded].min() if bonded.any() else length.min()
    return Guards(
        bond=torch.from_numpy(np.stack([i, j], axis=1)[bonded]),
        bond_length=torch.from_numpy(length[bonded]),
        bond_deviation=settings.bond_deviation,
        contact_distance=settings.close_contact * float(shortest),
        temperature_limit=settings.temperature_factor * settings.temperature,
    )


def _mean_distances(position: np.ndarray) -> np.ndarray:
    """(pair,) mean over frames in Å, atom by atom so that memory stays that of the frames."""
    rows = [
        np.linalg.norm(position[:, k + 1 :] - position[:, k : k + 1], axis=-1).mean(axis=0)
        for k in range(position.shape[1] - 1)
    ]
    return np.concatenate(rows)
