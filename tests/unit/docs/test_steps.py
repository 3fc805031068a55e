"""Errors of responses by step, as calculators.md prints them, of forces without noise."""

from pathlib import Path

import numpy as np
from ase.calculators.lj import LennardJones
from quoting.steps import steps
from quoting.store import read

from nearsight.data.molecules import build_molecule
from nearsight.respond import calculator_forces, choose_step, hessian_blocks

LJ = "ase.calculators.lj:LennardJones"
ARGUMENTS = {"sigma": 0.9, "epsilon": 0.01, "rc": 20.0}
MOLECULES = ["methane", "ethanol"]


def test_what_is_measured_is_truncation_where_there_is_no_noise(tmp_path: Path) -> None:
    path = steps(
        "steps", tmp_path, calculator=LJ, noisy=ARGUMENTS, exact=ARGUMENTS, molecules=MOLECULES
    )
    table = read(path)
    rows = table.frame
    assert table.facts["command"] == "python docs/quote.py steps --as steps"
    assert rows["chosen_for"].dropna().to_dict() == {0: "methane, ethanol"}
    length = rows["step"].astype(float)
    for text in MOLECULES:
        # It grows as the square of the step, and the truth has one of its own.
        growth = rows[f"{text}_measured"] / (length**2 - 0.001**2)
        atoms = build_molecule(text, seed=0)
        forces = calculator_forces(LennardJones(**ARGUMENTS), atoms.numbers)
        long, short = (hessian_blocks(forces, atoms.positions, step) for step in (0.04, 0.02))
        first, second = np.triu_indices(len(atoms), k=1)
        apart = (long - short)[first, second] + (long - short)[second, first].swapaxes(1, 2)
        slope = np.median(np.linalg.norm(apart, axis=(1, 2))) / 2 / (0.04**2 - 0.02**2)
        np.testing.assert_allclose(growth, slope / 1e-4, rtol=0.2)
        choice = choose_step(forces, atoms.positions, 0.005)
        np.testing.assert_allclose(length, choice.steps)
        expected = np.hypot(choice.noise, choice.truncation) / 1e-4
        np.testing.assert_allclose(rows[f"{text}_estimated"], expected, rtol=1e-4)
