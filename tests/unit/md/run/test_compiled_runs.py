"""`nearsight md` with a compiled program: the same forces, and the same end after a kill."""

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
from ase.build import molecule
from dimers import frames_of

from nearsight.config import make_variant
from nearsight.data.frames import SUBSETS, write_frames
from nearsight.families.pairlist import SKIN
from nearsight.families.registry import build_network
from nearsight.models import compiled_potential
from nearsight.models.compiled_potential import build_compiled
from nearsight.models.files import save_model
from nearsight.models.model import Model
from nearsight.programs import Store

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from nearsight.cli import main; main()", "md"]
SETTINGS = (
    "{timestep: 0.1, duration: 0.02, replicas: 4, halved_replicas: 0, write_interval: 4,"
    " temperature: 300.0, checkpoint_interval: 0.0}"
)

VARIANT = make_variant(family="schnet", cutoff=4.0, depth=1, features=4, n_train=10)
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """Water and a network with random weights: replicas end here and there in 200 steps."""
    water = molecule("H2O")
    noise = 0.02 * np.random.default_rng(0).normal(size=(30, 3, 3))
    frames = frames_of(water.positions + noise, water.numbers.tolist())
    subset = np.repeat(np.arange(len(SUBSETS)), 10)
    write_frames(replace(frames, subset=subset), tmp_path / "data.nc", title="water")
    model = Model(build_network(VARIANT), VARIANT, atom_reference={1: -13.0, 8: -430.0})
    save_model(model, tmp_path / "model.safetensors")
    return ["data.nc", "--model", "model.safetensors", "--settings", SETTINGS]


def record(path: Path) -> xr.Dataset:
    with xr.open_dataset(path, decode_times=False) as opened:
        return opened.load()


def test_a_compiled_run(
    in_process: Command,
    arguments: list[str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One test, since each of its steps needs the program that the first has made."""
    caplog.set_level(logging.INFO, "nearsight")

    def run(name: str, *more: str) -> xr.Dataset:
        done = in_process("md", *arguments, *more, "--out", f"{name}/dynamics.nc", "-v")
        assert done.returncode == 0, done.stderr
        return record(tmp_path / name / "dynamics.nc")

    eager, whole = run("eager"), run("whole", "--set", "compile=true")
    assert (eager.attrs["evaluation"], whole.attrs["evaluation"]) == ("eager", "compiled")
    first = {"time": slice(0, 5)}
    for name in ("potential_energy", "kinetic_energy"):
        found, expected = (dataset[name].isel(first).to_numpy() for dataset in (whole, eager))
        np.testing.assert_allclose(found - found[0], expected - expected[0], rtol=0, atol=1e-3)

    kill(tmp_path, [*arguments, "--set", "compile=true"], "cut")
    cut = run("cut", "--set", "compile=true")
    assert "going on from step" in caplog.text
    assert cut.attrs["evaluation"] == "compiled"
    for name in whole.variables:
        np.testing.assert_array_equal(cut[name], whole[name], err_msg=str(name))

    # Where its program can no longer be had, a run begins anew and mixes nothing.
    kill(tmp_path, [*arguments, "--set", "compile=true"], "lost")
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NEARSIGHT_PROGRAMS", str(tmp_path / "file" / "programs"))
    caplog.clear()
    lost = run("lost", "--set", "compile=true")
    assert caplog.text.count("without a compiled program") == 1
    assert "the run begins anew" in caplog.text
    assert lost.attrs["evaluation"] == "eager"
    for name in eager.variables:
        np.testing.assert_array_equal(lost[name], eager[name], err_msg=str(name))


def test_the_list_of_pairs_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit by bit, or a run that is resumed, whose list is another, would end elsewhere."""
    butane = molecule("isobutane")
    network, numbers = build_network(VARIANT), torch.as_tensor(butane.numbers)
    potential = build_compiled(network, numbers, VARIANT, Store(), dtype=torch.float32)
    assert potential is not None
    rng = np.random.default_rng(0)
    for _ in range(20):
        moved = 1.3 * butane.positions + 0.2 * rng.normal(size=(8, 14, 3))
        ends = []
        for worth in (0, np.inf):
            monkeypatch.setattr(compiled_potential, "WORTH_A_LIST", worth)
            ends.append(potential(torch.as_tensor(moved)))
        near, every = ends
        assert torch.equal(near[0], every[0])
        assert torch.equal(near[1], every[1])
    distances = np.linalg.norm(moved[:, :, None] - moved[:, None], axis=-1)
    assert (distances.min(0) > VARIANT.cutoff + SKIN).any()


def kill(folder: Path, arguments: list[str], name: str) -> None:
    """Begin a run and kill it after some of its segments, each of which is a step."""
    segments = folder / name / ".dynamics.nc.partial"
    with subprocess.Popen(
        [*COMMAND, *arguments, "--out", f"{name}/dynamics.nc"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 240
        while len(list(segments.glob("*/main/[0-9]*"))) < 50:
            assert process.poll() is None, "ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert not (folder / name / "dynamics.nc").exists()
