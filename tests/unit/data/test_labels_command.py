"""What import, check and train say of labels, by the command line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from click.testing import Result
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.data.exporting import export_frames
from nearsight.data.frames import Frames, write_frames

SPLIT = "subsets validation and test hold 0 frames: import with --split"


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_file_whose_frames_are_all_of_train(ethanol: Frames, tmp_path: Path) -> None:
    xyz, data = tmp_path / "all.xyz", tmp_path / "all.nc"
    export_frames(replace(ethanol, subset=np.zeros(len(ethanol), dtype=int)), xyz)
    imported = invoke("data", "import", xyz, "--energy-unit", "eV", "--out", data)
    assert imported.exit_code == 0, imported.output
    assert f"warning [empty-subset] {SPLIT}" in imported.stderr
    checked = invoke("data", "check", data, "--reference", 0)
    assert checked.exit_code == 0, checked.output
    assert f"warning [empty-subset] {SPLIT}" in checked.stdout
    assert "not checked: labels, by computing some again, because it was not asked for" in (
        checked.stdout
    )
    assert "checked: 1 warning(s), no error" in checked.stdout
    variant = "{family: schnet, cutoff: 5.0, depth: 1, features: 8, n_train: 20}"
    trained = invoke("train", data, "--variant", variant, "--out", tmp_path / "m" / "m.safetensors")
    assert trained.exit_code == 1
    assert f"{data}: {SPLIT}" in str(trained.exception)
    again = invoke(
        "data", "import", xyz, "--energy-unit", "eV", "--out", data, "--split", "{block: 5}"
    )
    assert "warning" not in again.stderr


def test_forces_that_are_gradients_end_the_check(ethanol: Frames, tmp_path: Path) -> None:
    wrong = replace(ethanol, force=-ethanol.force, attributes={"level_of_theory": "unknown"})
    write_frames(wrong, tmp_path / "wrong.nc", title="gradients")
    checked = invoke("data", "check", tmp_path / "wrong.nc")
    assert checked.exit_code == 1
    assert "error [force-sign] forces push the atoms of stretched bonds apart" in checked.stdout
    assert "wrong.nc: [force-sign]" in str(checked.exception)
