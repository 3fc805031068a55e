"""Magnitudes that give away mixed-up units.

Thresholds were set on rMD17, QM7-X, MD22 and GFN2-xTB samples of nine molecules: the ratio of
bond length to covalent radii is 0.77 to 1.04, the apparent stiffness 15 to 60 eV/Å² in thermal
samples, and 2 to 11 eV/Å² where isomers are mixed. kcal/mol, kJ/mol or hartree taken for eV
change a stiffness by at least a factor 20.
"""

import numpy as np
from ase.data import atomic_numbers, covalent_radii

from nearsight.data.checks.problems import Finding, Problem
from nearsight.data.coincident import too_close
from nearsight.data.describe import composition_ids
from nearsight.data.frames import Frames
from nearsight.units import BOLTZMANN

OVERLAP = 0.3
"""Å: two atoms nearer than this are no structure."""
LENGTH_RATIO = (0.65, 1.5)
"""Bounds of the median of nearest-neighbour distance / sum of covalent radii (Bohr for Å: 1.9)."""
STIFFNESS_FROM_ENERGY = (1.5, 200.0)
"""eV/Å²: bounds of <F²> sqrt((3N - 6)/2) / standard deviation of the energy."""
STIFFNESS_FROM_TEMPERATURE = (4.0, 200.0)
"""eV/Å²: bounds of <F²> / (k T), by vibration, T being the temperature that the data set states."""
LARGEST_FORCE = 100.0
"""eV/Å: no structure of a molecular dynamics run has such a force."""

_FEWEST = 20
_LOOKED_AT = 200
_NOBLE_GASES = [atomic_numbers[symbol] for symbol in ("He", "Ne", "Ar", "Kr", "Xe", "Rn")]


def check_magnitudes(frames: Frames) -> list[Finding]:
    """Lengths against covalent radii, forces against energies and temperature."""
    if not frames.has_forces:
        return _lengths(frames)
    return _lengths(frames) + _largest_force(frames) + _against_energy(frames) + _thermal(frames)


def _lengths(frames: Frames) -> list[Finding]:
    ratios = []
    step = max(1, len(frames) // _LOOKED_AT)
    for frame in range(0, len(frames), step):
        atoms = frames.atoms(frame)
        if len(atoms) < 2:
            continue
        distance = atoms.get_all_distances()
        np.fill_diagonal(distance, np.inf)
        nearest = distance.argmin(axis=1)
        radius = covalent_radii[atoms.numbers]
        bonded = ~np.isin(atoms.numbers, _NOBLE_GASES)
        ratios.append((distance.min(axis=1) / (radius + radius[nearest]))[bonded])
    if not ratios or not len(found := np.concatenate(ratios)):
        return []
    low, high = LENGTH_RATIO
    ratio = float(np.median(found))
    if not low <= ratio <= high:
        guess = "Bohr taken for Å" if ratio > high else "nm taken for Å, or Å for Bohr"
        text = f"bonds are {ratio:.2f} times the sum of covalent radii: {guess}?"
        return [Finding(Problem.LENGTH_SCALE, True, text)]
    close = too_close(frames.position, frames.n_atoms, OVERLAP)
    if close is not None:
        text = f"two atoms of frame {close[0]} are {close[1]:.3f} Å apart"
        return [Finding(Problem.OVERLAP, True, text)]
    return []


def _largest_force(frames: Frames) -> list[Finding]:
    norm = np.linalg.norm(frames.force, axis=1)
    if norm.max() <= LARGEST_FORCE:
        return []
    frame = int(np.searchsorted(np.cumsum(frames.n_atoms), norm.argmax(), side="right"))
    text = f"frame {frame} has a force of {norm.max():.0f} eV/Å: wrong units, or a failed label?"
    return [Finding(Problem.FORCE_SCALE, True, text)]


def _against_energy(frames: Frames) -> list[Finding]:
    """In a harmonic well <F²> = kT k and var(E) = (3N - 6)/2 (kT)²; T drops out."""
    found = []
    ids = composition_ids(frames)
    for number in np.unique(ids):
        group = frames.select(ids == number)
        freedom = 3 * int(group.n_atoms[0]) - 6
        spread = float(group.energy.std())
        if len(group) >= _FEWEST and freedom > 0 and spread > 0:
            found.append(float((group.force**2).mean()) * np.sqrt(freedom / 2) / spread)
    if not found:
        return []
    low, high = STIFFNESS_FROM_ENERGY
    stiffness = float(np.median(found))
    if low <= stiffness <= high:
        return []
    text = (
        f"forces and the spread of energies give a stiffness of {stiffness:.3g} eV/Å², "
        f"usual is 15 to 60: energy or force units wrong?"
    )
    # Samples that mix minima of different energy look soft without any fault.
    return [Finding(Problem.ENERGY_SCALE, stiffness > high, text)]


def _thermal(frames: Frames) -> list[Finding]:
    temperature = _temperature(frames)
    several = np.repeat(frames.n_atoms > 1, frames.n_atoms)
    if temperature is None or len(frames) < _FEWEST or not several.any():
        return []
    low, high = STIFFNESS_FROM_TEMPERATURE
    # Moving and turning as a whole costs nothing: 3N - 6 of 3N directions, or one of two atoms.
    n_atoms = frames.n_atoms[frames.n_atoms > 1]
    freedom = int(np.maximum(3 * n_atoms - 6, 1).sum())
    stiffness = float((frames.force[several] ** 2).sum()) / (BOLTZMANN * temperature * freedom)
    if low <= stiffness <= high:
        return []
    text = (
        f"forces at the stated {temperature:g} K give a stiffness of {stiffness:.3g} eV/Å², "
        f"usual is 15 to 60: force units or the stated temperature wrong?"
    )
    return [Finding(Problem.FORCE_SCALE, True, text)]


def _temperature(frames: Frames) -> float | None:
    """The temperature that a data set states, if it is one."""
    stated = np.asarray(frames.attributes.get("temperature_K"))
    if stated.size != 1 or stated.dtype.kind not in "fiu" or not stated.item() > 0:
        return None
    return float(stated.item())
