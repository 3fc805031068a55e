"""Dynamics of a calculator in two processes, ended as clusters end jobs, all processes at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ase.io
import numpy as np
import pytest
import xarray as xr
from ase import Atoms
from ase.build import molecule

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = [sys.executable, "-c", "from nearsight.cli import main; main()", "md"]
ARGUMENTS = [
    "water.xyz", "--model", "tblite.ase:TBLite", "--calculator-arguments",
    "{method: GFN1-xTB, verbosity: 0}", "--settings",
    "{timestep: 0.5, duration: 0.06, replicas: 4, halved_replicas: 0, write_interval: 4,"
    " temperature: 300.0, checkpoint_interval: 0.0}",
]  # fmt: skip


@pytest.fixture(autouse=True)
def water(tmp_path: Path) -> None:
    numbers, position = molecule("H2O").numbers, molecule("H2O").positions
    noise = np.random.default_rng(0).normal(0, 0.02, (8, 3, 3))
    ase.io.write(tmp_path / "water.xyz", [Atoms(numbers, positions=position + n) for n in noise])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ended_as_a_whole_and_started_again_equals_uninterrupted(
    number: signal.Signals, in_process: Command, tmp_path: Path
) -> None:
    """No replica ends because its worker was asked to, and one process gives what two give."""
    whole = in_process("md", *ARGUMENTS, "--processes", 1, "--out", "whole.nc")
    assert whole.returncode == 0, whole.stderr
    segments = tmp_path / ".cut.nc.partial"
    command = [*COMMAND, *ARGUMENTS, "--processes", "2", "--out", "cut.nc"]
    with subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, stderr=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 240
        while len(list(segments.glob("*/main/[0-9]*"))) < 20:
            assert process.poll() is None, "ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        os.killpg(process.pid, number)
    assert process.returncode == (143 if number == signal.SIGTERM else -number)
    assert not (tmp_path / "cut.nc").exists()
    again = in_process("md", *ARGUMENTS, "--processes", 2, "--out", "cut.nc")
    assert again.returncode == 0, again.stderr
    with xr.open_dataset(tmp_path / "whole.nc") as one, xr.open_dataset(tmp_path / "cut.nc") as two:
        assert one["event"].values.tolist() == [0] * 4
        for name in one.variables:
            np.testing.assert_array_equal(one[name], two[name], err_msg=str(name))
        assert one.attrs["calculator"] == two.attrs["calculator"] == "tblite.ase:TBLite"
