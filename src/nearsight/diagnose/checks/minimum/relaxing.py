"""Relaxing a molecule to a minimum, and what may go wrong on the way."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from ase.optimize import FIRE, LBFGS

from nearsight.config import Dynamics
from nearsight.diagnose.as_calculator import PotentialCalculator
from nearsight.diagnose.bonds import bonds_of
from nearsight.errors import ReferenceEngineError
from nearsight.models.force_field import Potential

LARGEST_FORCE = 0.005
"""eV/Å at which a geometry is a minimum: soft modes are judged there. ASE's default is 0.05."""
LONGEST_STEP = 0.1
"""Å that an atom moves in a step: networks have holes to fall into."""


@dataclass(frozen=True, eq=False)
class Relaxed:
    """Where a relaxation ended.

    Attributes:
        atoms: the last geometry.
        steps: that it took.
        force: largest force there, eV/Å; NaN where there is none.
        converged: whether it is a minimum.
        broken: what is wrong with it as a molecule; empty where nothing is.
    """

    atoms: Atoms
    steps: int
    force: float
    converged: bool
    broken: str = ""

    @property
    def sound(self) -> bool:
        """Whether it is a minimum of the same molecule."""
        return self.converged and not self.broken


def relaxed(potential: Potential, label: str, start: Atoms, *, most_steps: int) -> Relaxed:
    """Relax a molecule by L-BFGS (Liu and Nocedal, Math. Program. 45, 503 (1989)).

    It ends early where the molecule is no longer the same, or the model has no number.

    Args:
        potential: of the molecule.
        label: of the model.
        start: geometry, which is left as it is.
        most_steps: after which it gives up.
    """
    atoms = Atoms(start.numbers, positions=start.positions)
    atoms.calc = PotentialCalculator(potential, label)
    last, steps, broken = atoms.positions.copy(), 0, ""
    try:
        for position in _way_down(atoms, most_steps):
            last, steps = position, steps + 1
            broken = change_of_bonds(start, last)
            if broken:
                break
        force = _largest_force(atoms)
    except ReferenceEngineError as error:
        return Relaxed(_bare(start, last), steps, float("nan"), False, str(error))
    return Relaxed(_bare(start, last), steps, force, force < LARGEST_FORCE, broken)


def _way_down(atoms: Atoms, most_steps: int) -> Iterator[np.ndarray]:
    """Positions (atom, 3) in Å after each step.

    L-BFGS divides by changes of the force: where there are none it is lost, and FIRE (Bitzek et
    al., Phys. Rev. Lett. 97, 170201 (2006)) goes on from the last sound place.
    """
    last, left = atoms.positions.copy(), most_steps
    for optimiser in (LBFGS, FIRE):
        minimiser = optimiser(atoms, logfile=None, maxstep=LONGEST_STEP)
        while left and _largest_force(atoms) >= LARGEST_FORCE:
            with np.errstate(divide="ignore", invalid="ignore"):
                minimiser.step()
            left -= 1
            if not np.isfinite(atoms.positions).all():
                atoms.positions = last
                break
            last = atoms.positions.copy()
            yield last
        else:
            return


def _largest_force(atoms: Atoms) -> float:
    return float(np.linalg.norm(atoms.get_forces(), axis=1).max())


def change_of_bonds(start: Atoms, position: np.ndarray) -> str:
    """The first bond that is gone, or new, beside a start; empty where there is none.

    With the limits of the rules of dynamics: gone above ``bond_breaks`` times the sum of radii, new
    below ``bond_forms`` times.

    Args:
        start: the molecule as it should be.
        position: (atom, 3) Å, of its atoms now.
    """
    settings = Dynamics()
    i, j = np.triu_indices(len(start), k=1)
    reach = covalent_radii[start.numbers][i] + covalent_radii[start.numbers][j]
    length = np.linalg.norm(position[i] - position[j], axis=1)
    bonded = np.zeros((len(start), len(start)), dtype=bool)
    bonds = bonds_of(start)
    bonded[bonds[:, 0], bonds[:, 1]] = True
    gone = bonded[i, j] & (length > settings.bond_breaks * reach)
    # What is close at the start already is no new bond.
    apart = np.linalg.norm(start.positions[i] - start.positions[j], axis=1) > (
        settings.bond_forms * reach
    )
    new = ~bonded[i, j] & apart & (length < settings.bond_forms * reach)
    for which, words in ((gone, "is gone"), (new, "is new")):
        if which.any():
            k = int(which.argmax())
            names = [f"{chemical_symbols[start.numbers[a]]}{a}" for a in (i[k], j[k])]
            return f"bond {names[0]}-{names[1]} {words} ({length[k]:.2f} Å)"
    return ""


def _bare(start: Atoms, position: np.ndarray) -> Atoms:
    return Atoms(start.numbers, positions=position)
