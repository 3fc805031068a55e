"""The package itself: quick to import, a version on demand, a calculator of a trained model."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

import nearsight
from nearsight.errors import (
    ConfigError,
    CorruptFileError,
    MissingFileError,
    ReferenceEngineError,
    UnsupportedModelError,
)


def test_the_version_is_that_of_the_installation() -> None:
    assert nearsight.__version__ == version("nearsight")


def test_other_names_are_none() -> None:
    with pytest.raises(AttributeError, match="module 'nearsight' has no attribute 'versions'"):
        nearsight.versions  # noqa: B018


def test_importing_it_imports_nothing() -> None:
    """And asks HDF5 for no locks, unless a user has said otherwise."""
    code = (
        "import sys, os, nearsight; print(os.environ['HDF5_USE_FILE_LOCKING'], "
        "*sorted(m.partition('.')[0] for m in sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    setting, *modules = run.stdout.split()
    assert setting == "FALSE"
    assert not {"torch", "numpy", "typer", "xarray", "h5py"} & set(modules)


def test_a_calculator_of_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.safetensors"):
        nearsight.calculator(tmp_path / "none.safetensors")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(CorruptFileError, match="text"):
        nearsight.calculator(str(tmp_path / "text"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file of an untrained network."""
    from nearsight.config import make_variant
    from nearsight.families.registry import build_network
    from nearsight.models.files import save_model
    from nearsight.models.model import Model

    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    variant = make_variant(family="painn", cutoff=3.0, depth=2, features=8, seed=1)
    save_model(Model(build_network(variant), variant, {1: -13.6, 8: -430.0}), path)
    return path


def test_walks_are_found_and_drawn_by_two_lines(model: Path) -> None:
    walks = nearsight.strongest_walks(model, molecule("H2O"), n_atoms=[2], count=2)
    assert walks.attrs["label"].startswith("painn~rc3.0")
    assert walks["walk"].dims == ("n_atoms", "rank", "step")
    figure = nearsight.draw_walks(walks)
    assert figure.axes[0].get_title(loc="left") == "Strongest walks on 2 atoms"


def test_walks_by_either_treatment_of_vectors(model: Path) -> None:
    water = molecule("H2O")
    one, other = (nearsight.strongest_walks(model, water, vector=v) for v in ("detach", "flow"))
    assert (one.attrs["vector"], other.attrs["vector"]) == ("detach", "flow")
    assert not np.allclose(one["absolute_sum"], other["absolute_sum"])
    with pytest.raises(ConfigError, match="vector"):
        nearsight.strongest_walks(model, water, vector="both")


def test_walks_of_what_has_none() -> None:
    with pytest.raises(UnsupportedModelError, match="LennardJones"):
        nearsight.strongest_walks("ase.calculators.lj:LennardJones", molecule("H2O"))


def test_any_model_is_opened_by_a_public_function(tmp_path: Path) -> None:
    """A calculator by its name behind ASE's own face; what cannot be opened says why."""
    found = nearsight.open_model("ase.calculators.lj:LennardJones", {"sigma": 0.9})
    assert (found.kind, found.target) == ("calculator", "energy")
    atoms, other = molecule("H2O"), molecule("H2O")
    atoms.calc = nearsight.calculator(found)
    other.calc = nearsight.calculator("ase.calculators.lj:LennardJones", arguments={"sigma": 0.9})
    assert atoms.get_potential_energy() == other.get_potential_energy() != 0
    np.testing.assert_array_equal(atoms.get_forces(), other.get_forces())
    with pytest.raises(MissingFileError, match="absent: no such file"):
        nearsight.open_model(tmp_path / "absent")
    with pytest.raises(MissingFileError, match="holds no model"):
        nearsight.calculator(tmp_path)


def test_what_a_calculator_cannot_do_is_one_line() -> None:
    atoms = molecule("H2O")
    atoms.calc = nearsight.calculator("ase.calculators.emt:EMT")
    atoms.numbers[0] = 26
    with pytest.raises(ReferenceEngineError, match="Fe"):
        atoms.get_potential_energy()
