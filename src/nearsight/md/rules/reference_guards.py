"""Guards from reference data: which atoms are bonded, and how long the bonds are on average."""

import numpy as np
import torch
from ase.data import covalent_radii

from nearsight import units
from nearsight.config import Dynamics
from nearsight.data.frames import Frames
from nearsight.errors import DataError
from nearsight.families.neighbors import MANY_ATOMS, neighbor_pairs
from nearsight.md.replicas.one_molecule import one_molecule
from nearsight.md.rules.guards import Guards
from nearsight.md.rules.many_atoms import PairLimits

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
    radii = torch.from_numpy(covalent_radii[numbers])
    pair, length = _bonds(position, radii.numpy())
    bond = torch.from_numpy(pair)
    limits = sorted({*settings.bond_limits, settings.bond_deviation})
    return Guards(
        bond=bond,
        bond_length=torch.from_numpy(length),
        bond_limits=torch.tensor(limits, dtype=torch.float64),
        main=limits.index(settings.bond_deviation),
        **_tables(bond, radii, settings),
        many=_limits_of_many(bond, radii, settings) if len(radii) > MANY_ATOMS else None,
        isolation=settings.isolation,
        energy_deviation=settings.energy_deviation * len(numbers) / units.MEV_PER_EV,
        temperature_limit=settings.temperature_factor * settings.temperature,
        temperature_time=settings.temperature_time,
    )


def _bonds(position: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bonds (bond, 2), i < j, sorted, and their mean lengths (bond,) in Å over all frames.

    Args:
        position: (frame, atom, 3) Å.
        radii: (atom,) Å.
    """
    if len(radii) > MANY_ATOMS:
        i, j = _ever_near(position, BOND_TOLERANCE * 2 * float(radii.max()))
    else:
        i, j = np.triu_indices(len(radii), k=1)
    length = _mean_distances(position, i, j)
    bonded = length < BOND_TOLERANCE * (radii[i] + radii[j])
    return np.stack([i, j], axis=1)[bonded], length[bonded]


def _ever_near(position: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs closer than ``reach`` in any frame: those further apart in all are so on average."""
    n_atoms, keys = position.shape[1], np.empty(0, dtype=np.int64)
    for frame in position:
        i, j = neighbor_pairs(torch.from_numpy(frame)[None], reach)
        keys = np.union1d(keys, (i * n_atoms + j).numpy())
    return keys // n_atoms, keys % n_atoms


def _limits_of_many(bond: torch.Tensor, radii: torch.Tensor, settings: Dynamics) -> PairLimits:
    factors = (settings.close_contact, settings.bond_forms, settings.bond_breaks)
    return PairLimits(radii, bond, *factors)


def _tables(bond: torch.Tensor, radii: torch.Tensor, settings: Dynamics) -> dict[str, torch.Tensor]:
    """Distances in Å of close contact, of a new bond and of a broken one, (atom, atom) each.

    Empty for many atoms.
    """
    if len(radii) > MANY_ATOMS:
        return dict.fromkeys(("contact", "forms", "breaks"), radii.new_empty((0, 0)))
    reach = radii[:, None] + radii
    bonded = torch.zeros_like(reach, dtype=torch.bool)
    bonded[bond[:, 0], bond[:, 1]] = bonded[bond[:, 1], bond[:, 0]] = True
    return {
        "contact": (settings.close_contact * reach).fill_diagonal_(0),
        "forms": torch.where(bonded, 0.0, settings.bond_forms * reach).fill_diagonal_(0),
        "breaks": torch.where(bonded, settings.bond_breaks * reach, torch.inf),
    }


_AT_ONCE = 2**20
"""Distances at once."""


def _mean_distances(position: np.ndarray, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """(pair,) mean over frames in Å, part by part so that memory stays that of the frames."""
    size = max(1, _AT_ONCE // len(position))
    parts = [slice(k, k + size) for k in range(0, len(i), size)]
    means = [
        np.linalg.norm(position[:, j[part]] - position[:, i[part]], axis=-1).mean(axis=0)
        for part in parts
    ]
    return np.concatenate(means) if means else np.empty(0)
