"""Whether a calculator works on molecules at all, and whether it remembers what came before."""

import logging
from collections.abc import Sequence

import numpy as np
from ase import Atoms

from nearsight.data.calculators.source import Source

logger = logging.getLogger(__name__)

TRIES = 4
"""Structures of which an engine must manage one."""
SHAKE = 0.1
"""Å, standard deviation of the displacements of the geometry that comes in between."""


def try_out(source: Source, structures: Sequence[Atoms]) -> float:
    """Ask for the first structures, and for one of them again after another geometry.

    Args:
        source: the engine.
        structures: of which one of the first four must work.

    Returns:
        How far the energy of the same geometry differs by what was asked before, in eV: zero of an
        engine whose energy is a function of the geometry. Another value is told.

    Raises:
        ReferenceEngineError: it fails on each of them; says why, as far as that can be found out.
    """
    for atoms in structures[:TRIES]:
        answers = source.ask(atoms.numbers, atoms.positions[None])
        if not answers.reason[0]:
            return _memory(source, atoms, float(answers.energy[0]))
    if structures:
        source.ask_all(structures[0].numbers, structures[0].positions[None])
    return 0.0


def _memory(source: Source, atoms: Atoms, first: float) -> float:
    shaken = atoms.positions + np.random.default_rng(0).normal(0, SHAKE, atoms.positions.shape)
    source.ask(atoms.numbers, shaken[None])
    again = source.ask(atoms.numbers, atoms.positions[None])
    difference = abs(float(again.energy[0]) - first) if not again.reason[0] else np.inf
    if difference:
        logger.warning(
            "calculator %s remembers: the energy of the same geometry differs by %.2g eV after "
            "another one, so results depend on their order to that extent",
            source.label,
            difference,
        )
    return difference
