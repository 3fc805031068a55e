"""Homologous series: structures that grow by one group at a time."""

import numpy as np
from ase import Atoms
from ase.optimize import BFGS

from nearsight.data.engine import reference_calculator
from nearsight.data.molecules import build_molecule
from nearsight.errors import ReferenceEngineError
from nearsight.progress import progress_bar

MAX_FORCE = 0.02
"""eV/Å at which a structure counts as relaxed."""
STEPS = 500


def alkanes(longest: int, seed: int = 0) -> list[Atoms]:
    """The unbranched alkanes from methane on, relaxed with GFN2-xTB.

    Args:
        longest: carbon atoms of the last one.
        seed: of the embedding.

    Raises:
        ReferenceEngineError: a relaxation does not converge.
    """
    found = []
    for n_carbon in progress_bar(range(1, longest + 1), desc="alkanes", unit="molecule"):
        atoms = build_molecule("C" * n_carbon, seed)
        atoms.calc = reference_calculator()
        with BFGS(atoms, logfile=None) as relaxation:
            if not relaxation.run(fmax=MAX_FORCE, steps=STEPS):
                raise ReferenceEngineError(
                    f"alkane of {n_carbon} carbon atoms: not relaxed after {STEPS} steps"
                )
        found.append(Atoms(atoms.numbers, positions=atoms.positions - np.mean(atoms.positions, 0)))
    return found
