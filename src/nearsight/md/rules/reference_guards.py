"""Guards from reference data: which atoms are bonded, and how long the bonds are on average."""

import numpy as np
import torch
from ase.data import covalent_radii

from nearsight import units
from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.md.replicas.one_molecule import one_molecule
from nearsight.md.rules.guards import Guards

BOND_TOLERANCE = 1.25
"""Two atoms are bonded when their mean distance is below this multiple of their radii's sum."""


def reference_guards(frames: Frames, settings: Dynamics) -> Guards:
    """Guards from the geometries a model was trained on.

    Bonds are told from the mean distance over all frames, not from one frame, so that a bond that
    one frame happens to stretch is not lost. Radii: Cordero et al., Dalton Trans. 2832 (2008), as
    in ASE.

    The bond graph has hysteresis: a pair is bonded below ``bond_forms`` times its radii, not
    bonded above ``bond_breaks`` times, and what it was before in between. Since a replica ends at
    the first difference from the reference, what it was before is what the reference says: a bond
    of the reference is gone above the upper limit, a new one is there below the lower.

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
    radii = torch.from_numpy(covalent_radii[numbers])
    reach = radii[:, None] + radii
    bonded = length < BOND_TOLERANCE * reach.numpy()[i, j]
    bond = torch.from_numpy(np.stack([i, j], axis=1)[bonded])
    limits = sorted({*settings.bond_limits, settings.bond_deviation})
    return Guards(
        bond=bond,
        bond_length=torch.from_numpy(length[bonded]),
        bond_limits=torch.tensor(limits, dtype=torch.float64),
        main=limits.index(settings.bond_deviation),
        **_pair_limits(bond, reach, settings),
        isolation=settings.isolation,
        energy_deviation=settings.energy_deviation * len(numbers) / units.MEV_PER_EV,
        temperature_limit=settings.temperature_factor * settings.temperature,
        temperature_time=settings.temperature_time,
    )


def _pair_limits(
    bond: torch.Tensor, reach: torch.Tensor, settings: Dynamics
) -> dict[str, torch.Tensor]:
    """Distances in Å of close contact, of a new bond and of a broken one, (atom, atom) each."""
    bonded = torch.zeros_like(reach, dtype=torch.bool)
    bonded[bond[:, 0], bond[:, 1]] = bonded[bond[:, 1], bond[:, 0]] = True
    return {
        "contact": (settings.close_contact * reach).fill_diagonal_(0),
        "forms": torch.where(bonded, 0.0, settings.bond_forms * reach).fill_diagonal_(0),
        "breaks": torch.where(bonded, settings.bond_breaks * reach, torch.inf),
    }


def _mean_distances(position: np.ndarray) -> np.ndarray:
    """(pair,) mean over frames in Å, atom by atom so that memory stays that of the frames."""
    rows = [
        np.linalg.norm(position[:, k + 1 :] - position[:, k : k + 1], axis=-1).mean(axis=0)
        for k in range(position.shape[1] - 1)
    ]
    return np.concatenate(rows)
