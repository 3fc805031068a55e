"""A real `nearsight md` process is killed without warning, started again, and ends the same."""

import logging
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from ase.build import molecule
from dimers import frames_of

from nearsight.config import make_variant
from nearsight.data.frames import SUBSETS, write_frames
from nearsight.families.registry import build_network
from nearsight.models.files import save_model
from nearsight.models.model import Model

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from nearsight.cli import main; main()", "-v", "md"]
# A checkpoint at every step.
SETTINGS = (
    "{timestep: 0.1, duration: 0.025, replicas: 4, halved_replicas: 2, write_interval: 4,"
    " temperature: 300.0, checkpoint_interval: 0.0}"
)
DIFFERS = {"date", "wall_seconds", "slurm_job_id", "hardware"}

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """Water and a network with random weights: replicas end here and there in 250 steps."""
    water = molecule("H2O")
    noise = 0.02 * np.random.default_rng(0).normal(size=(30, 3, 3))
    frames = frames_of(water.positions + noise, water.numbers.tolist())
    subset = np.repeat(np.arange(len(SUBSETS)), 10)
    write_frames(replace(frames, subset=subset), tmp_path / "data.nc", title="water")
    variant = make_variant(family="painn", cutoff=4.0, depth=1, features=8, n_train=10)
    model = Model(build_network(variant), variant, atom_reference={1: -13.0, 8: -430.0})
    save_model(model, tmp_path / "model.safetensors")
    return ["data.nc", "--model", "model.safetensors", "--settings", SETTINGS]


def outputs(name: str) -> list[str]:
    return ["--out", f"{name}/dynamics.nc", "--trajectories", f"{name}/trajectories"]


def test_killed_and_started_again_equals_uninterrupted(
    in_process: Command,
    arguments: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.INFO, "nearsight")
    whole = in_process("md", *arguments, *outputs("whole"))
    assert whole.returncode == 0, whole.stderr
    segments = tmp_path / "cut" / ".dynamics.nc.partial"
    ways = (
        ("main", 30, signal.SIGKILL),
        ("main", 100, signal.SIGTERM),
        ("main", 150, signal.SIGKILL),
        ("halved", 100, signal.SIGTERM),
    )
    for part, n_files, number in ways:
        with subprocess.Popen(
            [*COMMAND, *arguments, *outputs("cut")],
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            deadline = time.monotonic() + 240
            while len(list(segments.glob(f"*/{part}/[0-9]*"))) < n_files:
                assert process.poll() is None, "ended before it could be killed"
                assert time.monotonic() < deadline
                time.sleep(0.005)
            process.send_signal(number)
        assert process.returncode == (143 if number == signal.SIGTERM else -number)
        assert not (tmp_path / "cut" / "dynamics.nc").exists()
    last = in_process("md", *arguments, *outputs("cut"))
    assert last.returncode == 0, last.stderr
    assert "going on from step" in caplog.text
    assert not segments.exists()
    same_files(tmp_path / "whole", tmp_path / "cut")


def test_a_kept_checkpoint_makes_it_whole_again(
    in_process: Command,
    arguments: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
):
    """A job of several variants is killed after one of them was done, and loses its files."""
    whole = in_process("md", *arguments, *outputs("whole"))
    assert whole.returncode == 0, whole.stderr
    kept = in_process("md", *arguments, *outputs("cut"), "--keep-checkpoint")
    assert kept.returncode == 0, kept.stderr
    assert [path.name for path in (tmp_path / "cut").glob(".*")] == [".dynamics.nc.finished"]
    (tmp_path / "cut" / "dynamics.nc").unlink()
    shutil.rmtree(tmp_path / "cut" / "trajectories")
    caplog.set_level(logging.INFO, "nearsight")
    again = in_process("md", *arguments, *outputs("cut"))
    assert again.returncode == 0, again.stderr
    assert "going on from step 250 of 250" in caplog.text
    assert not list((tmp_path / "cut").glob(".*"))
    same_files(tmp_path / "whole", tmp_path / "cut")


def same_files(whole: Path, cut: Path) -> None:
    with (
        xr.open_dataset(whole / "dynamics.nc", decode_times=False) as one,
        xr.open_dataset(cut / "dynamics.nc", decode_times=False) as other,
    ):
        assert one.sizes["time"] == 63
        assert set(one.variables) == set(other.variables)
        assert 0 < int(one["event"].sum()) < 4
        for name in one.variables:
            np.testing.assert_array_equal(one[name], other[name], err_msg=str(name))
        for name in one.attrs.keys() - DIFFERS:
            assert np.array_equal(one.attrs[name], other.attrs[name]), name
    names = sorted(path.name for path in (whole / "trajectories").iterdir())
    assert len(names) == 5
    assert names == sorted(path.name for path in (cut / "trajectories").iterdir())
    for name in names:
        if name.endswith(".nc"):
            ours = (cut / "trajectories" / name).read_bytes()
            assert ours == (whole / "trajectories" / name).read_bytes()
