"""The package itself: quick to import, a version on demand, a calculator of a trained model."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import nearsight
from nearsight.errors import CorruptFileError, MissingFileError


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
