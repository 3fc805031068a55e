"""`nearsight walks` on a model file, a converted model and a calculator."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from ase import io
from ase.build import molecule

import nearsight
from nearsight.config import make_variant
from nearsight.families.registry import build_network
from nearsight.models.exporting import export_model
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.storage import read_dataset

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(in_process: Command) -> Command:
    return partial(in_process, "walks")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PaiNN, its export, and two structures."""
    folder = tmp_path_factory.mktemp("walks")
    variant = make_variant(family="painn", cutoff=3.0, depth=2, features=8, seed=1)
    model = Model(build_network(variant), variant, {1: -13.6, 6: -1030.0, 8: -430.0})
    save_model(model, folder / "model.safetensors")
    export_model(model, folder / "converted")
    io.write(folder / "two.xyz", [molecule("CH3OH"), molecule("H2O")], format="extxyz")
    return folder


def test_a_picture_and_a_table(run: Command, home: Path, tmp_path: Path) -> None:
    ended = run(home / "model.safetensors", home / "two.xyz", "--frame", 1, "--count", 2,
                "--table", "walks.csv", "--out", "walks.svg")  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("walks.svg: walks of painn~rc3.0")
    assert "on H2O" in ended.stdout
    assert "H2O" in (tmp_path / "walks.svg").read_text(encoding="utf-8")
    rows = (tmp_path / "walks.csv").read_text().splitlines()
    assert len(rows) == 1 + 2 * 4


def test_vectors_by_a_setting_and_the_table_as_netcdf(
    run: Command, home: Path, tmp_path: Path
) -> None:
    structure = io.read(home / "two.xyz", 0)
    ended = run(home / "converted", home / "two.xyz", "--n-atoms", 3, "--set", "vector=flow",
                "--table", "walks.nc", "--out", "walks.png")  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    table = read_dataset(tmp_path / "walks.nc")
    assert table.attrs["vector"] == "flow"
    assert {"weights", "data"} <= set(str(table.attrs["inputs"]).replace('"', " ").split())
    expected = nearsight.strongest_walks(home / "converted", structure, n_atoms=[3], vector="flow")
    np.testing.assert_array_equal(table["walk"], expected["walk"])
    assert (tmp_path / "walks.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--frame", "2"), "--frame 2: two.xyz holds 2 structures, 0 to 1"),
        (("--n-atoms", "4"), "--n-atoms = 4: walks of 2 steps are on 1 to 3 atoms"),
        (("--table", "walks.txt"), "--table walks.txt: must end in .csv or .nc"),
        (("--out", "walks.jpg"), "--out walks.jpg: must end in .svg, .png or .pdf"),
        (("--set", "vector=both"), "vector"),
    ],
)
def test_what_cannot_be_ends_in_one_line(
    run: Command, home: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    (tmp_path / "two.xyz").write_text((home / "two.xyz").read_text())
    ended = run(home / "model.safetensors", "two.xyz", "--out", "walks.svg", *words)
    assert ended.returncode == 1
    assert message in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["two.xyz"]


def test_a_calculator_is_refused_with_the_reason(run: Command, home: Path) -> None:
    ended = run("ase.calculators.emt:EMT", home / "two.xyz", "--out", "walks.svg")
    assert ended.returncode == 1
    assert "EMT" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


def test_the_picture_is_not_put_over_the_structures(run: Command, home: Path) -> None:
    ended = run(home / "model.safetensors", home / "two.xyz", "--out", "a.svg", "--table", "a.svg")
    assert ended.returncode == 1
    assert "same file" in ended.stderr
