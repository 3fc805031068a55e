"""What user, machine or terminal do ends in one line and a code, never in a traceback."""

import errno
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from typer.testing import CliRunner

from nearsight.cli import app
from nearsight.cli.ending import INTERRUPTED, exit_code, require_utf8
from nearsight.cli.wording import as_options
from nearsight.errors import ConfigError, DataError, NearsightError

Command = Callable[..., subprocess.CompletedProcess[str]]

STUDY = {
    "name": "small",
    "datasets": {"a": {"source": "import", "file": "a.xyz", "energy_unit": "eV"}},
    "variants": {"family": ["schnet"], "cutoff": [5.0], "depth": [1], "n_train": [5]},
}
MAIN = [sys.executable, "-c", "from nearsight.cli import main; main()"]


def raising(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DataError("a.nc:\nholds 0 frames"), "error: a.nc: holds 0 frames"),
        (MemoryError(), "out of memory (no more to be had)"),
        (OSError(errno.ENOSPC, "No space left on device", "a.nc"), "a.nc: No space left"),
        (OSError(errno.ENOENT, "No such file or directory", "a/b"), "a/b: No such file"),
        (OSError(errno.EMFILE, "Too many open files"), "output: Too many open files"),
        (UnicodeEncodeError("utf-8", "w\udcff.nc", 1, 2, "surrogates not allowed"), r"w\udcff.nc"),
    ],
)
def test_one_line_and_1(error: Exception, told: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code(raising(error)) == 1
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("nearsight: error: ")
    assert told in said.err
    assert said.err.count("\n") == 1


def test_arrays_larger_than_memory(capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code(lambda: np.ones((1 << 50,))) == 1
    assert exit_code(lambda: torch.ones(1 << 50)) == 1
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all("out of memory" in line and "batch_size" in line for line in lines)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(INTERRUPTED)])
def test_stopped_from_the_keyboard(error: BaseException, capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code(raising(error)) == 130
    said = capfd.readouterr().err
    assert "stopped from the keyboard" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("error", [ValueError("ours"), OSError("no number"), RuntimeError("ours")])
def test_our_own_faults_keep_their_traceback(error: Exception) -> None:
    with pytest.raises(type(error)):
        exit_code(raising(error))


def test_the_traceback_is_there_for_who_asks(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        exit_code(raising(MemoryError()))
    assert "MemoryError" in caplog.text


def test_a_key_pressed_ends_a_real_command(tmp_path: Path) -> None:
    arguments = ["data", "make", "ethanol", "--set", "n_frames=100000", "--out", tmp_path / "e.nc"]
    with subprocess.Popen(
        [*MAIN, *map(str, arguments), "--split", "{block: 1}"],
        stderr=subprocess.PIPE,
        text=True,
        # A shell that starts the tests in the background has them, and us, ignore this signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        try:
            # Until the output is being worked on: typer is there by then.
            for _ in range(600):
                if list(tmp_path.iterdir()) or process.poll() is not None:
                    break
                time.sleep(0.1)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert "stopped from the keyboard" in said.splitlines()[-1]
    assert not (tmp_path / "e.nc").exists()


def test_a_reader_that_has_seen_enough() -> None:
    """As `nearsight data fetch --list | head -1`."""
    with subprocess.Popen(
        [*MAIN, "config", "schema"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read().decode()
    assert said == ""


def test_names_that_are_not_utf8() -> None:
    word = os.fsdecode(b"w\xff.xyz")
    with pytest.raises(ConfigError, match=r"w\\udcff\.xyz: not UTF-8, rename the file"):
        require_utf8(["md", word])
    require_utf8(["md", "wäß.xyz"])
    run = subprocess.run(
        [*(part.encode() for part in MAIN), b"config", b"check", b"w\xff.yaml"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )
    assert run.returncode == 1
    assert run.stderr.decode().count("\n") == 1
    assert rb"w\udcff.yaml" in run.stderr


def test_a_terminal_that_cannot_show_it(
    nearsight: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    run = nearsight("config", "table")
    assert run.returncode == 0, run.stderr
    assert "| `training.energy_weight` |" in run.stdout


def test_without_a_home(
    nearsight: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, "/proc/none")
    (tmp_path / "w.xyz").write_text("2\n\nH 0 0 0\nH 0 0 0.74\n")
    run = nearsight("reference-curves", "w.xyz", "--out", "a.nc")
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.xyz: state its energy_unit", "a.xyz: state its --energy-unit"),
        ("energy_unit 'Ry' and level_of_theory", "--energy-unit 'Ry' and --level-of-theory"),
        ("data/energy_unit.xyz: no energy", "data/energy_unit.xyz: no energy"),
        ("energy_unit.xyz: no energy", "energy_unit.xyz: no energy"),
        ("datasets.a.energy_unit is missing", "datasets.a.energy_unit is missing"),
        ("keys 'energy_unit', 'x'", "keys 'energy_unit', 'x'"),
        ("lower split.block or use more", "lower block of --split or use more"),
        ("dynamics.duration = 1 ps", "--set duration = 1 ps"),
        ("out of memory", "out of memory"),
    ],
)
def test_messages_speak_of_options(text: str, told: str) -> None:
    parameters = ["file", "out", "energy_unit", "level_of_theory", "split", "settings", "set_"]
    assert as_options(text, parameters) == told


def refusal(*arguments: object) -> str:
    run = CliRunner().invoke(app, list(map(str, arguments)))
    assert isinstance(run.exception, NearsightError), run.output
    assert "\n" not in str(run.exception)
    return str(run.exception)


def test_options_in_messages_of_verbs(tmp_path: Path) -> None:
    columns = "Properties=species:S:1:pos:R:3:forces:R:3"
    (tmp_path / "w.xyz").write_text(f"1\n{columns} energy=1.0\nH 0 0 0 0 0 0\n")
    given = ("data", "import", tmp_path / "w.xyz", "--out", tmp_path / "w.nc")
    message = refusal(*given)
    assert "--energy-unit" in message
    assert "energy_unit" not in message
    assert "--split: block = 0" in refusal(*given, "--split", "{block: 0}")
    make = ("data", "make", "water", "--out", tmp_path / "w.nc")
    assert refusal(*make, "--set", "stride=0").startswith("--set: stride = 0")
    assert refusal(*make, "--settings", "{stride: 0}").startswith("--settings: stride = 0")
    both = refusal(*make, "--settings", "{stride: 0}", "--set", "seed=1")
    assert both.startswith("--settings and --set: stride = 0")


def test_training_on_a_file_that_was_not_imported(tmp_path: Path) -> None:
    """Dynamics takes such a file, for its structures alone."""
    path = tmp_path / "w.xyz"
    path.write_text("1\nProperties=species:S:1:pos:R:3 energy=1.0\nH 0 0 0\n")
    variant = ("--variant", "{family: schnet, cutoff: 5.0}")
    message = refusal("train", path, *variant, "--out", tmp_path / "out.nc")
    assert f"{path}: no NetCDF file" in message
    assert f"nearsight data import {path} --energy-unit UNIT --out w.nc" in message
    message = refusal("md", path, "--out", tmp_path / "out.nc")
    assert f"{path}: structure 0, H, has an odd number of electrons" in message


@pytest.mark.parametrize("verb", ["collect", "associate"])
def test_a_study_that_has_no_results_beside_it(verb: str, tmp_path: Path) -> None:
    study, table = tmp_path / "study.json", tmp_path / "table.nc"
    study.write_text(yaml.safe_dump(STUDY))
    more = (table, table) if verb == "associate" else ()
    out = ("--out", tmp_path / "t" / "out.nc")
    assert "no results of a lie beside it" in refusal(verb, study, *more, *out)
    for name, content in (("table.nc", b"\x89HDF\r\n\x1a\n"), ("s.csv", b"a,b\n")):
        (tmp_path / name).write_bytes(content)
        message = refusal(verb, tmp_path / name, *more, *out)
        assert "expected the study.json in the results folder" in message
    assert "expected the study.json" in refusal(verb, tmp_path, *more, *out)
