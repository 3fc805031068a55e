"""`nearsight respond` on calculators of the user's, `reference-curves`, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import io
from ase.build import molecule
from ase.calculators.lj import LennardJones
from typer.testing import CliRunner
from waters import waters

from nearsight.cli import dynamics as _dynamics  # noqa: F401
from nearsight.cli import response as _registered  # noqa: F401
from nearsight.cli.app import app
from nearsight.data.calculators import InProcess
from nearsight.data.frames import write_frames
from nearsight.errors import ConfigError, NearsightError
from nearsight.respond import engine_forces, hessian_blocks
from nearsight.storage import check_described, read_dataset


@pytest.fixture
def structures(tmp_path: Path) -> Path:
    path = tmp_path / "molecules.xyz"
    io.write(path, [molecule("CH3OH"), molecule("H2O")])
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Water that a density functional labelled."""
    path = tmp_path / "data.nc"
    frames = replace(waters(9), attributes={"level_of_theory": "PBE/def2-SVP"})
    write_frames(frames, path, title="water")
    return path


def run(*arguments: object):
    return CliRunner().invoke(app, list(map(str, arguments)))


def test_any_calculator_by_its_name(structures: Path, tmp_path: Path) -> None:
    out = tmp_path / "lj.nc"
    arguments = "{sigma: 1.5, epsilon: 0.01, rc: 20.0}"
    result = run(
        "respond", structures, "--calculator", "ase.calculators.lj:LennardJones",
        "--calculator-arguments", arguments, "--set", "step=0.001", "--out", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    table = read_dataset(out)
    check_described(table)
    assert table.attrs["method"] == "central differences"
    assert table.attrs["step_angstrom"] == 0.001
    water = molecule("H2O")
    forces = engine_forces(InProcess(LennardJones(sigma=1.5, epsilon=0.01, rc=20.0)), water.numbers)
    blocks = hessian_blocks(forces, water.positions, 0.001)
    expected = [np.linalg.norm(blocks[i, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    own = table["norm"].to_numpy()[table.variables["structure"].values == 1]
    np.testing.assert_allclose(own, expected, rtol=1e-5)


def test_reference_engine_on_a_file_of_structures(structures: Path, tmp_path: Path) -> None:
    out = tmp_path / "reference.nc"
    assert run("respond", structures, "--out", out, "--set", "n_structures=1").exit_code == 0
    table = read_dataset(out)
    assert table.attrs["accuracy"] == 0.001
    # Bonds of methanol are stiffer by far than what is two bonds away.
    bonded, further = table["norm"][table["distance"] < 1.6], table["norm"][table["distance"] > 2]
    assert bonded.min() > further.max()


def test_a_yardstick_for_data_that_no_engine_here_labelled(data: Path, tmp_path: Path) -> None:
    """Without one, one line and no file; a study's jobs get a file that says so."""
    out, few = tmp_path / "r.nc", ("--set", "n_structures=1", "--out")
    result = run("respond", data, *few, out)
    assert isinstance(result.exception, NearsightError)
    assert str(result.exception).startswith(f"{data}: no engine here")
    assert "--yardstick gfn2" in str(result.exception)
    assert not out.exists()
    assert run("respond", data, "--allow-no-yardstick", *few, out).exit_code == 0
    nothing = read_dataset(out)
    assert (nothing.attrs["status"], len(nothing.data_vars)) == ("failed", 0)
    assert "PBE/def2-SVP" in nothing.attrs["reason"]
    assert nothing.attrs["level_of_theory"] == ""
    for option, value in (("--yardstick", "gfn2"), ("--calculator", "ase.calculators.emt:EMT")):
        assert run("respond", data, option, value, *few, out).exit_code == 0
        found = read_dataset(out)
        level = "GFN2-xTB" if value == "gfn2" else value
        assert found.attrs["level_of_theory"] == level
        assert found.attrs["data_level_of_theory"] == "PBE/def2-SVP"
        assert level in found.attrs["title"]
        assert (found["norm"] > 0).all()


def test_dynamics_of_a_yardstick_on_the_command_line(data: Path, tmp_path: Path) -> None:
    few = ("--set", "duration=0.002", "--set", "reference_replicas=1", "--out")
    out, folder = tmp_path / "d.nc", tmp_path / "stability.nc"
    result = run("md", data, *few, out)
    assert "--yardstick gfn2" in str(result.exception)
    assert not out.exists()
    assert run("md", data, "--yardstick", "gfn2", *few, out).exit_code == 0
    assert run("stability", out, "--out", folder).exit_code == 0
    for path in (out, folder):
        attributes = read_dataset(path).attrs
        assert attributes["level_of_theory"] == "GFN2-xTB"
        assert attributes["data_level_of_theory"] == "PBE/def2-SVP"
    assert run("md", data, "--allow-no-yardstick", *few, out).exit_code == 0
    assert run("stability", out, "--out", folder).exit_code == 0
    assert read_dataset(folder).attrs["level_of_theory"] == ""


def test_reference_curves(structures: Path, tmp_path: Path) -> None:
    out = tmp_path / "curves.nc"
    assert run("reference-curves", structures, "--out", out).exit_code == 0
    table = read_dataset(out)
    check_described(table)
    assert table.sizes["pair"] == 15 + 3
    assert (table["dispersion_d4"] > 0).all()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--calculator", "ase.calculators.emt"), "expected package.module:factory"),
        (("--calculator", "a.b:c", "--model", "m.safetensors"), "one of them can be probed"),
        (
            ("--calculator", "ase.calculators.emt:EMT", "--calculator-arguments", "[1]"),
            "expected {key: value",
        ),
        (("--yardstick", "pbe0"), "--yardstick: engine = 'pbe0': expected package.module:factory"),
        (("--yardstick", "3"), "--yardstick 3: expected package.module:factory"),
        (("--yardstick", "gfn2", "--model", "m"), "--model and --yardstick"),
        (("--yardstick", "gfn2", "--calculator", "a:b"), "one of them can be probed"),
        (("--yardstick", "{engine: gfn2, steps: 3}"), "steps: unknown key"),
    ],
)
def test_what_is_refused(structures: Path, tmp_path: Path, arguments: tuple, text: str) -> None:
    error = run("respond", structures, *arguments, "--out", tmp_path / "x.nc").exception
    assert isinstance(error, ConfigError)
    assert text in str(error)
    assert not (tmp_path / "x.nc").exists()


def test_help_has_examples() -> None:
    for verb in ("respond", "reference-curves", "faithfulness", "associate"):
        assert "Example" in run(verb, "--help").output


def test_other_files_are_refused_by_faithfulness(structures: Path, tmp_path: Path) -> None:
    """A response given as relevance: said by name before any work."""
    from nearsight.config import make_variant
    from nearsight.families.registry import build_network
    from nearsight.models.files import save_model
    from nearsight.models.model import Model

    variant = make_variant(family="schnet", cutoff=3.0, depth=1, features=4)
    model = tmp_path / "model.safetensors"
    save_model(Model(build_network(variant), variant, dict.fromkeys((1, 6, 8), 0.0)), model)
    response = tmp_path / "response.nc"
    assert run("respond", structures, "--model", model, "--out", response).exit_code == 0
    error = run(
        "faithfulness", model, structures, "--relevance", response, "--response", response,
        "--out", tmp_path / "x.nc",
    ).exception  # fmt: skip
    assert isinstance(error, NearsightError)
    assert "--relevance" in str(error)


def test_arguments_of_a_calculator_without_a_model_are_refused(data: Path, tmp_path: Path) -> None:
    """They would be dropped in silence: a yardstick has its own."""
    result = run(
        "respond", data, "--calculator-arguments", "{epsilon: 1.0}", "--out", tmp_path / "r.nc"
    )
    assert isinstance(result.exception, ConfigError)
    assert "no --model that takes them" in str(result.exception)
    assert not (tmp_path / "r.nc").exists()
