"""From the text by which a user names a model to the model, of every kind behind one face."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import molecule
from ase.calculators.lj import LennardJones
from elsewhere import write_elsewhere

import nearsight
from nearsight.config import make_variant
from nearsight.errors import ConfigError, CorruptFileError, MissingFileError, ModelError
from nearsight.families.registry import build_network
from nearsight.models.energies import build_energy
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.models.open_model import OpenModel
from nearsight.models.opening import is_factory, open_model
from nearsight.models.trained_model import TrainedModel

LJ = "ase.calculators.lj:LennardJones"
ARGUMENTS = {"sigma": 1.5, "epsilon": 0.01, "rc": 20.0}
WATER = molecule("H2O")


@pytest.fixture(scope="module")
def model() -> Model:
    variant = make_variant(family="schnet", cutoff=4.0, depth=2, features=8)
    return Model(build_network(variant), variant, atom_reference={1: -13.0, 8: -430.0})


@pytest.fixture(scope="module")
def folder(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One model of each kind that lies in a file."""
    home = tmp_path_factory.mktemp("models")
    save_model(model, home / "model.safetensors")
    write_elsewhere(home / "converted", "schnet")
    return home


@pytest.fixture(params=["trained", "converted", "weights", "calculator"])
def opened(request: pytest.FixtureRequest, folder: Path) -> OpenModel:
    if request.param == "calculator":
        return open_model(LJ, ARGUMENTS)
    names = {"trained": "model.safetensors", "weights": "converted/weights.safetensors"}
    return open_model(str(folder / names.get(request.param, "converted")))


def test_every_kind_gives_energies_and_their_gradient(opened: OpenModel) -> None:
    """Batched, in float64, forces minus the slope of the energy along a direction."""
    opened.require_use()
    opened.require_energies()
    options = {} if opened.kind == "calculator" else {"precision": "float64"}
    potential = opened.potential(WATER.numbers, **options)
    rng = np.random.default_rng(1)
    position = torch.as_tensor(WATER.positions + 0.05 * rng.normal(size=(3, 3, 3)))
    direction = torch.as_tensor(rng.normal(size=(3, 3)))
    energy, force = potential(position)
    assert (energy.shape, force.shape) == ((3,), (3, 3, 3))
    assert (energy.dtype, force.dtype) == (torch.float64, torch.float64)
    step = 1e-4
    up, down = (potential(position + s * direction)[0] for s in (step, -step))
    slope = (up - down) / (2 * step)
    torch.testing.assert_close(-(force * direction).sum((1, 2)), slope, rtol=1e-5, atol=1e-6)
    alone, _ = potential(position[1:2])
    assert float(alone[0]) == pytest.approx(float(energy[1]), rel=1e-12)


def test_every_kind_says_what_it_is(opened: OpenModel) -> None:
    assert opened.kind in ("trained", "converted", "calculator")
    assert opened.target == "energy"
    assert opened.label
    assert all(path.is_file() for path in opened.files.values())
    assert all(isinstance(value, str) for value in opened.attributes.values())
    if opened.kind == "calculator":
        assert (opened.cutoff, opened.depth, opened.explicable) == (None, None, None)
        assert opened.no_walks
        assert opened.energy(WATER.numbers) is None
    else:
        assert (opened.cutoff, opened.depth) == (4.0, 2)
        assert opened.explicable is not None
        assert not opened.no_walks
        assert opened.attributes == {}


def test_the_energy_is_that_of_the_potential(opened: OpenModel) -> None:
    energy = opened.energy(WATER.numbers)
    if energy is None:
        return
    here = torch.as_tensor(WATER.positions).requires_grad_()
    value = energy(here)
    (slope,) = torch.autograd.grad(value, here)
    total, force = opened.potential(WATER.numbers, precision="float64")(here.detach()[None])
    assert float(value.detach()) == pytest.approx(float(total[0]), rel=1e-13)
    torch.testing.assert_close(-slope, force[0], rtol=1e-9, atol=1e-12)


def test_a_trained_model_is_the_one_that_was_saved(model: Model, folder: Path) -> None:
    found = open_model(folder / "model.safetensors")
    position = torch.as_tensor(WATER.positions)[None]
    for precision, dtype in (("float32", torch.float32), ("float64", torch.float64)):
        expected = model.potential(WATER.numbers, dtype=dtype)(position)
        got = found.potential(WATER.numbers, precision=precision)(position)
        assert all(torch.equal(one, other) for one, other in zip(expected, got, strict=True))
    bare = build_energy(model.network, torch.as_tensor(WATER.numbers).long(), model.variant)
    energy = found.energy(WATER.numbers)
    assert energy is not None
    assert float(energy(position[0]) - bare(position[0])) == pytest.approx(-456.0)
    assert found.label == model.variant.id
    assert found.explicable is not None
    assert found.explicable.offset(WATER.numbers) == -456.0
    drawn = found.explicable.redrawn(9).state_dict()
    other = build_network(model.variant.model_copy(update={"seed": 9})).state_dict()
    assert all(torch.equal(drawn[name], other[name]) for name in other)


def test_a_calculator_is_called_with_its_arguments() -> None:
    found = open_model(LJ, ARGUMENTS)
    atoms = WATER.copy()
    atoms.calc = LennardJones(**ARGUMENTS)
    energy, force = found.potential(WATER.numbers)(torch.as_tensor(WATER.positions)[None])
    assert float(energy[0]) == pytest.approx(atoms.get_potential_energy(), rel=1e-12)
    np.testing.assert_allclose(force[0], atoms.get_forces(), atol=1e-12)
    assert found.attributes["calculator"] == LJ
    assert '"sigma": 1.5' in found.attributes["calculator_arguments"]


def test_models_of_no_use_say_why(model: Model) -> None:
    lost = TrainedModel(replace(model, status="diverged", reason="loss is not finite in epoch 3"))
    assert lost.files == {}
    for ask in (lost.require_use, lambda: lost.potential(WATER.numbers)):
        with pytest.raises(ModelError, match=r"schnet.*loss is not finite in epoch 3"):
            ask()
    assert lost.no_walks == lost.reason == "loss is not finite in epoch 3"
    variant = make_variant(family="schnet", cutoff=4.0, target="homo", pooling="average")
    other = TrainedModel(Model(build_network(variant), variant, {1: 0.0, 8: 0.0}, mean=-6.0))
    assert other.target == "homo"
    for ask in (other.require_energies, lambda: other.energy(WATER.numbers)):
        with pytest.raises(ModelError, match="no energies and forces"):
            ask()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (LJ, True),
        ("mace.calculators:mace_off", True),
        ("module:name", True),
        ("model.safetensors", False),
        ("runs/painn~rc5.0", False),
        ("C:relative\\path", False),
        ("package.module:", False),
        (":factory", False),
        ("no such:thing", False),
    ],
)
def test_what_names_code(text: str, code: bool) -> None:
    assert is_factory(text) is code


def test_a_file_of_that_name_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is imported where a file is meant."""
    monkeypatch.chdir(tmp_path)
    Path("odd:name").write_text("no model")
    assert not is_factory("odd:name")
    with pytest.raises(CorruptFileError, match="odd:name: not a safetensors file"):
        open_model("odd:name")


def test_what_cannot_be_opened(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a file, and takes no arguments of a calculator"):
        open_model(folder / "model.safetensors", {"sigma": 1.0})
    with pytest.raises(MissingFileError, match="absent: no such file"):
        open_model(tmp_path / "absent")
    with pytest.raises(ConfigError, match=r"no module 'nowhere_at_all'"):
        open_model("nowhere_at_all:factory")
    torch.save({"weight": torch.ones(2)}, tmp_path / "best_model")
    with pytest.raises(CorruptFileError, match="pickled models are never loaded"):
        open_model(tmp_path / "best_model")


def test_the_public_functions_open_the_same(opened: OpenModel) -> None:
    """`nearsight.open_model` and `nearsight.calculator` take whatever a verb takes."""
    if opened.kind == "calculator":
        again = nearsight.open_model(LJ, ARGUMENTS)
        made = nearsight.calculator(LJ, arguments=ARGUMENTS)
    else:
        path = next(iter(opened.files.values()))
        again, made = nearsight.open_model(path), nearsight.calculator(str(path))
    assert again.kind == opened.kind
    energy, force = opened.potential(WATER.numbers, precision="float32")(
        torch.as_tensor(WATER.positions)[None]
    )
    for calculator in (made, nearsight.calculator(again)):
        atoms = WATER.copy()
        atoms.calc = calculator
        assert atoms.get_potential_energy() == pytest.approx(float(energy[0]), rel=1e-12)
        np.testing.assert_allclose(atoms.get_forces(), force[0], atol=1e-12)
