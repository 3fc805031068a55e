"""One command for many items: imports once, every item to its end, SIGTERM handed on."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml
from waters import waters

from nearsight.cli.each import _filled
from nearsight.config import make_variant
from nearsight.costs.items import SHARED, read_items
from nearsight.data.frames import write_frames
from nearsight.storage import read_dataset

Command = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = [sys.executable, "-c", "from nearsight.cli import main; main()"]
A, B = (f"schnet~rc{cutoff}~T1~F4~n4~s0" for cutoff in (3.0, 4.0))
VARIANTS = f"""
{A}: {{family: schnet, cutoff: 3.0, depth: 1, features: 4, n_train: 4}}
{B}: {{family: schnet, cutoff: 4.0, depth: 1, features: 4, n_train: 4}}
"""
TRAIN = ["train", "data.nc", "--variants", "two.yaml", "--out", "{}/model.safetensors"]
QUICK = ["--settings", "{max_epochs: 2, batch_size: 2}"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "two.yaml").write_text(VARIANTS)
    write_frames(waters(12), tmp_path / "data.nc", title="water")
    return tmp_path / "data.nc"


def test_same_files_as_one_by_one(
    nearsight: Command, in_process: Command, data: Path, tmp_path: Path
) -> None:
    # Inline, as rules do, and longer than a name of a file may be.
    whole = {
        name: make_variant(**values).model_dump()
        for name, values in yaml.safe_load(VARIANTS).items()
    }
    inline = [json.dumps(whole) if part == "two.yaml" else part for part in TRAIN]
    assert max(map(len, inline)) > 300
    table = tmp_path / "benchmarks" / "two.items.tsv"
    told = ["--at-once", "2", "--costs", str(table)]
    run = nearsight("each", *told, *inline, *QUICK, ":::", A, B)
    assert run.returncode == 0, run.stderr
    shared, *items = read_items(table)
    assert sorted(item.name for item in items) == [A, B]
    # What both import is imported once, and is most of what such small networks cost.
    assert shared.name == SHARED
    assert all(0 < item.cpu < shared.cpu for item in items)
    assert f"== {A} (exit code 0)" in run.stdout
    alone = [part.replace("{}", "alone/{}") for part in TRAIN]
    single = in_process("each", "--costs", str(table), *alone, *QUICK, ":::", B)
    assert single.returncode == 0, single.stderr
    assert [item.name for item in read_items(table)] == [B]
    together = read_dataset(tmp_path / B / "evaluation.nc")
    alone = read_dataset(tmp_path / "alone" / B / "evaluation.nc")
    for name in together.variables:
        np.testing.assert_array_equal(together[name], alone[name])
    different = read_dataset(tmp_path / A / "evaluation.nc")
    assert not np.array_equal(together["energy_error"], different["energy_error"])


def test_one_that_fails_does_not_stop_the_others(
    nearsight: Command, data: Path, tmp_path: Path
) -> None:
    kept = ["--discard", "{}/checkpoint.safetensors", *TRAIN, "--keep-checkpoint", *QUICK]
    run = nearsight("each", *kept, ":::", "unknown", A, B)
    assert run.returncode == 1
    assert "train failed for 1 of 3: unknown" in run.stderr
    assert "no entry 'unknown'" in run.stdout
    for name in (A, B):
        assert (tmp_path / name / "model.safetensors").is_file()
        # Kept, so that a second try of all has little to do.
        assert (tmp_path / name / "checkpoint.safetensors").is_file()
    before = read_dataset(tmp_path / A / "history.nc")["seconds"]
    again = nearsight("each", *kept, ":::", A, B)
    assert again.returncode == 0, again.stderr
    np.testing.assert_array_equal(read_dataset(tmp_path / A / "history.nc")["seconds"], before)
    assert not list(tmp_path.rglob("checkpoint.safetensors"))


def test_sigterm_reaches_every_item(data: Path, tmp_path: Path) -> None:
    long = ["--settings", "{max_epochs: 1000000, early_stopping: 1000000, checkpoint_every: 3}"]
    with subprocess.Popen(
        [*COMMAND, "each", "--at-once", "2", *TRAIN, *long, ":::", A, B],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        deadline = time.monotonic() + 240
        while len(list(tmp_path.rglob("checkpoint.safetensors"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=240)
    assert process.returncode == 143
    assert said.count("(exit code 143)") == 2
    assert said.count("goes on after epoch") == 2


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train", "data.nc"], "no ::: in the arguments"),
        (["collect", ":::", "a"], "collect before :::: expected one of train"),
        (["md", "{}", ":::"], "no item after :::"),
        (["md", "{}", ":::", "a", "a"], "a is given twice"),
        (["md", "x", ":::", "a", "b"], "no {} in the arguments"),
        (["train", "x", "--out", "{}", ":::", "a"], "--variant and --variants: give one"),
    ],
)
def test_what_is_refused(in_process: Command, arguments: list[str], expected: str) -> None:
    run = in_process("each", *arguments)
    assert run.returncode == 1
    assert expected in " ".join(run.stderr.split())
    assert "Traceback" not in run.stderr


def test_parent_of_an_item(in_process: Command, tmp_path: Path) -> None:
    run = in_process("each", "evaluate", "{//}/m", "{}", "--out", "x", ":::", "home/data.nc")
    assert "home/data.nc: no such file" in run.stderr


def test_what_is_empty_in_settings_is_no_place_for_an_item() -> None:
    """A yardstick without arguments is handed on as rules write it."""
    yardstick = json.dumps({"engine": "same", "arguments": {}})
    arguments = ["respond", "{}", "--yardstick", yardstick, "--out", "{//}/response.nc"]
    filled = ["respond", "a/model", "--yardstick", yardstick, "--out", "a/response.nc"]
    assert _filled(arguments, "a/model") == filled
