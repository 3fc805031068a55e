"""A trained model in use: ASE calculator, predictions, export to SchNetPack."""

from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import molecule
from ase.calculators.fd import calculate_numerical_forces
from ase.md.verlet import VelocityVerlet
from ase.units import fs
from click.testing import Result
from typer.testing import CliRunner

import nearsight
from nearsight.cli import app
from nearsight.config import make_variant
from nearsight.data.exporting import export_frames
from nearsight.data.frames import Frames, frames_of_atoms, read_frames, write_frames
from nearsight.errors import ConfigError, DataError, ModelError
from nearsight.families.neighbors import neighbor_pairs
from nearsight.families.registry import build_network
from nearsight.families.schnetpack.inputs import both_ways
from nearsight.models.files import save_model
from nearsight.models.foreign import load_foreign
from nearsight.models.model import Model
from nearsight.storage import read_dataset
from nearsight.train.predict import predicted


def invoke(*arguments: object) -> Result:
    """The command line in this process, since starting one takes longer than its work."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


REFERENCES = {1: -13.6, 6: -1030.5, 7: -1480.0, 8: -2040.25}


def saved(folder: Path, **options: object) -> tuple[Path, Model]:
    values = {"family": "painn", "cutoff": 4.0, "depth": 2, "features": 8, **options}
    variant = make_variant(**values)
    extensive = variant.target == "energy"
    model = Model(
        build_network(variant),
        variant,
        REFERENCES if extensive else dict.fromkeys(REFERENCES, 0.0),
        mean=0.0 if extensive else -6.5,
    )
    path = folder / "model.safetensors"
    save_model(model, path)
    return path, model


@pytest.fixture
def ethanol() -> Atoms:
    atoms = molecule("CH3CH2OH")
    atoms.rattle(0.05, seed=1)
    return atoms


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_calculator_is_the_potential(precision: str, ethanol: Atoms, tmp_path: Path) -> None:
    path, model = saved(tmp_path)
    ethanol.calc = nearsight.calculator(path, precision=precision)
    dtype = {"float32": torch.float32, "float64": torch.float64}[precision]
    position = torch.as_tensor(ethanol.positions)[None]
    energy, force = model.potential(ethanol.numbers, dtype=dtype)(position)
    assert ethanol.get_potential_energy() == float(energy[0])
    np.testing.assert_array_equal(ethanol.get_forces(), force[0].numpy())


def test_forces_of_the_calculator_are_the_gradient(ethanol: Atoms, tmp_path: Path) -> None:
    ethanol.calc = nearsight.calculator(saved(tmp_path)[0], precision="float64")
    numerical = calculate_numerical_forces(ethanol, eps=1e-4)
    np.testing.assert_allclose(ethanol.get_forces(), numerical, atol=1e-6)


def test_dynamics_of_ase_conserves_energy(ethanol: Atoms, tmp_path: Path) -> None:
    ethanol.calc = nearsight.calculator(saved(tmp_path)[0], precision="float64")
    rng = np.random.default_rng(0)
    ethanol.set_velocities(rng.normal(0, 0.005, (9, 3)))
    before = ethanol.get_total_energy()
    VelocityVerlet(ethanol, 0.2 * fs).run(50)
    assert abs(ethanol.get_total_energy() - before) < 1e-4


def test_one_calculator_for_molecules_in_turn(ethanol: Atoms, tmp_path: Path) -> None:
    calculator = nearsight.calculator(saved(tmp_path)[0])
    water = molecule("H2O")
    energies = []
    for atoms in (ethanol, water, ethanol.copy()):
        atoms.calc = calculator
        energies.append(atoms.get_potential_energy())
    assert energies[0] == energies[2] != energies[1]


def test_what_the_calculator_refuses(ethanol: Atoms, tmp_path: Path) -> None:
    path, model = saved(tmp_path)
    with pytest.raises(ConfigError, match="float16"):
        nearsight.calculator(path, precision="float16")
    ethanol.calc = nearsight.calculator(path)
    ethanol.pbc = True
    with pytest.raises(DataError, match="periodic"):
        ethanol.get_potential_energy()
    sulfur = molecule("SH2")
    sulfur.calc = nearsight.calculator(path)
    with pytest.raises(ModelError, match=r"nuclear charge \[16\]"):
        sulfur.get_potential_energy()
    lost = Atoms("C", positions=[[np.nan, 0, 0]], calculator=nearsight.calculator(path))
    with pytest.raises(DataError, match="position of atom 0 is not finite"):
        lost.get_potential_energy()
    other, _ = saved(tmp_path, target="homo", pooling="average")
    with pytest.raises(ModelError, match="no energies and forces"):
        nearsight.calculator(other)
    save_model(Model(model.network, model.variant, REFERENCES, "diverged", "boom"), path)
    with pytest.raises(ModelError, match="status diverged: boom"):
        nearsight.calculator(path)


def test_predict_writes_what_the_calculator_gives(tmp_path: Path) -> None:
    path, _ = saved(tmp_path)
    structures = [molecule(name) for name in ("CH3CH2OH", "H2O", "NH3")]
    ase.io.write(tmp_path / "in.xyz", structures)
    for name in ("out.xyz", "out.nc"):
        result = invoke("predict", path, tmp_path / "in.xyz", "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
        assert "energy of 3 structures" in result.output
    frames = read_frames(tmp_path / "out.nc")
    for k, (atoms, read) in enumerate(
        zip(structures, ase.io.read(tmp_path / "out.xyz", ":"), strict=True)
    ):
        atoms.calc = nearsight.calculator(path)
        np.testing.assert_allclose(read.get_potential_energy(), atoms.get_potential_energy())
        np.testing.assert_allclose(read.get_forces(), atoms.get_forces(), atol=2e-5)
        np.testing.assert_allclose(frames.energy[k], atoms.get_potential_energy())
        np.testing.assert_allclose(frames.forces(k), atoms.get_forces(), atol=2e-5)
    assert read_dataset(tmp_path / "out.nc").attrs["level_of_theory"].startswith("nearsight painn")


@pytest.mark.parametrize(
    ("symbols", "place", "words"),
    [
        ("CH", [[0, 0, 0], [np.nan, 0, 0]], "position is not finite in 1 frames, the first is"),
        ("CH", [[0, 0, 0], [0, 0, np.inf]], "position is not finite"),
        ("CHH", [[0, 0, 0], [1, 0, 0], [1, 0, 1e-9]], "two atoms of frame 1 are at one place"),
        ("XH", [[0, 0, 0], [1, 0, 0]], "is no element"),
    ],
)
def test_no_energy_of_what_is_no_structure(
    symbols: str, place: list, words: str, ethanol: Atoms, tmp_path: Path
) -> None:
    path, model = saved(tmp_path)
    lost = Atoms(symbols, positions=place)
    ase.io.write(tmp_path / "in.xyz", [ethanol, lost])
    result = invoke("predict", path, tmp_path / "in.xyz", "--out", tmp_path / "out.nc")
    assert result.exit_code == 1
    assert words in str(result.exception)
    assert not (tmp_path / "out.nc").exists()
    with pytest.raises(DataError, match="structures: "):
        predicted(model, frames_of_atoms([ethanol, lost]))


def test_a_number_that_is_none_is_never_dropped(ethanol: Atoms, tmp_path: Path) -> None:
    _, model = saved(tmp_path)
    with torch.no_grad():
        next(model.network.output_modules[0].parameters()).fill_(torch.inf)
    with pytest.raises(ModelError, match="no finite number for 1 of 1 structures, the first is"):
        predicted(model, frames_of_atoms([ethanol]))
    half = replace(frames_of_atoms([ethanol, ethanol]), energy=np.array([-1.0, np.nan]))
    export_frames(half, tmp_path / "half.xyz")
    energies = [line for line in (tmp_path / "half.xyz").read_text().split() if "energy=" in line]
    assert energies == ["energy=-1.0", "energy=nan"]


def test_a_distance_that_is_none_is_a_neighbour() -> None:
    position = torch.tensor([[[0.0, 0, 0], [torch.nan, 0, 0]]])
    assert [x.tolist() for x in neighbor_pairs(position, 2.0)] == [[0], [1]]


def test_predict_another_target(mixed_frames: Frames, tmp_path: Path) -> None:
    path, _ = saved(tmp_path, target="homo", pooling="average")
    write_frames(mixed_frames, tmp_path / "data.nc", title="mixed")
    result = invoke("predict", path, tmp_path / "data.nc", "--out", tmp_path / "homo.nc")
    assert result.exit_code == 0, result.output
    values = read_dataset(tmp_path / "homo.nc")
    assert values["homo"].attrs["units"] == "eV"
    assert "force" not in values
    assert values.sizes["frame"] == 5
    result = invoke("predict", path, tmp_path / "data.nc", "--out", tmp_path / "homo.xyz")
    assert result.exit_code == 0, result.output
    read = ase.io.read(tmp_path / "homo.xyz", ":")
    np.testing.assert_allclose([atoms.info["homo"] for atoms in read], values["homo"])
    refused = invoke("predict", path, tmp_path / "data.nc", "--out", tmp_path / "homo.csv")
    assert isinstance(refused.exception, ConfigError)
    assert "expected a name ending in .nc, .xyz or .extxyz" in str(refused.exception)


VARIANTS = [
    {"family": "schnet"},
    {"family": "painn", "radial_basis": "bessel"},
    {"family": "painn", "target": "homo", "pooling": "average"},
    {"family": "schnet", "target": "dipole", "pooling": "dipole"},
]


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_export_is_taken_by_schnetpack(options: dict, ethanol: Atoms, tmp_path: Path) -> None:
    from hydra.utils import instantiate
    from omegaconf import OmegaConf
    from safetensors.torch import load_file

    from nearsight.models.exporting import export_model

    _, model = saved(tmp_path, **options)
    folder = tmp_path / "exported"
    export_model(model, folder)
    network = instantiate(OmegaConf.load(folder / "model.yaml"))
    network.load_state_dict(load_file(folder / "weights.safetensors"))
    # Two molecules: SchNetPack's head of dipoles needs more than one.
    numbers = torch.as_tensor(np.tile(ethanol.numbers, 2), dtype=torch.long)
    positions = torch.as_tensor(np.stack([ethanol.positions, 1.02 * ethanol.positions]))
    i, j = both_ways(*neighbor_pairs(positions, 4.0))
    inputs = {
        "_atomic_numbers": numbers,
        "_positions": positions.reshape(-1, 3),
        "_n_atoms": torch.tensor([9, 9]),
        "_idx_m": torch.arange(2).repeat_interleave(9),
        "_idx_i": i,
        "_idx_j": j,
        "_offsets": torch.zeros((len(i), 3), dtype=torch.float64),
    }
    target = model.variant.target
    expected = model.network.double()({**inputs})[target].detach()
    torch.testing.assert_close(network.double()({**inputs})[target].detach(), expected)
    foreign = load_foreign(folder)
    assert foreign.hyperparameters.head.output == target
    found = foreign.network({**inputs})[target].detach()
    torch.testing.assert_close(found, expected)
    assert foreign.offset(ethanol.numbers) == pytest.approx(model.energy_offset(ethanol.numbers))


def test_export_command(tmp_path: Path) -> None:
    path, _ = saved(tmp_path)
    result = invoke("export", path, "--out", tmp_path / "exported")
    assert result.exit_code == 0, result.output
    names = sorted(p.name for p in (tmp_path / "exported").iterdir())
    assert names == ["hyperparameters.json", "model.yaml", "weights.safetensors"]
    ase.io.write(tmp_path / "in.xyz", molecule("H2O"))
    for model, name in ((tmp_path / "exported", "relevance.nc"), (path, "own.nc")):
        result = invoke("explain", model, tmp_path / "in.xyz", "--out", tmp_path / name)
        assert result.exit_code == 0, result.output
    one, other = (read_dataset(tmp_path / name) for name in ("relevance.nc", "own.nc"))
    np.testing.assert_allclose(one["relevance"], other["relevance"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(one["offset"], other["offset"], rtol=1e-9)
