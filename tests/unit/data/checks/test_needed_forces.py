"""Data without forces are refused where forces are needed, before anything is trained."""

from pathlib import Path

import numpy as np
from click.testing import Result
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.data.frames import Frames, write_frames
from nearsight.errors import DataError

N_FRAMES = 12


def write_water(path: Path, force: float) -> Path:
    """Waters apart from each other, with this force on every atom."""
    rng = np.random.default_rng(0)
    place = np.array([[0.0, 0, 0.12], [0, 0.76, -0.48], [0, -0.76, -0.48]])
    position = place + rng.normal(0, 0.05, (N_FRAMES, 3, 3))
    frames = Frames(
        atomic_number=np.tile([8, 1, 1], N_FRAMES),
        position=position.reshape(-1, 3),
        force=np.full((3 * N_FRAMES, 3), force),
        n_atoms=np.full(N_FRAMES, 3),
        energy=rng.normal(-138, 0.1, N_FRAMES),
        subset=np.repeat([0, 1, 2], N_FRAMES // 3),
        source=np.zeros(N_FRAMES, dtype=int),
        attributes={"level_of_theory": "made up"},
    )
    write_frames(frames, path, title="water")
    return path


def check(path: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["data", "check", str(path), "--reference", "0", *options])


def test_they_are_asked_for_by_who_needs_them(tmp_path: Path) -> None:
    path = write_water(tmp_path / "data.nc", np.nan)
    asked = check(path, "--need-forces")
    assert isinstance(asked.exception, DataError)
    message = str(asked.exception)
    assert message.startswith(f"{path}: has no variable force")
    assert "force_key" in message
    assert check(path).exit_code == 0


def test_forces_that_vanish_are_forces(tmp_path: Path) -> None:
    result = check(write_water(tmp_path / "data.nc", 0.0), "--need-forces")
    assert "has no variable force" not in f"{result.output}{result.exception}"
