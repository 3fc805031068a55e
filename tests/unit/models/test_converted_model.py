"""A SchNetPack model of somebody else's as a force field: its own numbers, in eV and Å."""

from pathlib import Path

import numpy as np
import pytest
import schnetpack as spk
import torch
from ase.build import molecule
from elsewhere import own_energy_and_forces, trained_elsewhere, write_elsewhere

from nearsight.errors import ConfigError, MissingFileError, ModelError
from nearsight.models.converted_model import ConvertedModel
from nearsight.models.converting import write_converted
from nearsight.models.opening import open_model
from nearsight.respond import autograd_blocks, hessian_blocks
from nearsight.units import TO_ANGSTROM, TO_EV

UNITS = [("eV", "angstrom"), ("kcal/mol", "angstrom"), ("Ha", "bohr"), ("meV", "nm")]
TO = {**TO_EV, "Ha": TO_EV["hartree"]}


def images(n: int = 3, name: str = "CH3OH") -> tuple[np.ndarray, np.ndarray]:
    """Charges (atom,) and positions (image, atom, 3) in Å."""
    atoms, rng = molecule(name), np.random.default_rng(0)
    return atoms.numbers, atoms.positions + 0.1 * rng.normal(size=(n, len(atoms), 3))


@pytest.mark.parametrize("kind", ["schnet", "painn", "so3net"])
@pytest.mark.parametrize(("unit", "length_unit"), UNITS)
def test_energies_and_forces_are_schnetpacks_own(
    kind: str, unit: str, length_unit: str, tmp_path: Path
) -> None:
    """With its post-processing, through neighbours, units of length and of the property."""
    length = TO_ANGSTROM[length_unit]
    # The same 4 Å in the network's own unit.
    network = write_elsewhere(
        tmp_path, kind, unit=unit, length_unit=length_unit, cutoff=4.0 / length
    )
    model = open_model(tmp_path)
    assert (model.kind, model.target, model.depth) == ("converted", "energy", 2)
    assert model.cutoff == pytest.approx(4.0, rel=1e-6)
    numbers, position = images()
    energy, force = model.potential(numbers)(torch.as_tensor(position))
    assert (energy.dtype, force.dtype) == (torch.float64, torch.float64)
    single, _ = model.potential(numbers, precision="float32")(torch.as_tensor(position))
    for k, geometry in enumerate(position):
        atoms = molecule("CH3OH")
        atoms.positions = geometry
        value, slope = own_energy_and_forces(network, atoms, length)
        assert float(energy[k]) == pytest.approx(value * TO[unit], rel=1e-12)
        expected = slope * TO[unit] / length
        np.testing.assert_allclose(force[k], expected, rtol=0, atol=1e-11 * abs(expected).max())
        assert abs(float(single[k]) - value * TO[unit]) < 1e-4 * TO[unit]
    assert abs(force).max() > 1e-6


def test_the_energy_is_differentiable_twice(tmp_path: Path) -> None:
    """Hessian blocks by autograd equal differences of its forces."""
    write_elsewhere(tmp_path, unit="kcal/mol", length_unit="bohr")
    model, (numbers, position) = open_model(tmp_path), images(1)
    energy, potential = model.energy(numbers), model.potential(numbers)
    assert energy is not None
    here = torch.as_tensor(position[0])
    assert float(energy(here)) == pytest.approx(float(potential(here[None])[0][0]), rel=1e-14)

    def forces(copies: np.ndarray) -> np.ndarray:
        return potential(torch.as_tensor(copies))[1].numpy()

    exact = autograd_blocks(energy, position[0])
    np.testing.assert_allclose(
        exact, hessian_blocks(forces, position[0], 1e-4), atol=1e-6 * abs(exact).max()
    )


def test_many_copies_are_each_alone(tmp_path: Path) -> None:
    write_elsewhere(tmp_path)
    model, (numbers, position) = open_model(tmp_path), images(40)
    position[7] *= 30  # torn apart: no neighbours
    potential = model.potential(numbers)
    energy, force = potential(torch.as_tensor(position))
    assert abs(force[7]).max() == 0
    for k in (0, 7, 39):
        one, alone = potential(torch.as_tensor(position[k : k + 1]))
        assert float(energy[k]) == pytest.approx(float(one[0]), rel=1e-13)
        np.testing.assert_allclose(force[k], alone[0], atol=1e-12)


def test_what_is_explained_is_labelled_in_its_own_unit(tmp_path: Path) -> None:
    network = write_elsewhere(tmp_path, unit="kcal/mol", key="energy_U0")
    found, atoms = open_model(tmp_path).explicable, molecule("CH3OH")
    assert found is not None
    assert (found.output, found.unit, found.length) == ("energy_U0", "kcal/mol", 1.0)
    assert found.treatments == ("detach", "flow")
    total, _ = own_energy_and_forces(network, atoms)
    bare = found.form.evaluation(found.network)
    assert found.offset(atoms.numbers) == 6 * 2.5 + 4 * -13.5 - 1029 - 2042.5
    assert abs(total - found.offset(atoms.numbers)) < 50
    assert callable(bare)


def test_random_weights_of_the_same_make(tmp_path: Path) -> None:
    write_elsewhere(tmp_path, "so3net")
    found = open_model(tmp_path).explicable
    assert found is not None
    one, again, other = found.redrawn(1), found.redrawn(1), found.redrawn(2)
    assert one.state_dict().keys() == found.network.state_dict().keys()
    for name, value in found.network.state_dict().items():
        assert one.state_dict()[name].shape == value.shape
        assert torch.equal(one.state_dict()[name], again.state_dict()[name])
    table = "representation.embedding.weight"
    assert not torch.equal(one.state_dict()[table], other.state_dict()[table])


def test_elements_that_it_does_not_know(tmp_path: Path) -> None:
    write_elsewhere(tmp_path)
    model = open_model(tmp_path)
    with pytest.raises(ModelError, match="knows no nuclear charge 112"):
        model.potential(np.array([112]))
    for unseen in (79, 16):  # behind the table of references, and zero in it
        with pytest.raises(ModelError, match=f"no atom reference for nuclear charge {unseen}"):
            model.energy(np.array([unseen]))
    with pytest.raises(ConfigError, match="float16"):
        model.potential(np.array([1]), precision="float16")


@pytest.mark.parametrize(
    ("head", "unit", "words"),
    [
        (spk.atomistic.Atomwise(8, output_key="gap", aggregation_mode="avg"), "eV", "no sum over"),
        (spk.atomistic.DipoleMoment(8, predict_magnitude=True), "debye", "no sum over atoms"),
        (spk.atomistic.Atomwise(8, output_key="polarizability"), "bohr3", "no unit of energy"),
        (spk.atomistic.Atomwise(8, output_key="energy"), "MeV", "MeV, which is no unit of energy"),
    ],
)
def test_what_is_no_force_field_can_be_explained_alone(
    head: torch.nn.Module, unit: str, words: str, tmp_path: Path
) -> None:
    network = trained_elsewhere()
    network.output_modules = torch.nn.ModuleList([head])
    network.postprocessors = torch.nn.ModuleList()
    write_converted(network, tmp_path, unit=unit)
    model = ConvertedModel(tmp_path)
    assert model.explicable is not None
    assert model.target == getattr(head, "dipole_key", None) or head.output_key
    for ask in (model.potential, model.energy):
        with pytest.raises(ModelError, match=words):
            ask(np.array([1, 1]))


def test_a_folder_that_holds_no_model_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match=r"empty: holds no model: weights\.safetensors"):
        open_model(tmp_path / "empty")
    with pytest.raises(MissingFileError, match=r"nowhere: no such file"):
        open_model(tmp_path / "nowhere")
    write_elsewhere(tmp_path / "half")
    (tmp_path / "half" / "hyperparameters.json").unlink()
    with pytest.raises(MissingFileError, match=r"hyperparameters\.json: no such file; it must"):
        open_model(tmp_path / "half")
