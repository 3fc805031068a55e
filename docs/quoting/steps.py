"""Steps of differences of noisy forces: the error that was estimated and the one there is."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from nearsight.data.calculators import CalculatorPool, Source
from nearsight.data.molecules import build_molecule
from nearsight.respond import choose_step, engine_forces, hessian_blocks
from nearsight.respond.hessian import Forces
from nearsight.storage import provenance
from quoting.store import write

SO3LR = "so3krates_torch.calculator.so3:SO3LRCalculator"
NOISY, EXACT = {"default_dtype": "float32"}, {"default_dtype": "float64"}
MOLECULES = ("ethanol", "alanine_dipeptide")
DEFAULT, TINY = 0.005, 0.001
"""Å: the step that is kept unless another one is better, and that of the truth."""
UNIT = "1e-4 eV angstrom-2"


def steps(
    name: str,
    numbers: Path,
    *,
    calculator: str = SO3LR,
    noisy: Mapping[str, Any] = NOISY,
    exact: Mapping[str, Any] = EXACT,
    molecules: Sequence[str] = MOLECULES,
) -> Path:
    """Write, for every step, the error of the median pair of each molecule.

    Args:
        name: of the table.
        numbers: folder of the tables.
        calculator: ``package.module:factory``.
        noisy: its arguments for the forces whose step is chosen.
        exact: its arguments for forces without noise.
        molecules: as ``nearsight data`` builds them, with seed 0.
    """
    with (
        closing(CalculatorPool(calculator, noisy)) as probed,
        closing(CalculatorPool(calculator, exact)) as truth,
    ):
        found = {text: _errors_of(text, probed, truth) for text in molecules}
    told = provenance()
    facts = {
        "table": f"errors of responses of {calculator} by step in angstrom",
        "commit": told["git_commit"],
        "date": told["date"],
        "machine": told["hardware"],
        "command": f"python docs/quote.py steps --as {name}",
    }
    path = numbers / f"{name}.csv"
    write(path, _joined(found), ["step"], facts)
    return path


def _errors_of(text: str, probed: Source, truth: Source) -> pd.DataFrame:
    """A row a step: what was estimated and what is there, and the molecule if it was chosen."""
    atoms = build_molecule(text, seed=0)
    forces = engine_forces(probed, atoms.numbers)
    choice = choose_step(forces, atoms.positions, DEFAULT)
    exactly = engine_forces(truth, atoms.numbers)
    errors = {
        "estimated": np.hypot(choice.noise, choice.truncation),
        "measured": _measured(forces, exactly, atoms.positions, choice.steps),
    }
    chosen = np.where(choice.steps == choice.step, text.replace("_", " "), "")
    named = {f"{text}_{kind} ({UNIT})": error / 1e-4 for kind, error in errors.items()}
    return pd.DataFrame({"step": choice.steps, **named, "chosen_for": chosen})


def _joined(found: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    tables = list(found.values())
    marks = [table.pop("chosen_for") for table in tables]
    chosen = [", ".join(filter(None, row)) for row in zip(*marks, strict=True)]
    rows = pd.concat([table.set_index("step") for table in tables], axis=1)
    return rows.assign(chosen_for=chosen).reset_index()


def _measured(
    forces: Forces, exactly: Forces, position: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """(step,) norm of what is wrong with the symmetric block of the median pair."""
    true = hessian_blocks(exactly, position, TINY)
    above = np.triu_indices(len(position), k=1)
    found = []
    for length in lengths:
        wrong = hessian_blocks(forces, position, float(length)) - true
        symmetric = (wrong + wrong.transpose(1, 0, 3, 2))[above] / 2
        found.append(np.median(np.linalg.norm(symmetric, axis=(1, 2))))
    return np.array(found)
