"""Subjects whose answers are known in closed form, and a check of them that takes no time."""

from collections.abc import Sequence
from pathlib import Path

import ase.io
import numpy as np
import torch
import xarray as xr
from ase import Atoms
from ase.build import molecule

from nearsight.diagnose.check import Check, Result
from nearsight.diagnose.finding import Finding, Threshold, measured
from nearsight.diagnose.given import Given, open_models, read_given
from nearsight.diagnose.subject import Subject
from nearsight.labels import variable

FACTORY = "ase.calculators.lj:LennardJones"
ARGUMENTS = {"sigma": 1.0, "epsilon": 0.1, "rc": 20.0}
SOURCE = "Newton's third law"


def energy_at(distance: float) -> float:
    """Of the pair, shifted to zero at the cutoff."""
    return float(0.4 * (distance**-12 - distance**-6) - 0.4 * (20.0**-12 - 20.0**-6))


def pair(distance: float) -> Atoms:
    return Atoms("Ar2", positions=[[0, 0, 0], [0, 0, distance]])


def net_force(subject: Subject) -> Result:
    """That forces add up to nothing, and the energy as a table."""
    atoms = subject.structures[0]
    energy, force = subject.potential(atoms.numbers)(torch.as_tensor(atoms.positions)[None])
    net = float(np.abs(force.sum(dim=1)).max())
    table = xr.Dataset(
        {
            "energy": variable("structure", energy.numpy(), "eV", "energy"),
            "force": variable(
                ("structure", "atom", "axis"), force.numpy(), "eV angstrom-1", "force"
            ),
        }
    )
    finding = measured(
        "net_force",
        "largest component of the net force",
        net,
        "eV angstrom-1",
        threshold=Threshold(1e-9, 1e-6, SOURCE),
        reason=f"the net force is {net:.1e} eV/Å",
        advice="look for positions that are absolute",
    )
    return Result([finding, finding], table, {"start": [atoms]})


def gist(findings: Sequence[Finding]) -> str:
    return f"two findings, the first {findings[0].value:.0e}"


NET_FORCE = Check(
    name="symmetry", title="Net force", question="Do forces add up?", run=net_force, gist=gist
)


def argon(folder: Path, n_models: int = 1) -> Given:
    """Lennard-Jones models on two molecules in a file."""
    file = folder / "structures.xyz"
    ase.io.write(file, [pair(1.2), molecule("H2O")])
    models = open_models([FACTORY] * n_models, [ARGUMENTS])
    return read_given(models, file, reference="none")
