"""One tiny model of every kind, data and structures, and how verbs are called."""

from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.calculators.lj import LennardJones
from typer.testing import CliRunner, Result

from nearsight.cli import app
from nearsight.config import make_variant
from nearsight.data.frames import SUBSETS, frames_of_atoms, write_frames
from nearsight.errors import NearsightError
from nearsight.families.painn.makeup import PaiNNMakeup
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.makeup import FORMAT, Hyperparameters, Offsets
from nearsight.families.schnetpack.network import makeup_of
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.models.tensors import write_tensors
from nearsight.storage import write_json
from nearsight.units import TO_EV

REFERENCES = {1: -13.5, 8: -2042.5}
LJ = "ase.calculators.lj:LennardJones"
ARGUMENTS = "{sigma: 0.9, epsilon: 0.01, rc: 20.0}"
OWN = """
from ase.calculators.lj import LennardJones

def factory(depth=0.02):
    return LennardJones(sigma=0.85, epsilon=depth, rc=20.0)
"""
WATER = molecule("H2O")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, list(map(str, arguments)))


def done(*arguments: object) -> Result:
    result = run(*arguments)
    assert result.exit_code == 0, result.output or repr(result.exception)
    return result


def refused(*arguments: object) -> str:
    """The one line by which a verb ends; it has written nothing."""
    before = sorted(Path().rglob("*"))
    result = run(*arguments)
    assert isinstance(result.exception, NearsightError), result.output
    assert sorted(Path().rglob("*")) == before
    assert "\n" not in str(result.exception)
    return str(result.exception)


def images(n: int) -> list[Atoms]:
    """Waters about their minimum."""
    rng = np.random.default_rng(0)
    return [
        Atoms(WATER.numbers, positions=WATER.positions + 0.03 * rng.normal(size=(3, 3)))
        for _ in range(n)
    ]


def expected_by_lj(atoms: Atoms) -> tuple[float, np.ndarray]:
    """What the calculator gives itself."""
    atoms = atoms.copy()
    atoms.calc = LennardJones(sigma=0.9, epsilon=0.01, rc=20.0)
    return atoms.get_potential_energy(), atoms.get_forces()


def make_models(folder: Path) -> None:
    """A trained and a converted model of the same weights, data, structures, a user's module."""
    variant = make_variant(family="painn", cutoff=4.0, depth=2, features=8, n_train=6)
    network = build_network(variant)
    save_model(Model(network, variant, dict(REFERENCES)), folder / "model.safetensors")
    # The same in other units: what it gives in eV has to be the same.
    made = makeup_of(PaiNNMakeup, variant)
    factor = TO_EV["kcal/mol"]
    document = Hyperparameters.model_validate(
        {
            "format": FORMAT,
            "representation": made.representation,
            "head": made.head,
            "property_unit": "kcal/mol",
            "offsets": Offsets(
                atom_reference={str(z): value / factor for z, value in REFERENCES.items()}
            ),
        }
    )
    (folder / "converted").mkdir()
    write_tensors(network.state_dict(), folder / "converted" / "weights.safetensors", {})
    write_json(document.model_dump(), folder / "converted" / "hyperparameters.json")
    (folder / "mine.py").write_text(OWN)
    waters = images(18)
    frames = frames_of_atoms(waters)
    labels = [expected_by_lj(atoms) for atoms in waters]
    frames = replace(
        frames,
        energy=np.array([energy for energy, _ in labels]),
        force=np.concatenate([force for _, force in labels]),
        subset=np.repeat(np.arange(len(SUBSETS)), 6),
        attributes={"level_of_theory": "Lennard-Jones"},
    )
    write_frames(frames, folder / "data.nc", title="water")
    ase.io.write(folder / "waters.xyz", images(4), format="extxyz")


MODELS = {
    "trained": ("model.safetensors",),
    "converted": ("converted",),
    "calculator": (LJ, "--calculator-arguments", ARGUMENTS),
    "own": ("mine:factory",),
}
"""Model argument, and what goes with it, by kind."""
